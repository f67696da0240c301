"""Reading the ledger: the log, the causes, the report. Nothing here writes."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.delivery import (
    Blame,
    CauseGroup,
    DeliveryState,
    LogRow,
    OutcomeKind,
    Reply,
    ReportRow,
    Stage,
)
from smtpdesk.store import dialect
from smtpdesk.store.runs import RunKey
from smtpdesk.store.schema import COUNTED, PENDING, attempts, deliveries

_STATES = {state.value: state for state in DeliveryState}
_LOG = (
    attempts.c.id,
    attempts.c.delivery,
    attempts.c.at,
    deliveries.c.address,
    deliveries.c.line,
    attempts.c.profile,
    attempts.c.stage,
    attempts.c.kind,
    attempts.c.blame,
    attempts.c.code,
    attempts.c.enhanced,
    attempts.c.text,
    attempts.c.cause,
    attempts.c.seconds,
)
_REPORT = (
    deliveries.c.id,
    deliveries.c.line,
    deliveries.c.address,
    deliveries.c.state,
    deliveries.c.attempts,
    deliveries.c.due,
    deliveries.c.profile,
    deliveries.c.stage,
    deliveries.c.code,
    deliveries.c.enhanced,
    deliveries.c.text,
    deliveries.c.cause,
    deliveries.c.updated_at,
    deliveries.c.fields,
)
_SORTS: dict[str, ColumnElement[Any]] = {
    "line": deliveries.c.line,
    "address": deliveries.c.address_key,
    "state": deliveries.c.state,
    "attempts": deliveries.c.attempts,
    "due": deliveries.c.due,
    "profile": deliveries.c.profile,
    "cause": deliveries.c.cause,
    "updated": deliveries.c.updated_at,
}


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which attempts to show; what is empty does not restrict.

    ``search`` is looked for in the address and in the server's words; a number also in the reply's code.
    """

    kinds: Collection[str] = ()
    causes: Collection[str] = ()
    search: str = ""
    delivery: int | None = None


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """Which deliveries to show; what is empty does not restrict.

    ``states`` are the words of :class:`~smtpdesk.domain.delivery.Counts`: "pending" are those never tried,
    "deferred" those that wait for another try.
    """

    states: Collection[str] = ()
    cause: str | None = None
    search: str = ""


def _text_search(term: str, columns: Sequence[ColumnElement[str]], code: ColumnElement[int]) -> ColumnElement[bool]:
    found = dialect.contains(term, columns, None)
    return or_(found, code == int(term)) if term.isdecimal() and len(term) == 3 else found


def _log_where(key: RunKey, chosen: LogFilter, after: int) -> ColumnElement[bool]:
    clauses: list[ColumnElement[bool]] = [attempts.c.run == key.number, attempts.c.id > after]
    if chosen.kinds:
        clauses.append(attempts.c.kind.in_([OutcomeKind(kind).value for kind in chosen.kinds]))
    if chosen.causes:
        clauses.append(attempts.c.cause.in_(list(chosen.causes)))
    if chosen.delivery is not None:
        clauses.append(attempts.c.delivery == chosen.delivery)
    if chosen.search:
        columns = [deliveries.c.address, attempts.c.text, attempts.c.enhanced]
        clauses.append(_text_search(chosen.search, columns, attempts.c.code))
    return and_(*clauses)


def read_log(connection: Connection, key: RunKey, chosen: LogFilter, after: int, limit: int) -> list[LogRow]:
    """The first ``limit`` attempts that are newer than ``after``, oldest first."""
    wanted = select(*_LOG).join(deliveries, deliveries.c.id == attempts.c.delivery)
    wanted = wanted.where(_log_where(key, chosen, after)).order_by(attempts.c.id).limit(limit)
    return [_log_row(row) for row in connection.execute(wanted)]


def read_log_ids(connection: Connection, key: RunKey, chosen: LogFilter, after: int) -> array[int]:
    """The ids of all attempts to show, oldest first."""
    wanted = select(attempts.c.id)
    if chosen.search:
        wanted = wanted.join(deliveries, deliveries.c.id == attempts.c.delivery)
    return dialect.ids(connection, wanted.where(_log_where(key, chosen, after)).order_by(attempts.c.id))


def read_log_rows(connection: Connection, ids: Sequence[int]) -> list[LogRow]:
    """The attempts with these ids, in this order."""
    found: dict[int, LogRow] = {}
    for batch in dialect.batches(ids):
        wanted = select(*_LOG).join(deliveries, deliveries.c.id == attempts.c.delivery)
        found.update((row.id, _log_row(row)) for row in connection.execute(wanted.where(attempts.c.id.in_(batch))))
    return [found[row_id] for row_id in ids if row_id in found]


def _log_row(row: Sequence[Any]) -> LogRow:
    row_id, delivery, at, address, line, profile, stage, kind, blame, *words = row
    return LogRow(row_id, delivery, at, address, line, profile, Stage(stage), OutcomeKind(kind), Blame(blame), *words)


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
            .where(_in_states(key, [state]))
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
    wanted = select(deliveries.c.cause, func.count()).where(_in_states(key, ["skipped"]))
    return {row[0]: row[1] for row in connection.execute(wanted.group_by(deliveries.c.cause))}


def _in_states(key: RunKey, states: Collection[str]) -> ColumnElement[bool]:
    """Deliveries of a run in any of these states, said so that a partial index serves what it can."""
    here = deliveries.c.run == key.number
    clauses: list[ColumnElement[bool]] = []
    for state in sorted(set(states)):
        if state in {"pending", "deferred"}:
            clauses.append(and_(here, PENDING, deliveries.c.due == 0 if state == "pending" else deliveries.c.due > 0))
        elif state == "accepted":  # most of them, in the end: the run's stretch of the table is walked
            clauses.append(deliveries.c.state == "accepted")
        else:
            clauses.append(and_(here, deliveries.c.state == dialect.written_out(DeliveryState(state).value)))
    return or_(*clauses)


def _report_where(key: RunKey, chosen: ReportFilter) -> ColumnElement[bool]:
    clauses: list[ColumnElement[bool]] = [deliveries.c.id.between(key.first, key.last)]
    if chosen.states:
        clauses.append(_in_states(key, chosen.states))
    if chosen.cause is not None:
        clauses.append(deliveries.c.cause == chosen.cause)
    if chosen.search:
        columns = [deliveries.c.address, deliveries.c.text, deliveries.c.enhanced]
        clauses.append(_text_search(chosen.search, columns, deliveries.c.code))
    return and_(*clauses)


def stream_report(
    connection: Connection, key: RunKey, chosen: ReportFilter, offset: int, limit: int | None
) -> Iterator[ReportRow]:
    """The deliveries to show in the order of the list, a page of rows in memory at a time."""
    wanted = select(*_REPORT).where(_report_where(key, chosen)).order_by(deliveries.c.id)
    if offset or limit is not None:
        wanted = wanted.offset(offset).limit(limit)
    for row in dialect.stream(connection, wanted):
        yield _report_row(row, key)


def read_report_ids(connection: Connection, key: RunKey, chosen: ReportFilter, sort: str | None) -> array[int]:
    """The ids of all deliveries to show, in the order to show them.

    Raises:
        InputError: ``report.unknown-column``.
    """
    order: list[ColumnElement[Any]] = [deliveries.c.id]
    if sort:
        name = sort.removeprefix("-")
        if name not in _SORTS:
            raise InputError("report.unknown-column", _("The report has no column “{name}”.").format(name=name))
        order.insert(0, _SORTS[name].desc() if sort.startswith("-") else _SORTS[name])
    return dialect.ids(connection, select(deliveries.c.id).where(_report_where(key, chosen)).order_by(*order))


def read_report_rows(connection: Connection, key: RunKey, ids: Sequence[int]) -> list[ReportRow]:
    """The deliveries with these ids, in this order."""
    found: dict[int, ReportRow] = {}
    for batch in dialect.batches(ids):
        wanted = select(*_REPORT).where(deliveries.c.id.in_(batch), deliveries.c.run == key.number)
        found.update((row.id, _report_row(row, key)) for row in connection.execute(wanted))
    return [found[row_id] for row_id in ids if row_id in found]


def _report_row(row: Sequence[Any], key: RunKey) -> ReportRow:
    row_id, line, address, state, tries, due, profile, stage, code, enhanced, text, cause, updated_at, fields = row
    return ReportRow(
        row_id,
        line,
        address,
        _STATES[state],
        tries,
        due if state == "pending" and due else None,
        profile,
        stage,
        code,
        enhanced,
        text,
        cause,
        updated_at,
        key.codec.decode(fields),
    )


def read_next_due(connection: Connection, key: RunKey) -> float | None:
    """When the earliest pending delivery is due (0.0: at once), or None when none is pending."""
    wanted = select(func.min(deliveries.c.due)).where(PENDING, deliveries.c.run == key.number)
    due = connection.execute(wanted).scalar()
    return None if due is None else float(due)


def read_sent_since(connection: Connection, profile: str, since: float) -> int:
    """Messages that a profile's relay has, or may have, taken from any run since then."""
    wanted = select(func.count()).where(COUNTED, attempts.c.profile == profile, attempts.c.at >= since)
    return int(connection.execute(wanted.select_from(attempts)).scalar_one())
