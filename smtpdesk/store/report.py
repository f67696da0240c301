"""Reading the report: deliveries with their last outcome."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.delivery import DeliveryState, ReportRow
from smtpdesk.store import dialect
from smtpdesk.store.counting import read_counts
from smtpdesk.store.reading import in_states, text_search
from smtpdesk.store.run_keys import RunKey
from smtpdesk.store.schema import deliveries

_STATES = {state.value: state for state in DeliveryState}
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
class ReportFilter:
    """Which deliveries to show; what is empty does not restrict.

    ``states`` are the words of :class:`~smtpdesk.domain.delivery.Counts`: "pending" are those never tried,
    "deferred" those that wait for another try.
    """

    states: Collection[str] = ()
    cause: str | None = None
    search: str = ""


def _report_where(key: RunKey, chosen: ReportFilter) -> ColumnElement[bool]:
    clauses: list[ColumnElement[bool]] = [deliveries.c.id.between(key.first, key.last)]
    if chosen.states:
        clauses.append(in_states(key, chosen.states))
    if chosen.cause is not None:
        clauses.append(deliveries.c.cause == chosen.cause)
    if chosen.search:
        columns = [deliveries.c.address, deliveries.c.text, deliveries.c.enhanced]
        clauses.append(text_search(chosen.search, columns, deliveries.c.code))
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
    if chosen == ReportFilter() and not sort:
        return dialect.stretch(key.first, key.first + read_counts(connection, key).total)
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
