"""The name of an address, whether it leads back to it, and whether the server greets with one that does.

Gmail, Yahoo and Microsoft want forward-confirmed reverse DNS of whoever connects to them (RFC 1912 section 2.1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from smtpdesk.dns.answers import Kind, Lookup
from smtpdesk.dns.names import Address, as_address, is_name, nibbles


class ReverseState(StrEnum):
    """What became of asking."""

    GOOD = "good"
    #: Confirmed, but the name is one that access providers give to everybody: ``198-51-100-7.dyn.example.net``.
    GENERIC = "generic"
    MISSING = "missing"
    #: Its name does not lead back to the address.
    UNCONFIRMED = "unconfirmed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reverse:
    """One address with its name."""

    address: str
    state: ReverseState
    name: str = ""
    zone: str = ""


async def reverse_of(lookup: Lookup, address: Address) -> Reverse:
    """Look the name of an address up, and that name's addresses."""
    zone = f"{nibbles(address)}.{'in-addr' if address.version == 4 else 'ip6'}.arpa"
    answer = await lookup.ask(zone, "PTR")
    if answer.kind is not Kind.FOUND:
        state = ReverseState.UNKNOWN if answer.unknown else ReverseState.MISSING
        return Reverse(str(address), state, zone=zone)
    unsure = False
    for name in answer.values[:10]:
        leads_back = await points_to(lookup, name, address)
        if leads_back:
            state = ReverseState.GENERIC if is_generic(name, address) else ReverseState.GOOD
            return Reverse(str(address), state, name, zone)
        unsure = unsure or leads_back is None
    state = ReverseState.UNKNOWN if unsure else ReverseState.UNCONFIRMED
    return Reverse(str(address), state, answer.values[0], zone)


async def points_to(lookup: Lookup, name: str, address: Address) -> bool | None:
    """Whether a name has this address; None when nobody could say."""
    if not is_name(name):
        return False
    answer = await lookup.ask(name, "A" if address.version == 4 else "AAAA")
    if answer.unknown:
        return None
    return any(as_address(value) == address for value in answer.values)


def is_generic(name: str, address: Address) -> bool:
    """Whether a name is made of the address, as for dial-up lines."""
    if address.version == 6:
        return str(address.exploded).replace(":", "") in re.sub(r"[^0-9a-f]", "", name)
    parts = str(address).split(".")
    numbers = [str(int(number)) for number in re.findall(r"\d+", name)]
    joined = "".join(part.zfill(3) for part in parts)
    return joined in name or all(part in numbers for part in parts)
