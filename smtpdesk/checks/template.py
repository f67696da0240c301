"""Can the messages be made at all: files there, templates without mistakes, something to read in them?"""

from __future__ import annotations

from collections.abc import Iterator

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.checks._context import CheckContext
from smtpdesk.checks._words import about_rows, number
from smtpdesk.domain.finding import Finding, Severity

ORDER = 30


def title() -> str:
    """What it looks at."""
    return _("Message and templates")


def check(context: CheckContext) -> Iterator[Finding]:
    """What keeps every message from being made, and messages without content."""
    seen = context.survey
    failure = seen.failure
    # A bad sender is told by the check "sender", with its own advice.
    if failure is not None and failure.code != "message.bad-from":
        yield Finding(
            failure.code,
            Severity.ERROR,
            failure.sentence,
            _("No message can be made, for anybody."),
            failure.hint,
            failure.where,
        )
    if seen.no_text.count:
        yield about_rows(
            seen.no_text,
            "message.nothing-to-read",
            Severity.ERROR,
            ngettext(
                "The message for {n} person is empty.", "The message for {n} people is empty.", seen.no_text.count
            ).format(n=number(seen.no_text.count)),
            _("They would open a blank page."),
            _("Write the message, or look at the conditions in its template."),
            context.campaign.html or context.campaign.text,
        )
