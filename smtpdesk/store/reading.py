"""Reading the ledger in sums: causes, skips, what is due, what a profile has sent. Nothing here writes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from smtpdesk.domain.delivery import Blame, CauseGroup, DeliveryState, OutcomeKind, Reply, Stage
from smtpdesk.store import dialect
from smtpdesk.store.run_keys import RunKey
from smtpdesk.store.schema import COUNTED, PENDING, attempts, deliveries


def read_causes(connection: Connection, key: RunKey) -> list[CauseGroup]:
    """Rejected, uncertain and deferred deliveries, grouped by their last outcome; the largest group first."""
    groups: list[CauseGroup] = []
    for state, kind in (
        ("rejected", OutcomeKind.REJECTED),
        ("uncertain", OutcomeKind.UNCERTAIN),
        ("deferred", OutcomeKind.DEFERRED),
    ):
        columns = (deliveries.c.cause, deliveries.c.blame)
        wanted = (
            select(*columns, func.count(), func.max(deliveries.c.updated_at), func.max(deliveries.c.id))
            .where(in_states(key, [state]))
            .group_by(*columns)
        )
        for cause, blame, people, last_at, example in connection.execute(wanted).all():
            shown = select(deliveries.c.code, deliveries.c.text, deliveries.c.enhanced, deliveries.c.stage)
            row = connection.execute(shown.where(deliveries.c.id == example)).one()
            reply = Reply(row.code, row.text, row.enhanced)
            groups.append(CauseGroup(cause, kind, Blame(blame), people, last_at, reply, Stage(row.stage)))
    return sorted(groups, key=lambda group: (-group.people, group.cause))


def read_skips(connection: Connection, key: RunKey) -> dict[str, int]:
    """How many deliveries were skipped for each reason."""
    wanted = select(deliveries.c.cause, func.count()).where(in_states(key, ["skipped"]))
    return {row[0]: row[1] for row in connection.execute(wanted.group_by(deliveries.c.cause))}


def read_next_due(connection: Connection, key: RunKey) -> float | None:
    """When the earliest pending delivery is due (0.0: at once), or None when none is pending."""
    wanted = select(func.min(deliveries.c.due)).where(PENDING, deliveries.c.run == key.number)
    due = connection.execute(wanted).scalar()
    return None if due is None else float(due)


def read_sent_since(connection: Connection, profile: str, since: float) -> int:
    """Messages that a profile's relay has, or may have, taken from any run since then."""
    wanted = select(func.count()).where(COUNTED, attempts.c.profile == profile, attempts.c.at >= since)
    return int(connection.execute(wanted.select_from(attempts)).scalar_one())


def read_sent_in(connection: Connection, profile: str, since: float, bucket: float) -> list[tuple[float, int]]:
    """The same messages by time: (start of a bucket of that many seconds, how many), oldest first."""
    number = dialect.whole(attempts.c.at / bucket)
    wanted = select(number, func.count()).where(COUNTED, attempts.c.profile == profile, attempts.c.at >= since)
    rows = connection.execute(wanted.select_from(attempts).group_by(number).order_by(number))
    return [(float(start) * bucket, int(count)) for start, count in rows]


def read_sent_to(connection: Connection, profile: str, since: float) -> list[tuple[float, str]]:
    """The same messages one by one: (when, domain of the recipient), oldest first."""
    # Apart, because "kind" of the partial index's condition is a column of both tables.
    sent = select(attempts.c.at, attempts.c.delivery).where(
        COUNTED, attempts.c.profile == profile, attempts.c.at >= since
    )
    part = sent.subquery()
    wanted = select(part.c.at, deliveries.c.address).join(deliveries, deliveries.c.id == part.c.delivery)
    return [
        (at, address.rpartition("@")[2].lower())
        for at, address in dialect.stream(connection, wanted.order_by(part.c.at))
    ]


def in_states(key: RunKey, states: Collection[str]) -> ColumnElement[bool]:
    """Deliveries of a run in any of these states, said so that a partial index serves what it can."""
    here = deliveries.c.run == key.number
    clauses: list[ColumnElement[bool]] = []
    for state in sorted(set(states)):
        if state == "pending":
            clauses.append(and_(here, PENDING, deliveries.c.due == 0))
            clauses.append(and_(here, PENDING, deliveries.c.due > 0, deliveries.c.attempts == 0))  # postponed
        elif state == "deferred":
            clauses.append(and_(here, PENDING, deliveries.c.due > 0, deliveries.c.attempts > 0))
        elif state == "accepted":  # most of them, in the end: the run's stretch of the table is walked
            clauses.append(deliveries.c.state == "accepted")
        else:
            clauses.append(and_(here, deliveries.c.state == dialect.written_out(DeliveryState(state).value)))
    return or_(*clauses)


def text_search(term: str, columns: Sequence[ColumnElement[str]], code: ColumnElement[int]) -> ColumnElement[bool]:
    """A term in any of these texts; three digits are also looked for as the code of a reply."""
    found = dialect.contains(term, columns, None)
    return or_(found, code == int(term)) if term.isdecimal() and len(term) == 3 else found
