"""Reading the log: attempts, newest last."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select

from smtpdesk.domain.delivery import Blame, LogRow, OutcomeKind, Stage
from smtpdesk.store import dialect
from smtpdesk.store.reading import text_search
from smtpdesk.store.run_keys import RunKey
from smtpdesk.store.schema import attempts, deliveries

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


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which attempts to show; what is empty does not restrict.

    ``search`` is looked for in the address and in the server's words; a number also in the reply's code.
    """

    kinds: Collection[str] = ()
    causes: Collection[str] = ()
    search: str = ""
    delivery: int | None = None


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
        clauses.append(text_search(chosen.search, columns, attempts.c.code))
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
