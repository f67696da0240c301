"""What can be said about the fields of a profile before anybody asks a server. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Collection

from smtpdesk.base.i18n import _
from smtpdesk.domain.address import AddressError, parse_address, split_mailbox
from smtpdesk.domain.profile import Profile, Relay, Security, parse_rate

_HOST = re.compile(r"[A-Za-z0-9.\-_:\[\]]{1,253}\Z")
_LOOPBACK = ("localhost", "127.0.0.1", "::1", "[::1]")


def number(text: str) -> int | None:
    """The number typed, or None."""
    plain = text.strip().replace(",", "").replace(" ", "")
    return int(plain) if plain.isascii() and plain.isdigit() else None


def rate_or_none(text: str) -> tuple[int, float] | None:
    """``"30/min"`` as (30, 60.0); None for empty or unreadable text."""
    try:
        return parse_rate(text) if text.strip() else None
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """Whether the server is this computer: then nothing crosses a network."""
    return host.lower() in _LOOPBACK or host.startswith("127.")


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


def problems(profile: Profile, rate: str, daily: str, taken: Collection[str]) -> dict[str, str]:
    """What keeps a profile from being saved: field to sentence, in the order of the form."""
    found: dict[str, str] = {}
    if not profile.name:
        found["name"] = _("Give it a name that you will recognise.")
    elif profile.name in taken:
        found["name"] = _("Another profile has this name.")
    elif "/" in profile.name or "\\" in profile.name:
        found["name"] = _("A name has no slashes.")
    found.update(_server(profile))
    found.update(_identity(profile))
    found.update(_limits(profile, rate, daily))
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
    except AddressError:
        found["from"] = _("Write it as Ana Pérez <ana@example.com>, or just the address.")
    try:
        if identity.envelope_sender:
            parse_address(identity.envelope_sender)
    except AddressError:
        found["sender"] = _("This is not an address.")
    return found


def _limits(profile: Profile, rate: str, daily: str) -> dict[str, str]:
    found: dict[str, str] = {}
    if profile.limits.max_connections < 1:
        found["connections"] = _("At least 1")
    if rate.strip() and rate_or_none(rate) is None:
        found["rate"] = _("Like 30/min")
    if daily.strip() and not number(daily):
        found["daily"] = _("A number")
    return found
