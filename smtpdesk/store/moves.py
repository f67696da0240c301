"""The moves a delivery can make, each within one transaction. *Accepted* is left by none of them."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, and_, bindparam, select, update

from smtpdesk.base.clock import now
from smtpdesk.domain.delivery import Blame, Claimed, DeliveryState, Outcome, OutcomeKind, Result, Stage
from smtpdesk.store import dialect
from smtpdesk.store.counting import Change, counted_as
from smtpdesk.store.fields import clean
from smtpdesk.store.schema import PENDING, SPAN, attempts, deliveries

_log = logging.getLogger(__name__)

_STATE_AFTER = {
    OutcomeKind.ACCEPTED: "accepted",
    OutcomeKind.DEFERRED: "pending",
    OutcomeKind.REJECTED: "rejected",
    OutcomeKind.UNCERTAIN: "uncertain",
}
_ATTEMPT_NAMES = (
    "run",
    "delivery",
    "at",
    "profile",
    "stage",
    "kind",
    "blame",
    "code",
    "enhanced",
    "text",
    "cause",
    "seconds",
)
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
    .limit(bindparam("most"))
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
    tried: list[tuple[object, ...]] = []
    for result in results:
        before = held.pop(result.delivery, None)
        if before is None:
            continue
        state = _STATE_AFTER[result.outcome.kind]
        changes.append(_changed(change, result, state, before + 1))
        tried.append(attempt_row(change, result))
        change.move("sending", counted_as(state, before + 1))
    if changes:
        dialect.update_many(change.connection, deliveries, _RECORDED, changes, once="first_tried")
        dialect.insert_many(change.connection, attempts, _ATTEMPT_NAMES, tried)
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
        max(due, 1e-3) if state == "pending" else 0.0,
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


def attempt_row(change: Change, result: Result) -> tuple[object, ...]:
    """The row of the attempts table for a result."""
    outcome = result.outcome
    return (
        change.key.number,
        result.delivery,
        result.at,
        result.profile,
        outcome.stage.value,
        outcome.kind.value,
        outcome.blame.value,
        outcome.reply.code,
        clean(outcome.reply.enhanced),
        clean(outcome.reply.text),
        outcome.cause,
        outcome.seconds,
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


def release(change: Change, ids: Sequence[int]) -> int:
    """Back to *pending*, as before the claim; only those in *sending*."""
    held = _held(change, ids)
    for batch in dialect.batches(list(held)):
        back = update(deliveries).where(deliveries.c.id.in_(batch))
        change.connection.execute(back.values(state="pending", changed=change.stamp))
    for tries in held.values():
        change.move("sending", counted_as("pending", tries))
    return len(held)


def reopen(change: Change, state: str, ids: Collection[int] | None) -> int:
    """Send again: all (or these) deliveries in ``state`` become due now; "deferred" ones need not wait longer."""
    origin = "pending" if state == "deferred" else state
    at = now()
    moved = 0
    for where in _those(change, origin, ids):
        tried = update(deliveries).where(where, deliveries.c.attempts > 0)
        again = {"state": "pending", "due": at, "changed": change.stamp}
        if state != "deferred":
            again["first_tried"] = None  # the time after which to give up begins anew
        count = change.connection.execute(tried.values(again)).rowcount
        change.move(state, "deferred", count)
        moved += count
        if state != "deferred":
            untried = update(deliveries).where(where, deliveries.c.attempts == 0)
            values = {"state": "pending", "due": 0.0, "changed": change.stamp}
            count = change.connection.execute(untried.values(values)).rowcount
            change.move(state, "pending", count)
            moved += count
    return moved


def _those(change: Change, state: str, ids: Collection[int] | None) -> list[ColumnElement[bool]]:
    here = and_(
        deliveries.c.run == change.key.number, deliveries.c.state == dialect.written_out(DeliveryState(state).value)
    )
    if ids is None:
        return [here]
    return [and_(here, deliveries.c.id.in_(batch)) for batch in dialect.batches(list(ids))]


def sending(change: Change) -> ColumnElement[bool]:
    """The run's deliveries that a worker holds."""
    return _those(change, "sending", None)[0]


def decide(change: Change, ids: Collection[int] | None, accepted: bool) -> int:
    """A person says of uncertain deliveries whether they arrived; the others among ``ids`` are left alone."""
    kind = OutcomeKind.ACCEPTED if accepted else OutcomeKind.REJECTED
    outcome = Outcome(kind, Stage.BODY, Blame.NONE, cause=f"decided.{kind.value}")
    at = now()
    decided = 0
    for where in _those(change, "uncertain", ids):
        found = dialect.ids(change.connection, select(deliveries.c.id).where(where))
        # Without a profile: what went through it was counted when it was tried.
        rows = [attempt_row(change, Result(delivery, outcome, "", at)) for delivery in found]
        dialect.insert_many(change.connection, attempts, _ATTEMPT_NAMES, rows)
        values = {
            "state": kind.value,
            "kind": kind.value,
            "blame": outcome.blame.value,
            "cause": outcome.cause,
            "updated_at": at,
            "changed": change.stamp,
        }
        change.connection.execute(update(deliveries).where(where).values(values))
        decided += len(found)
    change.move("uncertain", kind.value, decided)
    return decided


def cancel_open(change: Change) -> int:
    """Every *pending* delivery becomes *cancelled*; those in *sending* are left to their worker."""
    cancelled = 0
    values = {"state": "cancelled", "updated_at": now(), "changed": change.stamp}
    for where in _those(change, "pending", None):
        for name, part in (("deferred", deliveries.c.attempts > 0), ("pending", deliveries.c.attempts == 0)):
            count = change.connection.execute(update(deliveries).where(where, part).values(values)).rowcount
            change.move(name, "cancelled", count)
            cancelled += count
    return cancelled
