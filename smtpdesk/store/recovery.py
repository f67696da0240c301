"""After a crash: what becomes of the deliveries a worker held when it died."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from smtpdesk.base.clock import now
from smtpdesk.domain.delivery import Outcome, OutcomeKind, Result, Stage
from smtpdesk.store.counting import Change
from smtpdesk.store.schema import SPAN, deliveries
from smtpdesk.store.worker_moves import record, release, sending

_KIND_OF_FLAG = {
    1: OutcomeKind.UNCERTAIN,
    2: OutcomeKind.ACCEPTED,
    3: OutcomeKind.DEFERRED,
    4: OutcomeKind.REJECTED,
}


@dataclass(frozen=True, slots=True)
class Recovery:
    """How many deliveries went where: back to *pending* untouched, or by what the worker had noted before it died."""

    pending: int = 0
    uncertain: int = 0
    accepted: int = 0
    deferred: int = 0
    rejected: int = 0

    @property
    def total(self) -> int:
        """All that were in *sending*."""
        return self.pending + self.uncertain + self.accepted + self.deferred + self.rejected


def recover(change: Change, begun: Callable[[int], int]) -> Recovery:
    """Decide about every delivery in *sending* by the flag of its seq.

    Flags: 0 nothing of the body was written, 1 the body was begun and no answer is known, 2 accepted,
    3 deferred, 4 rejected. All but 0 are written to the log as attempts with the cause ``recovered.<outcome>``:
    the server's words are lost.

    Raises:
        ValueError: a flag that is none of these; nothing is changed.
    """
    wanted = select(deliveries.c.id, deliveries.c.profile).where(sending(change))
    untouched: list[int] = []
    results: list[Result] = []
    tally = dict.fromkeys(OutcomeKind, 0)
    at = now()
    for delivery, profile in change.connection.execute(wanted.order_by(deliveries.c.id)):
        flag = begun(delivery % SPAN)
        if flag == 0:
            untouched.append(delivery)
            continue
        if flag not in _KIND_OF_FLAG:
            raise ValueError(f"flag {flag} of delivery {delivery}")
        kind = _KIND_OF_FLAG[flag]
        tally[kind] += 1
        results.append(Result(delivery, Outcome(kind, Stage.BODY, cause=f"recovered.{kind.value}"), profile, at))
    release(change, untouched)
    record(change, results)
    return Recovery(
        len(untouched),
        tally[OutcomeKind.UNCERTAIN],
        tally[OutcomeKind.ACCEPTED],
        tally[OutcomeKind.DEFERRED],
        tally[OutcomeKind.REJECTED],
    )
