"""DNS blocklists: whether an address or a domain is on a list that many receivers ask (RFC 5782).

They are asked only when a person wants it: each question tells the list's owner what is sent, and they answer few of
them to public resolvers. Such a refusal (127.255.255.x) is no listing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from smtpdesk.dns.answers import Kind, Lookup
from smtpdesk.dns.names import Address, as_address, is_name, nibbles


@dataclass(frozen=True, slots=True)
class Blocklist:
    """One list: its zone, its name, whether it is about domains, and where a listing can be looked up and ended."""

    zone: str
    name: str
    url: str
    domains: bool = False


LISTS = (
    Blocklist("zen.spamhaus.org", "Spamhaus ZEN", "https://check.spamhaus.org/"),
    Blocklist("bl.spamcop.net", "SpamCop", "https://www.spamcop.net/bl.shtml"),
    Blocklist("psbl.surriel.com", "PSBL", "https://psbl.org/"),
    Blocklist("dbl.spamhaus.org", "Spamhaus DBL", "https://check.spamhaus.org/", domains=True),
)
#: Spamhaus: these ranges of ZEN are about lines that should not send at all, not about spam that was seen.
_DYNAMIC = ("127.0.0.10", "127.0.0.11")


class Listing(StrEnum):
    """What a list says."""

    CLEAR = "clear"
    LISTED = "listed"
    #: Listed as a line of an access provider, from which nobody should send directly.
    DYNAMIC = "dynamic"
    #: The list does not answer to the name server that asked.
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Listed:
    """One list's answer about one address or domain; ``why`` in the list's own words."""

    blocklist: Blocklist
    subject: str
    state: Listing
    codes: tuple[str, ...] = ()
    why: str = ""


async def ask_list(lookup: Lookup, blocklist: Blocklist, subject: str | Address) -> Listed:
    """Ask one list about an address or, where it is about these, a domain."""
    name = f"{subject if isinstance(subject, str) else nibbles(subject)}.{blocklist.zone}"
    shown = str(subject)
    if not is_name(name):
        return Listed(blocklist, shown, Listing.UNKNOWN)
    answer = await lookup.ask(name, "A")
    if answer.kind is not Kind.FOUND:
        return Listed(blocklist, shown, Listing.UNKNOWN if answer.unknown else Listing.CLEAR)
    state = _meaning(answer.values)
    why = ""
    if state in (Listing.LISTED, Listing.DYNAMIC):
        why = " ".join((await lookup.ask(name, "TXT")).values)[:300]
    return Listed(blocklist, shown, state, answer.values, why)


def _meaning(codes: tuple[str, ...]) -> Listing:
    loopback = [code for code in codes if code.startswith("127.")]
    if any(code.startswith("127.255.255.") for code in loopback):
        return Listing.REFUSED
    if not loopback or any(as_address(code) is None for code in loopback):
        return Listing.REFUSED  # a resolver that answers everything with an address of its own
    if all(code in _DYNAMIC for code in loopback):
        return Listing.DYNAMIC
    return Listing.LISTED
