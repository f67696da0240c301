"""Are the messages signed as the profiles say, and in the sender's own name?

DMARC wants the signature's domain to align with the From domain (RFC 7489 section 3.1.1). Relaxed alignment compares
organisational domains, which takes the public suffix list; here one must be the other or lie below it.
"""

from __future__ import annotations

from collections.abc import Iterator

from smtpdesk.base.i18n import _
from smtpdesk.checks._context import CheckContext
from smtpdesk.domain.address import AddressError, domain_of, split_mailbox
from smtpdesk.domain.finding import Finding, Severity
from smtpdesk.domain.profile import Profile

ORDER = 22


def title() -> str:
    """What it looks at."""
    return _("Signatures (DKIM)")


def check(context: CheckContext) -> Iterator[Finding]:
    """A key that is missing or weak, a signature for somebody else than the sender."""
    yield from context.signing_findings
    for profile in context.profiles:
        sender = _domain(context.campaign.from_header or profile.identity.from_header)
        if profile.dkim is not None and sender and not aligned(sender, profile.dkim.domain):
            yield _not_aligned(profile, sender, profile.dkim.domain)


def aligned(sender: str, signer: str) -> bool:
    """Whether one domain is the other or lies below it."""
    return sender == signer or sender.endswith(f".{signer}") or signer.endswith(f".{sender}")


def _domain(from_header: str) -> str:
    try:
        return domain_of(split_mailbox(from_header)[1])
    except AddressError:
        return ""  # a check of its own says so


def _not_aligned(profile: Profile, sender: str, signer: str) -> Finding:
    return Finding(
        "dkim.not-aligned",
        Severity.WARNING,
        _("The sender is at {sender}, and “{profile}” signs for {signer}.").format(
            sender=sender, profile=profile.name, signer=signer
        ),
        _("To DMARC, such a signature says nothing about the sender; receivers may refuse or sort out the mail."),
        _("Send from an address at {signer}, or make a key for {sender} in the profile.").format(
            sender=sender, signer=signer
        ),
        "campaign.toml",
    )
