"""Do the fields the message uses exist, and do they hold something?"""

from __future__ import annotations

from collections.abc import Iterator

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.checks._context import CheckContext
from smtpdesk.checks._words import about_rows, number
from smtpdesk.domain.finding import Finding, Severity
from smtpdesk.message import FieldUse

ORDER = 40
MISSING = "message.missing-field"


def title() -> str:
    """What it looks at."""
    return _("Fields")


def check(context: CheckContext) -> Iterator[Finding]:
    """Missing fields, fields that only ever show their fallback, empty fields."""
    yield from _missing(context)
    yield from _only_fallback(context)
    yield from _empty(context)


def _missing(context: CheckContext) -> Iterator[Finding]:
    for (code, where), problem in context.survey.problems.items():
        if code == MISSING and problem.error is not None:
            yield about_rows(
                problem,
                code,
                Severity.ERROR,
                problem.error.sentence,
                ngettext(
                    "The message for {n} person cannot be made.",
                    "The messages for {n} people cannot be made.",
                    problem.count,
                ).format(n=number(problem.count)),
                problem.error.hint,
                where,
            )


def _only_fallback(context: CheckContext) -> Iterator[Finding]:
    seen = context.survey
    known = seen.columns | {"email", "unsubscribe_url"}
    told = set()
    for use in seen.uses:
        if seen.columns and use.guarded and use.name not in known and use.name not in told:
            told.add(use.name)
            yield Finding(
                "message.only-fallback",
                Severity.WARNING,
                _("There is no field “{name}” in the list.").format(name=use.name),
                _("Everyone gets the text that is meant for people without it."),
                _("Correct the name, or add the column to your spreadsheet."),
                use.where,
            )


def _empty(context: CheckContext) -> Iterator[Finding]:
    for name, rows in context.survey.empty.items():
        uses = [use for use in context.survey.uses if use.name == name and not use.guarded]
        shown = next((use for use in uses if use.before.strip() or use.after.strip()), None)
        yield about_rows(
            rows,
            "message.empty-field",
            Severity.WARNING,
            ngettext("“{name}” is empty for {n} person.", "“{name}” is empty for {n} people.", rows.count).format(
                name=name, n=number(rows.count)
            ),
            _consequence(shown),
            _("Fill in the column, or give a fallback: {example}").format(example=f'{{{{ {name} | fallback("…") }}}}'),
            (shown or uses[0]).where if uses else "",
        )


def _consequence(use: FieldUse | None) -> str:
    if use is None:
        return _("There would be nothing in its place.")
    return _("They would read “{words}”.").format(words=f"{use.before}{use.after}".strip())
