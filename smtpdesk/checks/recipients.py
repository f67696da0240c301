"""Is there anybody to send to, and who is left out?"""

from __future__ import annotations

from collections.abc import Iterator

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.checks._context import CheckContext
from smtpdesk.checks._survey import Gathered
from smtpdesk.checks._words import about_rows, number
from smtpdesk.domain.finding import Finding, Severity
from smtpdesk.domain.recipient import RowState

ORDER = 10


def title() -> str:
    """What it looks at."""
    return _("Recipients")


def check(context: CheckContext) -> Iterator[Finding]:
    """Nobody ready; rows set aside; people who are never to be mailed."""
    seen = context.survey
    yield from context.shape_findings
    if not seen.ready:
        yield Finding(
            "recipients.none",
            Severity.ERROR,
            _("There is nobody to send to."),
            _("No message would be sent."),
            _("Add people to the list, or choose another one."),
        )
    for state, rows in sorted(seen.aside.items()):
        yield _set_aside(state, rows)
    if seen.suppressed.count:
        yield about_rows(
            seen.suppressed,
            "recipients.suppressed",
            Severity.INFO,
            ngettext(
                "{n} person asked not to be mailed, or cannot be reached.",
                "{n} people asked not to be mailed, or cannot be reached.",
                seen.suppressed.count,
            ).format(n=number(seen.suppressed.count)),
            _("They are skipped."),
        )


def _set_aside(state: RowState, rows: Gathered) -> Finding:
    count = rows.count
    if state is RowState.INVALID:
        sentence = ngettext(
            "{n} row has no address that can be mailed.", "{n} rows have no address that can be mailed.", count
        )
        advice = _("Correct the addresses in your spreadsheet and read it in again.")
    elif state is RowState.DUPLICATE:
        sentence = ngettext(
            "{n} row repeats an address that is there already.",
            "{n} rows repeat addresses that are there already.",
            count,
        )
        advice = _("Each address gets one message, with the values of its first row.")
    else:
        sentence = ngettext("{n} row has no address.", "{n} rows have no address.", count)
        advice = _("Fill in the addresses, or leave the rows as they are.")
    consequence = ngettext(
        "It is set aside and will not be mailed. Your file is untouched.",
        "They are set aside and will not be mailed. Your file is untouched.",
        count,
    )
    return about_rows(
        rows, f"recipients.{state.value}", Severity.WARNING, sentence.format(n=number(count)), consequence, advice
    )
