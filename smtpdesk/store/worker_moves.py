"""What a worker does with deliveries: claims them, records how attempts ended, gives back what it did not begin.

Each is part of one transaction. *Accepted* is left by none of these moves.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Integer, and_, bindparam, select

from smtpdesk.domain.delivery import Claimed, OutcomeKind, Result
from smtpdesk.store import dialect
from smtpdesk.store.attempts import write_attempts
from smtpdesk.store.counting import Change, counted_as
from smtpdesk.store.fields import clean
from smtpdesk.store.schema import PENDING, SPAN, deliveries

_log = logging.getLogger(__name__)

_STATE_AFTER = {
    OutcomeKind.ACCEPTED: "accepted",
    OutcomeKind.DEFERRED: "pending",
    OutcomeKind.REJECTED: "rejected",
    OutcomeKind.UNCERTAIN: "uncertain",
}
#: A pending delivery that is not to be sent in its order has a time, however long ago: 0 says it is.
_SOONEST = 1e-3
_RECORDED = (
    "state",
    "due",
    "attempts",
    "first_tried",
    "updated_at",
    "changed",
    "profile",
    "stage",
    "kind",
    "blame",
    "code",
    "enhanced",
    "text",
    "cause",
)
_HELD = select(deliveries.c.id, deliveries.c.attempts).where(
    deliveries.c.id.in_(bindparam("ids", expanding=True)),
    deliveries.c.run == bindparam("of_run"),
    deliveries.c.state == "sending",
)
_CLAIMABLE = (
    select(
        deliveries.c.id,
        deliveries.c.address,
        deliveries.c.line,
        deliveries.c.fields,
        deliveries.c.attempts,
        deliveries.c.first_tried,
        deliveries.c.message_id,
    )
    .where(PENDING, deliveries.c.run == bindparam("of_run"))
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_FRESH = _CLAIMABLE.where(deliveries.c.due == 0).order_by(deliveries.c.id)
_AGAIN = _CLAIMABLE.where(deliveries.c.due > 0, deliveries.c.due <= bindparam("at"))
_AGAIN = _AGAIN.order_by(deliveries.c.due, deliveries.c.id)


def record(change: Change, results: Sequence[Result]) -> int:
    """Write down how attempts ended, for deliveries in *sending*; returns how many were.

    A result for a delivery in any other state is left out and logged: somebody has already decided about it.
    """
    held = _held(change, [result.delivery for result in results])
    changes: list[tuple[object, ...]] = []
    tried: list[Result] = []
    for result in results:
        before = held.pop(result.delivery, None)
        if before is None:
            continue
        state = _STATE_AFTER[result.outcome.kind]
        changes.append(_changed(change, result, state, before + 1))
        tried.append(result)
        change.move("sending", counted_as(state, before + 1))
    if changes:
        dialect.update_many(change.connection, deliveries, _RECORDED, changes, once="first_tried")
        write_attempts(change, tried)
    if len(changes) < len(results):
        _log.warning("%d results for deliveries that are not being sent were left out", len(results) - len(changes))
    return len(changes)


def _held(change: Change, ids: Sequence[int]) -> dict[int, int]:
    """Those of the deliveries that are in *sending*, with the number of their attempts."""
    held: dict[int, int] = {}
    for batch in dialect.batches(ids):
        held.update(dialect.stream(change.connection, _HELD, {"ids": batch, "of_run": change.key.number}))
    return held


def _changed(change: Change, result: Result, state: str, tries: int) -> tuple[object, ...]:
    """The new values of :data:`_RECORDED`, and the delivery's id."""
    outcome, reply = result.outcome, result.outcome.reply
    due = result.at if result.due is None else result.due
    return (
        state,
        max(due, _SOONEST) if state == "pending" else 0.0,
        tries,
        result.at,
        result.at,
        change.stamp,
        result.profile,
        outcome.stage.value,
        outcome.kind.value,
        outcome.blame.value,
        reply.code,
        clean(reply.enhanced),
        clean(reply.text),
        outcome.cause,
        result.delivery,
    )


def claim(change: Change, profile: str, limit: int, at: float) -> list[Claimed]:
    """Take up to ``limit`` pending deliveries that are due.

    Deliveries that wait for another try get at most half of the places while there are others, so that neither a
    relay that defers much holds up the rest, nor a long list a second try.
    """
    if limit <= 0:
        return []
    bound = {"of_run": change.key.number, "most": limit}
    first = list(dialect.stream(change.connection, _FRESH, bound))
    second = list(dialect.stream(change.connection, _AGAIN, {**bound, "at": at}))
    second = second[: max(limit - len(first), (limit + 1) // 2)]
    rows = [*second, *first[: limit - len(second)]]
    taken = [("sending", profile, change.stamp, row[0]) for row in rows]
    dialect.update_many(change.connection, deliveries, ("state", "profile", "changed"), taken)
    decode = change.key.codec.decode
    claimed = []
    for row_id, address, line, fields, tries, first_tried, message_id in rows:
        change.move(counted_as("pending", tries), "sending")
        claimed.append(Claimed(row_id, row_id % SPAN, address, line, decode(fields), tries, first_tried, message_id))
    return claimed


def release(change: Change, ids: Sequence[int], due: Mapping[int, float] | None = None) -> int:
    """Back to *pending*, as before the claim, but not before its time in ``due``; only those in *sending*."""
    held = _held(change, ids)
    untried = [("pending", change.stamp, "", row_id) for row_id, tries in held.items() if not tries]
    tried = [("pending", change.stamp, row_id) for row_id, tries in held.items() if tries]
    dialect.update_many(change.connection, deliveries, ("state", "changed", "profile"), untried)
    dialect.update_many(change.connection, deliveries, ("state", "changed"), tried)
    later = [(max(at, _SOONEST), row_id) for row_id, at in (due or {}).items() if row_id in held]
    dialect.update_many(change.connection, deliveries, ("due",), later)
    change.move("sending", "pending", len(untried))
    change.move("sending", "deferred", len(tried))
    return len(held)


def sending(change: Change) -> ColumnElement[bool]:
    """The run's deliveries that a worker holds."""
    return and_(deliveries.c.run == change.key.number, deliveries.c.state == dialect.written_out("sending"))
