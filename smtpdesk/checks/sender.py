"""Is there an SMTP profile to send through, and a sender to send as?"""

from __future__ import annotations

from collections.abc import Iterator

from smtpdesk.base.i18n import _
from smtpdesk.checks._context import CheckContext
from smtpdesk.domain.address import AddressError, split_mailbox
from smtpdesk.domain.finding import Finding, Severity

ORDER = 20


def title() -> str:
    """What it looks at."""
    return _("SMTP profiles and sender")


def check(context: CheckContext) -> Iterator[Finding]:
    """No profile, a profile that does not exist, no valid From."""
    campaign = context.campaign
    known = {profile.name for profile in context.profiles}
    if not campaign.profiles and not known:
        yield Finding(
            "profile.none",
            Severity.ERROR,
            _("No SMTP profile is chosen."),
            _("There is no server to send through."),
            _("Choose one for this campaign."),
            "campaign.toml",
        )
    for name in campaign.profiles:
        if name not in known:
            yield Finding(
                "profile.missing",
                Severity.ERROR,
                _("There is no SMTP profile named “{name}”.").format(name=name),
                _("Nothing can be sent through it."),
                _("Make a profile of this name, or choose another one for the campaign."),
                "campaign.toml",
            )
    yield from _sender(context)


def _sender(context: CheckContext) -> Iterator[Finding]:
    own = context.campaign.from_header.strip()
    values = [own] if own else [profile.identity.from_header for profile in context.profiles] or [""]
    for value in dict.fromkeys(values):
        problem = _problem(value)
        if problem:
            yield Finding(
                "message.bad-from",
                Severity.ERROR,
                problem,
                _("Servers refuse mail without a valid sender."),
                _("Write it like Ana Pérez <ana@example.com>, in the campaign or in the SMTP profile."),
                "campaign.toml",
            )


def _problem(value: str) -> str:
    if not value.strip():
        return _("The sender address is missing.")
    try:
        split_mailbox(value)
    except AddressError:
        return _("“{value}” is no sender address.").format(value=value[:80])
    return ""
