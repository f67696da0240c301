"""What a worker does with deliveries after their claim: records how attempts ended, gives back what it did not begin.

Each is part of one transaction. *Accepted* is left by none of these moves.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import ColumnElement, and_, case, or_, update

from smtpdesk.domain.delivery import OutcomeKind, Result
from smtpdesk.store import dialect
from smtpdesk.store.attempts import OUTCOME_NAMES, outcome_values, write_attempts
from smtpdesk.store.counting import Change
from smtpdesk.store.schema import BLAMES_PROFILE, PENDING, SPAN, deliveries

_log = logging.getLogger(__name__)

_STATE_AFTER = {
    OutcomeKind.ACCEPTED.value: "accepted",
    OutcomeKind.DEFERRED.value: "pending",
    OutcomeKind.REJECTED.value: "rejected",
    OutcomeKind.UNCERTAIN.value: "uncertain",
}
#: A pending delivery that is not to be sent in its order has a time, however long ago: 0 says it is.
_SOONEST = 1e-3
_RECORDED = ("state", "due", "first_tried", "updated_at", "changed", "profile", *OUTCOME_NAMES)


def record(change: Change, results: Sequence[Result]) -> int:
    """Write down how attempts ended, for deliveries in *sending*; returns how many were.

    A result for a delivery in any other state is left out and logged: somebody has already decided about it.
    """
    stamp, number = change.stamp, change.key.number
    changes: dict[int, tuple[object, ...]] = {}
    tried: dict[int, tuple[object, ...]] = {}
    states: dict[int, str] = {}
    for result in results:
        delivery = result.delivery
        if delivery in states:
            continue
        kept = outcome_values(result.outcome)
        state = _STATE_AFTER[kept[1]]
        due, at, profile = 0.0, result.at, result.profile
        if state == "pending":
            due = max(at if result.due is None else result.due, _SOONEST)
        states[delivery] = state
        changes[delivery] = (state, due, at, at, stamp, profile, *kept, delivery)
        tried[delivery] = (number, delivery, at, profile, *kept, result.outcome.seconds)
    only = {"state": "sending", "run": number}
    rows = list(changes.values())
    recorded = dialect.update_many(
        change.connection, deliveries, _RECORDED, rows, once="first_tried", grown="attempts", only=only
    )
    if recorded < len(states):
        states = {delivery: states[delivery] for delivery in _changed(change, list(states))}
    write_attempts(change, [tried[delivery] for delivery in states])
    for state, count in Counter(states.values()).items():
        change.move("sending", "deferred" if state == "pending" else state, count)
    if recorded < len(results):
        _log.warning("%d results for deliveries that are not being sent were left out", len(results) - recorded)
    return recorded


def _changed(change: Change, ids: Sequence[int]) -> list[int]:
    """Those of the deliveries that this transaction has changed, in this order."""
    rows = dialect.those(change.connection, deliveries, ("id", "changed"), ids)
    changed = {row_id for row_id, stamp in rows if stamp == change.stamp}
    return [row_id for row_id in ids if row_id in changed]


def _held(change: Change, ids: Sequence[int]) -> dict[int, int]:
    """Those of the deliveries that are in *sending*, with the number of their attempts."""
    number = change.key.number
    rows = dialect.those(change.connection, deliveries, ("id", "attempts", "run", "state"), ids)
    return {row_id: tries for row_id, tries, run, state in rows if state == "sending" and run == number}


def release(
    change: Change,
    ids: Sequence[int],
    due: Mapping[int, float] | None = None,
    begun: Callable[[int], int] | None = None,
) -> int:
    """Back to *pending*, as before the claim, but not before its time in ``due``; only those in *sending*.

    One whose seq has a flag other than 0 in ``begun`` stays: a server may have it.
    """
    held = _held(change, ids)
    if begun is not None and (kept := {row_id for row_id in held if begun(row_id % SPAN)}):
        _log.warning("%d deliveries whose body has begun are not given back", len(kept))
        held = {row_id: tries for row_id, tries in held.items() if row_id not in kept}
    untried = [row_id for row_id, tries in held.items() if not tries]
    tried = [row_id for row_id, tries in held.items() if tries]
    back = {"state": "pending", "changed": change.stamp}
    dialect.update_those(change.connection, deliveries, {**back, "profile": ""}, untried)
    dialect.update_those(change.connection, deliveries, back, tried)
    later = [(max(at, _SOONEST), row_id) for row_id, at in (due or {}).items() if row_id in held]
    dialect.update_many(change.connection, deliveries, ("due",), later)
    change.move("sending", "pending", len(untried))
    change.move("sending", "deferred", len(tried))
    return len(held)


def bring_forward(change: Change, seconds: float) -> int:
    """What waits for a later time comes so much sooner; returns how many deliveries that are."""
    waiting = and_(PENDING, deliveries.c.run == change.key.number, deliveries.c.due > 0)
    # never 0, which stands for "not tried yet"
    sooner = case((deliveries.c.due - seconds > 1e-3, deliveries.c.due - seconds), else_=1e-3)
    moved = change.connection.execute(update(deliveries).where(waiting).values(due=sooner, changed=change.stamp))
    return moved.rowcount


def recall(change: Change, at: float) -> int:
    """Deliveries that were put off untried, or wait because of the profile, become due; returns how many they are."""
    waits = or_(deliveries.c.attempts == 0, BLAMES_PROFILE)
    put_off = and_(PENDING, deliveries.c.run == change.key.number, deliveries.c.due > at, waits)
    moved = change.connection.execute(update(deliveries).where(put_off).values(due=_SOONEST, changed=change.stamp))
    return moved.rowcount


def sending(change: Change) -> ColumnElement[bool]:
    """The run's deliveries that a worker holds."""
    return and_(deliveries.c.run == change.key.number, deliveries.c.state == dialect.written_out("sending"))
