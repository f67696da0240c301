"""Names of domains: as DNS has them, who is above them, and where a registry ends and an organisation begins."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from functools import lru_cache

from publicsuffixlist import PublicSuffixList

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.address import AddressError, domain_of, parse_address

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
#: Octets of a whole name and of one label (RFC 1035 section 2.3.4).
_LONGEST, _LABEL = 253, 63


def as_domain(text: str) -> str:
    """A mail domain as DNS has it: lower case, ASCII (IDNA).

    Raises:
        InputError: ``domain.name``.
    """
    try:
        return domain_of(parse_address(f"x@{text.strip().rstrip('.')}"))
    except AddressError:
        raise InputError(
            "domain.name",
            _("“{value}” is no domain.").format(value=text[:80]),
            _("It is the part after the @ of your sender address, for example example.com."),
        ) from None


def readable(domain: str) -> str:
    """The domain in its own letters, where it is written with others than ASCII."""
    if "xn--" not in domain:
        return domain
    import idna  # loaded only for the rare domain that needs it

    try:
        return idna.decode(domain)
    except idna.IDNAError:
        return domain


def is_name(name: str) -> bool:
    """Whether DNS can hold this name at all."""
    labels = name.rstrip(".").split(".")
    return name.isascii() and 0 < len(name) <= _LONGEST and all(0 < len(label) <= _LABEL for label in labels)


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def organisation(domain: str) -> str:
    """The organisational domain (RFC 7489 section 3.2): ``news.shop.co.uk`` belongs to ``shop.co.uk``.

    From the public suffix list, so it works where nobody answers. A public suffix is its own.
    """
    return _suffixes().privatesuffix(domain.lower()) or domain.lower()


def upwards(domain: str, top: str) -> Iterator[str]:
    """The domain and those above it, up to and including ``top``."""
    yield domain
    while domain != top and "." in domain:
        domain = domain.partition(".")[2]
        yield domain


def below(name: str, domain: str) -> bool:
    """Whether a name is the domain or lies below it."""
    return name == domain or name.endswith(f".{domain}")


def as_address(text: str) -> Address | None:
    """An IP address, None when the text is none. IPv4 inside IPv6 is IPv4 (RFC 7208 section 5)."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def nibbles(address: Address) -> str:
    """The address as labels from the far end to the near one, as reverse zones and blocklists want it."""
    if isinstance(address, ipaddress.IPv4Address):
        return ".".join(reversed(str(address).split(".")))
    return ".".join(reversed(address.exploded.replace(":", "")))
