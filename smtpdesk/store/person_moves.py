"""What a person decides about deliveries: send again, it arrived or not, give up.

Each is part of one transaction. *Accepted* is left by none of these moves.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import islice

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from smtpdesk.base.clock import now
from smtpdesk.domain.delivery import Blame, DeliveryState, Outcome, OutcomeKind, Stage
from smtpdesk.store import address_sets, dialect
from smtpdesk.store.attempts import outcome_values, write_attempts
from smtpdesk.store.counting import Change
from smtpdesk.store.had_before import had_before, never_mail, related_runs
from smtpdesk.store.run_keys import RunKey
from smtpdesk.store.schema import deliveries

#: Conditions in one statement.
_AT_ONCE = 100
#: Deliveries that are asked about at a time.
_PAGE = 2_000


def reopen(change: Change, state: str, ids: Collection[int] | None) -> int:
    """Send again: all (or these) deliveries in ``state`` become due now; "deferred" ones need not wait longer.

    Whoever is suppressed, or has the campaign from another run by now, is left out: *rejected* and *uncertain* stay
    what they are, the others become *skipped*.
    """
    origin = "pending" if state == "deferred" else state
    at = now()
    moved = 0
    left_out = refused(change.connection, change.key, state, ids)
    if state in {"deferred", "cancelled"}:
        _skip(change, state, left_out, at)
    for where in _those(change.key, origin, ids):
        where = and_(where, address_sets.not_listed(left_out)) if left_out else where
        tried = update(deliveries).where(where, deliveries.c.attempts > 0)
        again: dict[str, object] = {"state": "pending", "due": at, "changed": change.stamp}
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


def refused(connection: Connection, key: RunKey, state: str, ids: Collection[int] | None) -> dict[int, str]:
    """Those of the deliveries in ``state`` that a retry leaves out, and why: ``suppressed`` or ``sent-before``."""
    found: dict[int, str] = {}
    related = related_runs(connection, key)
    tried = [deliveries.c.attempts > 0] if state == "deferred" else []
    for where in _those(key, "pending" if state == "deferred" else state, ids):
        rows = dialect.stream(connection, select(deliveries.c.id, deliveries.c.address_key).where(where, *tried))
        while page := list(islice(rows, _PAGE)):
            keys = [address for _id, address in page]
            unwanted = never_mail(connection, keys)
            had = {address for address, open_ in had_before(connection, related, keys).items() if not open_}
            found |= {row: "sent-before" for row, address in page if address in had}
            found |= {row: "suppressed" for row, address in page if address in unwanted}
    return found


def _skip(change: Change, state: str, left_out: Mapping[int, str], at: float) -> None:
    for reason in sorted(set(left_out.values())):
        ids = [row for row, why in left_out.items() if why == reason]
        values = {"state": "skipped", "cause": reason, "text": reason, "due": 0.0}
        values |= {"updated_at": at, "changed": change.stamp}
        dialect.update_those(change.connection, deliveries, values, ids)
        change.move(state, "skipped", len(ids))


def decide(change: Change, ids: Collection[int] | None, accepted: bool) -> int:
    """A person says of uncertain deliveries whether they arrived; the others among ``ids`` are left alone."""
    kind = OutcomeKind.ACCEPTED if accepted else OutcomeKind.REJECTED
    outcome = Outcome(kind, Stage.BODY, Blame.NONE, cause=f"decided.{kind.value}")
    at = now()
    decided = 0
    for where in _those(change.key, "uncertain", ids):
        found = dialect.ids(change.connection, select(deliveries.c.id).where(where))
        # Without a profile: what went through it was counted when it was tried.
        kept = (*outcome_values(outcome), outcome.seconds)
        write_attempts(change, [(change.key.number, delivery, at, "", *kept) for delivery in found])
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
    for where in _those(change.key, "pending", None):
        for name, part in (("deferred", deliveries.c.attempts > 0), ("pending", deliveries.c.attempts == 0)):
            count = change.connection.execute(update(deliveries).where(where, part).values(values)).rowcount
            change.move(name, "cancelled", count)
            cancelled += count
    return cancelled


def leave_out(change: Change, cause: str, whole_domains: bool) -> int:
    """A person does not want to wait for those that are put off for a cause: they become *cancelled*.

    ``whole_domains``: so do all others that wait at the same receivers, whether they were tried or not.
    """
    mine = and_(deliveries.c.run == change.key.number, deliveries.c.state == dialect.written_out("pending"))
    found = change.connection.execute(select(deliveries.c.address_key).where(mine, deliveries.c.cause == cause))
    domains = sorted({key.rpartition("@")[2] for (key,) in found})
    those = [deliveries.c.cause == cause]
    if whole_domains:
        those += [deliveries.c.address_key.endswith(f"@{domain}", autoescape=True) for domain in domains]
    values = {"state": "cancelled", "updated_at": now(), "changed": change.stamp}
    left = 0
    for name, part in (("deferred", deliveries.c.attempts > 0), ("pending", deliveries.c.attempts == 0)):
        count = 0
        for start in range(0, len(those), _AT_ONCE):
            where = or_(*those[start : start + _AT_ONCE])
            count += change.connection.execute(update(deliveries).where(mine, part, where).values(values)).rowcount
        change.move(name, "cancelled", count)
        left += count
    return left


def _those(key: RunKey, state: str, ids: Collection[int] | None) -> list[ColumnElement[bool]]:
    here = and_(deliveries.c.run == key.number, deliveries.c.state == dialect.written_out(DeliveryState(state).value))
    if ids is None:
        return [here]
    return [and_(here, deliveries.c.id.in_(batch)) for batch in dialect.batches(sorted(set(ids)))]
