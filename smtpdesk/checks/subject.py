"""Is there a subject, and is it short enough to be read?"""

from __future__ import annotations

from collections.abc import Iterator

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.checks._context import CheckContext
from smtpdesk.checks._survey import LONG_SUBJECT
from smtpdesk.checks._words import about_rows, number
from smtpdesk.domain.finding import Finding, Severity

ORDER = 50


def title() -> str:
    """What it looks at."""
    return _("Subject")


def check(context: CheckContext) -> Iterator[Finding]:
    """Empty subjects and very long ones."""
    seen = context.survey
    if seen.no_subject.count:
        yield about_rows(
            seen.no_subject,
            "message.no-subject",
            Severity.WARNING,
            ngettext(
                "The subject is empty for {n} person.", "The subject is empty for {n} people.", seen.no_subject.count
            ).format(n=number(seen.no_subject.count)),
            _("Many would take the message for spam, and so would their mail programs."),
            _("Write a subject."),
            "campaign.toml",
        )
    if seen.long_subject.count:
        yield about_rows(
            seen.long_subject,
            "message.long-subject",
            Severity.WARNING,
            ngettext(
                "The subject is longer than {limit} characters for {n} person.",
                "The subject is longer than {limit} characters for {n} people.",
                seen.long_subject.count,
            ).format(limit=LONG_SUBJECT, n=number(seen.long_subject.count)),
            _("Its end would be cut off; telephones show about 40 characters."),
            _("Say what matters in the first words."),
            "campaign.toml",
        )
