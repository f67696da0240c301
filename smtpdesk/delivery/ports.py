"""What delivery needs of others, as Protocols: the ledger, the marks, the composer and a way to connect."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from smtpdesk.domain.delivery import Claimed, LaneInfo, OutcomeKind, Result, Wanted
from smtpdesk.domain.recipient import Recipient
from smtpdesk.smtp.session import Hooks, Session


class Book(Protocol):
    """The ledger of one run, as lanes see it. Every call is durable before it returns."""

    async def step(self, profile: str, results: Sequence[Result], limit: int) -> list[Claimed]:
        """Record results and claim up to ``limit`` due rows, in one transaction."""
        ...

    async def release(self, deliveries: Collection[int]) -> None:
        """Give back claimed rows whose body was never begun."""
        ...

    async def next_due(self) -> float | None:
        """When the next pending row is due (in the past: now); None when no row is pending."""
        ...

    async def sent_since(self, profile: str, since: float) -> int:
        """Messages that a profile has sent since a moment, over all runs."""
        ...

    async def heartbeat(self, lanes: Sequence[LaneInfo]) -> Wanted:
        """Write down that this worker lives and how its lanes are; returns what the person wants of the run."""
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


class Composer(Protocol):
    """Builds the exact bytes of one message."""

    def build(self, recipient: Recipient, *, message_id: str, date: float) -> bytes:
        """RFC 5322 bytes with CRLF line ends; raises a DeskError naming the row when it cannot."""
        ...


class Connector(Protocol):
    """Opens connections of one profile."""

    async def __call__(self, hooks: Hooks) -> Session:
        """A session ready for mail, not yet begun; raises StageFailed."""
        ...
