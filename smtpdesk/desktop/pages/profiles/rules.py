"""What can be said about the fields of a profile before anybody asks a server. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from smtpdesk.base.i18n import _
from smtpdesk.domain.address import AddressError, parse_address, split_mailbox
from smtpdesk.domain.limits import parse_domain_limits, parse_size
from smtpdesk.domain.loopback import is_loopback
from smtpdesk.domain.profile import DomainLimit, Limits, Profile, Relay, Security, parse_rate

_HOST = re.compile(r"[A-Za-z0-9.\-_:\[\]]{1,253}\Z")
#: A number in groups of three, as some locale writes it: always the same sign between them.
_GROUPED = re.compile(r"\d{1,3}([,.'’\u00a0\u2009\u202f ])\d{3}(?:\1\d{3})*\Z", re.ASCII)
_T = TypeVar("_T")
#: Limits that are plain numbers of messages.
COUNTS = ("per_minute", "hourly", "daily", "per_connection")


def number(text: str) -> int | None:
    """The number typed, or None; ``10,000``, ``10.000``, ``10 000`` and ``10’000`` are ten thousand."""
    plain = text.strip()[:40]  # more digits than any limit has; int() refuses thousands of them
    if _GROUPED.match(plain):
        plain = "".join(filter(str.isdigit, plain))
    return int(plain) if plain.isascii() and plain.isdigit() else None


def rate_or_none(text: str) -> tuple[int, float] | None:
    """``"30/min"`` as (30, 60.0); None for empty or unreadable text."""
    try:
        return parse_rate(text) if text.strip() else None
    except ValueError:
        return None


def needs_leave(profile: Profile) -> bool:
    """Whether a password would cross a network in the clear: the person must allow it."""
    relay = profile.relay
    return relay.security is Security.NONE and bool(profile.username) and not is_loopback(relay.host)


def port_warning(relay: Relay) -> str:
    """A sentence when port and encryption do not usually go together; "" otherwise."""
    if relay.port == 465 and relay.security is not Security.TLS:
        return _("Port 465 normally goes with TLS.")
    if relay.port in (587, 25, 2525) and relay.security is Security.TLS:
        return _("Port {port} normally goes with STARTTLS.").format(port=relay.port)
    if relay.port == 25 and not is_loopback(relay.host):
        return _("Many networks block port 25. Most providers also take mail on 587.")
    if relay.security is Security.NONE and relay.host and not is_loopback(relay.host):
        return _("Everybody on the way can read what is sent.")
    return ""


def problems(profile: Profile, limits: Mapping[str, str], taken: Collection[str]) -> dict[str, str]:
    """What keeps a profile from being saved: field to sentence, in the order of the form.

    ``limits`` holds what was typed there, by name; ``taken`` the names of other profiles.
    """
    found: dict[str, str] = {}
    if not profile.name:
        found["name"] = _("Give it a name that you will recognise.")
    elif profile.name in taken:
        found["name"] = _("Another profile has this name.")
    elif "/" in profile.name or "\\" in profile.name:
        found["name"] = _("A name has no slashes.")
    found.update(_server(profile))
    found.update(_identity(profile))
    found.update(limit_problems(limits))
    return found


def _server(profile: Profile) -> dict[str, str]:
    found: dict[str, str] = {}
    host = profile.relay.host
    if not host:
        found["host"] = _("Your provider's help pages name the server.")
    elif "@" in host:
        found["host"] = _("This is an address. A server looks like smtp.example.com.")
    elif not _HOST.match(host) or ".." in host:
        found["host"] = _("This is not the name of a server.")
    if not 1 <= profile.relay.port <= 65535:
        found["port"] = _("1 to 65535")
    if needs_leave(profile) and not profile.relay.allow_plain_password:
        found["plain"] = _("Choose an encryption, or allow it here.")
    return found


def _identity(profile: Profile) -> dict[str, str]:
    found: dict[str, str] = {}
    identity = profile.identity
    try:
        if identity.from_header:
            split_mailbox(identity.from_header)
    except AddressError as error:
        several = error.problem == "several"
        found["from"] = (
            _("One address only: the one that people should see.")
            if several
            else _("Write it as Ana Pérez <ana@example.com>, or just the address.")
        )
    try:
        if identity.envelope_sender:
            parse_address(identity.envelope_sender)
    except AddressError:
        found["sender"] = _("This is not an address.")
    return found


def limits_from(texts: Mapping[str, str]) -> Limits:
    """The limits that the lines of the form say; what cannot be read becomes a figure that cannot be kept, 0.

    Args:
        texts: name of the limit (:data:`LIMIT_NAMES` and ``weight``) to what was typed.
    """
    typed = {name: text for name, text in texts.items() if text.strip()}
    rate = (rate_or_none(typed["rate"]) or (0, 1.0)) if "rate" in typed else None
    counts = {name: number(typed[name]) or 0 for name in COUNTS if name in typed}
    domains = _read(parse_domain_limits, texts["per_domain"])
    return Limits(
        max_connections=number(texts["max_connections"]) or 0,
        rate=rate[0] if rate else None,
        rate_seconds=rate[1] if rate else 1.0,
        max_size=(_read(parse_size, typed["max_size"]) or 0) if "max_size" in typed else None,
        per_domain=(domains or (DomainLimit("", 0, 1.0),)) if "per_domain" in typed else (),
        weight=number(texts["weight"]) or 0,
        **counts,
    )


def limit_problems(texts: Mapping[str, str]) -> dict[str, str]:
    """What cannot be read in the lines of the limits: name to sentence, in the order of the form."""
    found: dict[str, str] = {}
    if not number(texts["max_connections"]):
        found["max_connections"] = _("At least 1 connection is needed.")
    if texts["rate"].strip() and rate_or_none(texts["rate"]) is None:
        found["rate"] = _("Write it like 14/s, 30/min or 500/h.")
    for name in COUNTS:
        if texts[name].strip() and not number(texts[name]):
            found[name] = _("A number of messages, at least 1; empty means no limit.")
    if texts["max_size"].strip() and _read(parse_size, texts["max_size"]) is None:
        found["max_size"] = _("Write it like 10MB or 900KB.")
    if texts["per_domain"].strip() and _read(parse_domain_limits, texts["per_domain"]) is None:
        found["per_domain"] = _("Write each domain once, like gmail.com=20/min, *=60/min.")
    if not number(texts["weight"]):
        found["weight"] = _("A number of at least 1.")
    return found


def _read(parse: Callable[[str], _T], text: str) -> _T | None:
    """What a parser makes of a text; None for an empty or unreadable one."""
    try:
        return parse(text) if text.strip() else None
    except ValueError:
        return None
