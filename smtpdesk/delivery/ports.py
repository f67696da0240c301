"""What delivery needs of others, as Protocols: the ledger, the marks, the composer and a way to connect."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from smtpdesk.domain.delivery import Claimed, LaneEvent, LaneInfo, LaneSample, OutcomeKind, Result, Wanted
from smtpdesk.domain.recipient import Recipient
from smtpdesk.domain.server_traits import ServerTraits
from smtpdesk.smtp.session import Hooks, Session


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person wants of all of a run, which profiles are not to send, and which are to try again (since when).

    ``unwanted`` is another number whenever *Never mail* was changed.
    """

    wanted: Wanted
    paused: frozenset[str] = frozenset()
    woken: Mapping[str, float] = field(default_factory=dict)
    unwanted: int = 0


class Ledger(Protocol):
    """The ledger of one run, as lanes see it. Every call is durable before it returns."""

    def trusted(self) -> bool:
        """False while so much time has passed since the last word with the ledger that the run may be another's."""
        ...

    async def step(self, profile: str, results: Sequence[Result], limit: int) -> list[Claimed]:
        """Record results and claim up to ``limit`` due rows, in one transaction."""
        ...

    async def release(self, deliveries: Collection[int], due: Mapping[int, float] | None = None) -> None:
        """Give back claimed rows whose body was never begun; those in ``due`` not to be claimed before then."""
        ...

    async def bring_forward(self, seconds: float) -> None:
        """The clock was set back: rows that wait for a later time come so much sooner."""
        ...

    async def recall(self) -> None:
        """Limits have changed: rows that wait for a domain's turn, and were never tried, come at once."""
        ...

    async def next_due(self) -> float | None:
        """When the next pending row is due (in the past: now); None when no row is pending."""
        ...

    async def sharers(self, profile: str) -> tuple[int, int]:
        """How many other workers send with a profile just now, and how many of them come before this one."""
        ...

    async def sent_in(self, profile: str, since: float, bucket: float) -> list[tuple[float, int]]:
        """What a profile has sent since a moment, over all runs: (time, messages) for each ``bucket`` seconds."""
        ...

    async def sent_to(self, profile: str, since: float) -> list[tuple[float, str]]:
        """What a profile has sent since a moment, over all runs: (time, domain of the recipient), the oldest first."""
        ...

    async def heartbeat(self, lanes: Sequence[LaneInfo]) -> Wishes:
        """Write down that this worker lives and how its lanes are; returns what the person wants of the run."""
        ...

    async def wishes(self) -> Wishes:
        """What the person wants of the run, without writing anything down."""
        ...

    async def history(self, samples: Sequence[LaneSample], events: Sequence[LaneEvent]) -> None:
        """Keep what lanes did, and what changed about them and why."""
        ...


class Marks(Protocol):
    """One byte a row that survives a killed process: has its body begun, was it answered, and how?"""

    def body(self, seq: int) -> None:
        """The body of this row is about to be written to a socket."""
        ...

    def answered(self, seq: int, kind: OutcomeKind) -> None:
        """The server answered; not yet in the ledger."""
        ...

    def clear(self, seqs: Collection[int]) -> None:
        """The ledger has it."""
        ...


class ConnectionSlot(Protocol):
    """The right to have one connection open."""

    @property
    def turn_is_over(self) -> bool:
        """True when another run has waited long enough for a connection of this profile."""
        ...

    def free(self) -> None:
        """The connection is closed, or was never opened."""
        ...


class ConnectionSlots(Protocol):
    """How many connections one profile has open, over every run that sends with it."""

    def take(self, most: int) -> ConnectionSlot | None:
        """The right to one more; None while the profile has ``most`` open."""
        ...

    def wait(self, waits: bool) -> None:
        """Say that this run wants a connection and has none, or that it does not wait any more."""
        ...


class Composer(Protocol):
    """Builds the exact bytes of one message."""

    def build(self, recipient: Recipient, *, message_id: str, date: float) -> bytes:
        """RFC 5322 bytes with CRLF line ends; raises a DeskError naming the row when it cannot."""
        ...


class Connector(Protocol):
    """Opens connections of one profile."""

    async def __call__(self, hooks: Hooks, depth: int, traits: ServerTraits) -> Session:
        """A session ready for mail, not yet begun; raises StageFailed.

        ``depth``: how many bodies may be in flight where the server offers CHUNKING; 0 does without it. ``traits``:
        what is known of the server beyond what it announces.
        """
        ...
