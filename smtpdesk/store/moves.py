"""The moves a delivery can make, each within one transaction. *Accepted* is left by none of them."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, and_, bindparam, func, select, update

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
_RECORD = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("of"))
    .values(
        first_tried=func.coalesce(deliveries.c.first_tried, bindparam("new_at")),
        updated_at=bindparam("new_at"),
        **{name: bindparam(f"new_{name}") for name in _RECORDED},
    )
)
_CLAIM_COLUMNS = (
    deliveries.c.id,
    deliveries.c.address,
    deliveries.c.line,
    deliveries.c.fields,
    deliveries.c.attempts,
    deliveries.c.first_tried,
    deliveries.c.message_id,
)


def record(change: Change, results: Sequence[Result]) -> int:
    """Write down how attempts ended, for deliveries in *sending*; returns how many were.

    A result for a delivery in any other state is left out and logged: somebody has already decided about it.
    """
    held = _held(change, [result.delivery for result in results])
    changes: list[dict[str, object]] = []
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
        change.connection.execute(_RECORD, changes)
        dialect.insert_many(change.connection, attempts, _ATTEMPT_NAMES, tried)
    if len(changes) < len(results):
        _log.warning("%d results for deliveries that are not being sent were left out", len(results) - len(changes))
    return len(changes)


def _held(change: Change, ids: Sequence[int]) -> dict[int, int]:
    """Those of the deliveries that are in *sending*, with the number of their attempts."""
    held: dict[int, int] = {}
    for batch in dialect.batches(ids):
        wanted = select(deliveries.c.id, deliveries.c.attempts).where(
            deliveries.c.id.in_(batch), deliveries.c.run == change.key.number, deliveries.c.state == "sending"
        )
        held.update((row.id, row.attempts) for row in change.connection.execute(wanted))
    return held


def _changed(change: Change, result: Result, state: str, tries: int) -> dict[str, object]:
    outcome = result.outcome
    due = result.at if result.due is None else result.due
    return {
        "of": result.delivery,
        "new_at": result.at,
        "new_state": state,
        "new_due": max(due, 1e-3) if state == "pending" else 0.0,
        "new_attempts": tries,
        "new_changed": change.stamp,
        "new_profile": result.profile,
        "new_stage": outcome.stage.value,
        "new_kind": outcome.kind.value,
        "new_blame": outcome.blame.value,
        "new_code": outcome.reply.code,
        "new_enhanced": clean(outcome.reply.enhanced),
        "new_text": clean(outcome.reply.text),
        "new_cause": outcome.cause,
    }


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
    pending = and_(PENDING, deliveries.c.run == change.key.number)
    again = select(*_CLAIM_COLUMNS).where(pending, deliveries.c.due > 0, deliveries.c.due <= at)
    again = again.order_by(deliveries.c.due, deliveries.c.id).limit(limit).with_for_update(skip_locked=True)
    fresh = select(*_CLAIM_COLUMNS).where(pending, deliveries.c.due == 0)
    fresh = fresh.order_by(deliveries.c.id).limit(limit).with_for_update(skip_locked=True)
    second = list(change.connection.execute(again))
    first = list(change.connection.execute(fresh))
    share = max(limit - len(first), (limit + 1) // 2)
    second = second[:share]
    rows = [*second, *first[: limit - len(second)]]
    for batch in dialect.batches([row.id for row in rows]):
        taken = update(deliveries).where(deliveries.c.id.in_(batch))
        change.connection.execute(taken.values(state="sending", profile=profile, changed=change.stamp))
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
