"""Is a message too large for the servers on its way?"""

from __future__ import annotations

from collections.abc import Iterator

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.checks._context import CheckContext
from smtpdesk.checks._survey import SIZE_LIMITS
from smtpdesk.checks._words import about_rows, megabytes, number
from smtpdesk.domain.finding import Finding, Severity

ORDER = 60
#: Gmail shows only the first 102 KB of an HTML body, and a link to the rest.
_CLIPPED = 102 * 1024


def title() -> str:
    """What it looks at."""
    return _("Size")


def check(context: CheckContext) -> Iterator[Finding]:
    """Messages over 10 and 25 MB, and HTML that Gmail cuts off."""
    seen = context.survey
    for limit, rows in sorted(seen.sizes.items()):
        severe = limit == SIZE_LIMITS[-1]
        yield about_rows(
            rows,
            "message.too-large" if severe else "message.large",
            Severity.ERROR if severe else Severity.WARNING,
            ngettext(
                "The message for {n} person is larger than {limit}.",
                "The messages for {n} people are larger than {limit}.",
                rows.count,
            ).format(n=number(rows.count), limit=megabytes(limit)),
            _("Nearly every server refuses mail of this size.")
            if severe
            else _("Some servers refuse mail of this size; the largest message has {size}.").format(
                size=megabytes(seen.largest)
            ),
            _("Make attachments and images smaller, or put them on the web and link to them."),
        )
    longest = max((len((sample.rendered.html or "").encode("utf-8", "replace")) for sample in seen.samples), default=0)
    if longest > _CLIPPED:
        yield Finding(
            "message.clipped",
            Severity.WARNING,
            _("The HTML has {size} KB; Gmail shows the first 102 KB.").format(size=number(longest / 1024)),
            _("The end, often with the unsubscribe link, would be hidden behind “View entire message”."),
            _("Shorten the message, or take out styles it does not use."),
            context.campaign.html,
        )
