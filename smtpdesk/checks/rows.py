"""Can the message be made for each single row?"""

from __future__ import annotations

from collections.abc import Iterator

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.checks._context import CheckContext
from smtpdesk.checks._words import about_rows, number
from smtpdesk.checks.fields import MISSING
from smtpdesk.domain.finding import Finding, Severity

ORDER = 45


def title() -> str:
    """What it looks at."""
    return _("Every single message")


def check(context: CheckContext) -> Iterator[Finding]:
    """Whatever keeps single messages from being made; missing fields are told by the check "fields"."""
    for (code, where), problem in context.survey.problems.items():
        if code == MISSING or problem.error is None:
            continue
        sentence = problem.error.sentence
        if code == "message.attachment-missing":
            sentence = ngettext(
                "The attachment for {n} person is not in the campaign folder.",
                "The attachments for {n} people are not in the campaign folder.",
                problem.count,
            ).format(n=number(problem.count))
        yield about_rows(
            problem,
            code,
            Severity.ERROR,
            sentence,
            ngettext(
                "The message for {n} person cannot be made.",
                "The messages for {n} people cannot be made.",
                problem.count,
            ).format(n=number(problem.count)),
            problem.error.hint,
            where,
        )
