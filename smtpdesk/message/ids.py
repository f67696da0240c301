"""Message-IDs that are the same on every attempt, so that a server can see that it has the message already."""

from __future__ import annotations

from smtpdesk.base.ids import digest
from smtpdesk.domain.address import address_key, domain_of

_FALLBACK_DOMAIN = "smtpdesk.invalid"


def message_id(run: str, address: str, from_address: str) -> str:
    """``<…@domain>`` for one recipient of one run; the domain is that of the From address (RFC 5322 section 3.6.4)."""
    domain = domain_of(from_address)
    if not domain or not domain.isascii():
        domain = _FALLBACK_DOMAIN
    return f"<{digest(run, address_key(address))[:32]}@{domain}>"
