"""What a name server may say, and the port through which every evaluation asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """FOUND: there are records. NONE: there are none, for certain. UNKNOWN: nobody answered, or not usefully."""

    FOUND = "found"
    NONE = "none"
    UNKNOWN = "unknown"


class Trouble(StrEnum):
    """Why a question could not be answered."""

    TIMEOUT = "timeout"
    #: SERVFAIL, REFUSED, or an answer that cannot be read: the domain's name servers or the way there are broken.
    SERVER = "server"
    #: There is no network, or no name server is known.
    NETWORK = "network"
    #: What was asked for is no name that DNS can hold.
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question.

    Attributes:
        kind: see :class:`Kind`.
        values: the records as text: addresses; names without the dot at the end; ``10 mx.example.com``;
            SRV as ``0 1 587 mail.example.com``; the strings of
            a TXT record joined (RFC 7208 section 3.3). In the order of the answer.
        trouble: why not, when UNKNOWN.
        no_name: the name does not exist at all (NXDOMAIN).
        alias: where a CNAME led, "" when there was none.
    """

    kind: Kind
    values: tuple[str, ...] = ()
    trouble: Trouble | None = None
    no_name: bool = False
    alias: str = ""

    @property
    def unknown(self) -> bool:
        """Whether the question could not be answered."""
        return self.kind is Kind.UNKNOWN


NOTHING = Answer(Kind.NONE)
NO_NAME = Answer(Kind.NONE, no_name=True)


class Lookup(Protocol):
    """Asks for the records of a name. Never raises but for cancellation; what failed is an answer, too."""

    async def ask(self, name: str, kind: str) -> Answer:
        """The records of ``kind`` (``"TXT"``, ``"A"``, ``"AAAA"``, ``"MX"``, ``"SRV"``, …) of an ASCII name."""
        ...


class Known:
    """A lookup that knows its answers beforehand: ``Known({("example.com", "TXT"): ("v=spf1 -all",)})``."""

    def __init__(self, records: Mapping[tuple[str, str], tuple[str, ...]]) -> None:
        self._records = {(name.lower(), kind): values for (name, kind), values in records.items()}

    async def ask(self, name: str, kind: str) -> Answer:
        """What it was given; everything else does not exist."""
        name = name.lower().rstrip(".")
        if values := self._records.get((name, kind)):
            return Answer(Kind.FOUND, values)
        return NOTHING if any(known == name for known, _kind in self._records) else NO_NAME
