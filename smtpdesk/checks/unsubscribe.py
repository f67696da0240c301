"""Can people leave? What Gmail and Yahoo ask of those who send to many.

Sources: Gmail "Email sender guidelines" (one-click unsubscribe for 5,000 messages a day and more, a visible link in the
body) and Yahoo "Sender Best Practices"; both since February 2024. RFC 2369, RFC 8058.
"""

from __future__ import annotations

from collections.abc import Iterator

from smtpdesk.base.i18n import _
from smtpdesk.checks._context import CheckContext
from smtpdesk.checks._words import number
from smtpdesk.domain.finding import Finding, Severity
from smtpdesk.message import Rendered

ORDER = 65
#: From how many people on a missing way to leave is worth a warning.
MANY = 50
#: From how many messages a day on Gmail and Yahoo require the one-click form.
BULK = 5_000


def title() -> str:
    """What it looks at."""
    return _("Unsubscribing")


def check(context: CheckContext) -> Iterator[Finding]:
    """No way to leave, none with one click for very many people, none that can be seen."""
    seen = context.survey
    if seen.ready < MANY or not seen.samples:
        return
    rendered = seen.samples[0].rendered
    if seen.no_unsubscribe.count:
        yield Finding(
            "message.no-unsubscribe",
            Severity.WARNING,
            _("{n} people would have no way to unsubscribe.").format(n=number(seen.no_unsubscribe.count)),
            _(
                "People who cannot leave report spam instead. Gmail and Yahoo ask everyone who sends 5,000 messages a "
                "day for a List-Unsubscribe header that works with one click, and for a link that can be seen."
            ),
            _("Set “unsubscribe” to an https:// or mailto: address."),
            "campaign.toml",
            tuple(seen.no_unsubscribe.rows) if seen.no_unsubscribe.count < seen.ready else (),
            seen.no_unsubscribe.count,
        )
        return
    if seen.ready >= BULK and not rendered.unsubscribe.startswith("https:"):
        yield Finding(
            "message.no-one-click",
            Severity.WARNING,
            _("People can unsubscribe, but not with one click."),
            _("Gmail and Yahoo ask for that from 5,000 messages a day on, and may refuse the rest."),
            _("Set “unsubscribe” to an https:// address that takes a POST request (RFC 8058)."),
            "campaign.toml",
        )
    if not _visible(rendered):
        yield Finding(
            "message.hidden-unsubscribe",
            Severity.INFO,
            _("The message shows no link to unsubscribe."),
            _("Mail programs may show their own button; Gmail and Yahoo ask for a link in the message as well."),
            _("Put {example} at its end.").format(example='<a href="{{ unsubscribe_url }}">…</a>'),
            context.campaign.html or context.campaign.text,
        )


def _visible(rendered: Rendered) -> bool:
    body = (rendered.html or "") + (rendered.text or "")
    address = rendered.unsubscribe
    spellings = (address, address.replace("&", "&amp;"), address.removeprefix("mailto:").partition("?")[0])
    return any(spelling in body for spelling in spellings) or "unsubscribe" in body.lower()
