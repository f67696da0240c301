"""Limits as people write them: sizes, rates towards a domain, and the fields of :class:`Limits` by name. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from smtpdesk.domain.profile import MOST, DomainLimit, Limits, format_rate, parse_rate

#: The figures of :class:`Limits` in the order in which people meet them; the spelling of ``[limits]`` in a preset.
LIMIT_NAMES = (
    *("max_connections", "rate", "per_minute", "hourly", "daily"),
    *("per_connection", "max_size", "per_domain"),
)
_SIZE = re.compile(r"(\d{1,12})(?:\.(\d{1,3}))?\s*([kmg]?)i?b?\Z", re.ASCII)
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
#: A domain in letters, digits, hyphens (RFC 1035 section 2.3.1), an internationalized one, or "*".
_DOMAIN = re.compile(r"(?:\*|(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W_](?:[\w-]{0,61}[^\W_])?)\Z")


def parse_size(text: str) -> int:
    """``"10MB"``, ``"25 MiB"``, ``"1.5M"``, ``"900000"`` to octets; a megabyte is 1024 x 1024 as mail servers count.

    Raises:
        ValueError: the text is no size, or nothing.
    """
    found = _SIZE.match(text.strip().lower())
    if found is None:
        raise ValueError(text)
    whole, part, unit = found.groups()
    size = int(float(f"{whole}.{part or 0}") * _UNITS[unit])
    if size < 1:
        raise ValueError(text)
    return size


def format_size(octets: int | None) -> str:
    """The inverse of :func:`parse_size`: ``10MB``, ``1.5MB``, or octets where rounding would change it."""
    if octets is None:
        return ""
    for unit, name in ((1024**3, "GB"), (1024**2, "MB"), (1024, "KB")):
        if octets >= unit:
            short = f"{octets / unit:.3f}".rstrip("0").rstrip(".") + name
            return short if parse_size(short) == octets else str(octets)
    return str(octets)


def parse_domain_limit(text: str) -> DomainLimit:
    """``"gmail.com=20/min"`` or ``"*=60/min"``; the domain in lower case.

    Raises:
        ValueError: the text is no such limit.
    """
    domain, equals, rate = text.strip().partition("=")
    domain = domain.strip().lower().removeprefix("@")
    if not equals or not _DOMAIN.match(domain):
        raise ValueError(text)
    count, seconds = parse_rate(rate)
    return DomainLimit(domain, count, seconds)


def parse_domain_limits(text: str) -> tuple[DomainLimit, ...]:
    """Several, separated by commas or white space; each domain once.

    Raises:
        ValueError: one of them is none, or a domain comes twice.
    """
    tight = "/".join(part.strip() for part in text.split("/"))
    tight = "=".join(part.strip() for part in tight.split("="))
    found = tuple(parse_domain_limit(part) for part in re.split(r"[,;\s]+", tight) if part)
    if len({one.domain for one in found}) < len(found):
        raise ValueError(text)
    return found


def format_domain_limits(limits: Iterable[DomainLimit]) -> str:
    """The inverse of :func:`parse_domain_limits`: ``gmail.com=20/min, *=60/min``."""
    return ", ".join(f"{one.domain}={format_rate(one.count, one.seconds)}" for one in limits)


def limit_texts(limits: Limits) -> dict[str, str]:
    """The limits by name as people write them; "" where there is none."""
    counts = {name: getattr(limits, name) for name in ("per_minute", "hourly", "daily", "per_connection")}
    written = {name: "" if count is None else str(count) for name, count in counts.items()}
    written |= {
        "max_connections": str(limits.max_connections),
        "rate": format_rate(limits.rate, limits.rate_seconds),
        "max_size": format_size(limits.max_size),
        "per_domain": format_domain_limits(limits.per_domain),
    }
    return {name: written[name] for name in LIMIT_NAMES}


def wrong_limit(limits: Limits) -> str:
    """The name of the first figure that is no number from 1 to :data:`MOST`, "" when all can be kept."""
    counts = ("max_connections", "rate", "per_minute", "hourly", "daily", "per_connection", "weight")
    found = [name for name in counts if (value := getattr(limits, name)) is not None and not 1 <= value <= MOST]
    if limits.max_size is not None and limits.max_size < 1:
        found.append("max_size")
    wrong_domains = any(not 1 <= one.count <= MOST or one.seconds <= 0 or not one.domain for one in limits.per_domain)
    return found[0] if found else "per_domain" if wrong_domains else ""
