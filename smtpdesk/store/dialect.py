"""Where SQLite differs from the SQL it shares with PostgreSQL: opening, durability, bulk rows, text search.

Everything else in this package is SQLAlchemy Core that both understand.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    Engine,
    Integer,
    Select,
    Table,
    bindparam,
    case,
    create_engine,
    event,
    func,
    or_,
    select,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects import sqlite
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement, Executable

from smtpdesk.domain.address import mark_of

#: How many values one statement may bind; every SQLite since 3.32 takes 32,766.
MOST_VALUES = 900
_PAGE = 2_000
#: Ids that are made in one go: a fraction of a millisecond.
_PIECE = 8_192
#: Rows in the largest block that is written by one statement.
_MOST_ROWS = 256
_LISTED_IDS = "SELECT value FROM json_each(?)"


def open_writer(path: Path, busy_seconds: float) -> Engine:
    """The engine of the process's one writing connection; every transaction takes the write lock as it begins."""

    def connect() -> sqlite3.Connection:
        connection = _connect(str(path), busy_seconds, uri=False)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -65536")
        connection.execute("PRAGMA journal_size_limit = 67108864")
        # Pages that are written again and again (the ends of tables, an index in the order of addresses) are carried
        # from the log into the file less often: 4,000 pages are 16 MB of log, and take some 10 ms.
        connection.execute("PRAGMA wal_autocheckpoint = 4000")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=1, max_overflow=0)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def open_reader(path: Path, busy_seconds: float) -> Engine:
    """An engine whose connections cannot write; usable from any thread, each reading one consistent state."""

    def connect() -> sqlite3.Connection:
        connection = _connect(path.absolute().as_uri() + "?mode=ro", busy_seconds, uri=True)
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA cache_size = -16384")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=4, max_overflow=-1)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _connect(database: str, busy_seconds: float, *, uri: bool) -> sqlite3.Connection:
    # isolation_level None: the driver begins nothing by itself, so that we say when the write lock is taken.
    connection = sqlite3.connect(database, timeout=busy_seconds, isolation_level=None, check_same_thread=False, uri=uri)
    connection.create_function("desk_contains", 2, _contains, deterministic=True)
    connection.create_function("desk_field_contains", 2, _field_contains, deterministic=True)
    connection.create_function("desk_mark", 2, mark_of, deterministic=True)
    return connection


def use_write_ahead_log(engine: Engine) -> None:
    """Readers and the writer do not block each other (https://sqlite.org/wal.html); kept in the file."""
    _driver_run(engine, "PRAGMA journal_mode = WAL")


def _driver_run(engine: Engine, sql: str) -> list[tuple[Any, ...]]:
    raw = engine.raw_connection()
    try:
        return cast("list[tuple[Any, ...]]", cast(sqlite3.Connection, raw.driver_connection).execute(sql).fetchall())
    finally:
        raw.close()


def set_foreign_keys(engine: Engine, on: bool) -> None:
    """Hold or ignore foreign keys on the writing connection; only possible outside a transaction."""
    _driver_run(engine, f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")


def broken_references(connection: Connection) -> int:
    """How many rows point to a row that is not there."""
    return len(connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall())


def set_durable(connection: Connection, durable: bool) -> None:
    """Whether the next commit returns only when the disk has it. Call it before the transaction begins."""
    level = "FULL" if durable else "NORMAL"
    if connection.info.get("synchronous") != level:
        cast(sqlite3.Connection, connection.connection.driver_connection).execute(f"PRAGMA synchronous = {level}")
        connection.info["synchronous"] = level


def copy_to(engine: Engine, target: Path) -> None:
    """A consistent copy of the whole database, also while others write (https://sqlite.org/backup.html)."""
    raw = engine.raw_connection()
    try:
        copy = sqlite3.connect(target)
        try:
            cast(sqlite3.Connection, raw.driver_connection).backup(copy)
        finally:
            copy.close()
    finally:
        raw.close()


def driver_execute(connection: Connection, sql: str, values: Sequence[object]) -> sqlite3.Cursor:
    """Let the driver itself execute a statement within the connection's transaction.

    For a statement that takes the database some microseconds; the way round takes as long again.
    """
    if not connection.in_transaction():
        connection.begin()
    return cast(sqlite3.Connection, connection.connection.driver_connection).execute(sql, cast(Any, values))


class Prepared:
    """A statement whose SQL is made once: for what runs thousands of times, where building it costs more than it does.

    Every value that differs from run to run is a named ``bindparam``.
    """

    def __init__(self, statement: Executable) -> None:
        self.statement = statement
        self._text = ""
        self._values: tuple[tuple[str, object], ...] = ()

    def _bound(self, connection: Connection, values: Mapping[str, object]) -> tuple[object, ...]:
        if not self._text:
            compiled = cast("SQLCompiler", cast(ClauseElement, self.statement).compile(dialect=connection.dialect))
            self._values = tuple((name, compiled.params[name]) for name in compiled.positiontup or ())
            self._text = str(compiled)
        return tuple([values.get(name, constant) for name, constant in self._values])

    def run(self, connection: Connection, values: Mapping[str, object]) -> None:
        """Execute it with these values."""
        bound = self._bound(connection, values)
        driver_execute(connection, self._text, bound)

    def plan(self, connection: Connection, values: Mapping[str, object]) -> list[str]:
        """How the database goes about it, step by step."""
        bound = self._bound(connection, values)
        return [str(row[3]) for row in driver_execute(connection, f"EXPLAIN QUERY PLAN {self._text}", bound)]

    def first(self, connection: Connection, values: Mapping[str, object]) -> tuple[Any, ...] | None:
        """The first row as the driver's plain tuple, or None."""
        bound = self._bound(connection, values)
        cursor = driver_execute(connection, self._text, bound)
        row = cursor.fetchone()
        cursor.close()
        return cast("tuple[Any, ...] | None", row)


# Many rows go in with one statement, in blocks whose sizes are powers of two (few texts, which the driver keeps
# prepared), and where it matters they come out as one value: the driver hands the interpreter to other threads and
# takes it back once a statement, not once a row.


def _blocks(rows: Sequence[tuple[object, ...]]) -> Iterator[Sequence[tuple[object, ...]]]:
    start = 0
    while left := len(rows) - start:
        size = _MOST_ROWS if left >= _MOST_ROWS else 1 << (left.bit_length() - 1)
        yield rows[start : start + size]
        start += size


@cache
def _insert_sql(table: str, names: tuple[str, ...], count: int, skip: str) -> str:
    marks = ", ".join([f"({', '.join('?' * len(names))})"] * count)
    conflict = f" ON CONFLICT ({skip}) DO NOTHING" if skip else ""
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES {marks}{conflict}"


def insert_many(
    connection: Connection, table: Table, names: Sequence[str], rows: Sequence[tuple[object, ...]], *, skip: str = ""
) -> int:
    """Insert many rows by the shortest way; returns how many were written.

    Args:
        skip: columns of a unique constraint, comma-separated; a row that breaks it is left out.
    """
    written = 0
    for block in _blocks(rows):
        sql = _insert_sql(table.name, tuple(names), len(block), skip)
        written += driver_execute(connection, sql, tuple(chain.from_iterable(block))).rowcount
    return written


@cache
def _update_sql(table: str, names: tuple[str, ...], count: int, once: str, grown: str, only: tuple[str, ...]) -> str:
    row = f"({', '.join('?' * (len(names) + 1))})"
    changes = [
        f"{name} = coalesce({name}, given.column{place})" if name == once else f"{name} = given.column{place}"
        for place, name in enumerate(names, 1)
    ]
    if grown:
        changes.append(f"{grown} = {grown} + 1")
    conditions = [f"{table}.id = given.column{len(names) + 1}", *(f"{table}.{name} = ?" for name in only)]
    return (
        f"UPDATE {table} SET {', '.join(changes)} FROM (VALUES {', '.join([row] * count)}) AS given"
        f" WHERE {' AND '.join(conditions)}"
    )


def update_many(
    connection: Connection,
    table: Table,
    names: Sequence[str],
    rows: Sequence[tuple[object, ...]],
    *,
    once: str = "",
    grown: str = "",
    only: Mapping[str, object] | None = None,
) -> int:
    """Change many rows by their id, by the shortest way; returns how many were.

    Args:
        rows: the new values and, last, the id; no id twice.
        once: a column that keeps its value where it has one. ``grown``: a column that grows by one.
        only: values of columns that a row must have to be changed.
    """
    changed = 0
    conditions = only or {}
    for block in _blocks(rows):
        sql = _update_sql(table.name, tuple(names), len(block), once, grown, tuple(conditions))
        bound = (*chain.from_iterable(block), *conditions.values())
        changed += driver_execute(connection, sql, bound).rowcount
    return changed


def update_those(connection: Connection, table: Table, changes: Mapping[str, object], row_ids: Sequence[int]) -> None:
    """Give many rows the same new values, by their ids."""
    if row_ids:
        named = ", ".join(f"{name} = ?" for name in changes)
        sql = f"UPDATE {table.name} SET {named} WHERE id IN ({_LISTED_IDS})"
        driver_execute(connection, sql, (*changes.values(), json.dumps(list(row_ids))))


def those(connection: Connection, table: Table, names: Sequence[str], row_ids: Sequence[int]) -> list[tuple[Any, ...]]:
    """Columns of the rows with these ids, in no order, as the driver's plain tuples."""
    sql = f"SELECT {', '.join(names)} FROM {table.name} WHERE id IN ({_LISTED_IDS})"
    return driver_execute(connection, sql, (json.dumps(list(row_ids)),)).fetchall()


class Gathered:
    """A query whose rows are handed out as one value: lists of the columns, in the order of the query.

    Args:
        documents: names of columns that hold JSON, to be handed out as what it says.
    """

    def __init__(self, query: Select[*tuple[Any, ...]], documents: Collection[str] = ()) -> None:
        rows = query.subquery()
        columns = [_as_json(column, column.name in documents) for column in rows.c]
        self._prepared = Prepared(select(func.json_group_array(func.json_array(*columns))))

    def all(self, connection: Connection, values: Mapping[str, object]) -> list[list[Any]]:
        """All rows of the query."""
        row = self._prepared.first(connection, values)
        return [] if row is None else cast("list[list[Any]]", json.loads(row[0]))

    def plan(self, connection: Connection, values: Mapping[str, object]) -> list[str]:
        """How the database goes about it, step by step."""
        return self._prepared.plan(connection, values)


def _as_json(column: ColumnElement[Any], document: bool) -> ColumnElement[Any]:
    if document:
        return func.json(column)
    if isinstance(column.type, Double):  # every digit that it has; older versions write no more than 15
        return case((column.is_not(None), func.json(func.printf("%!.17g", column))))
    return column


def upsert(table: Table, keys: Sequence[str], values: dict[str, object]) -> Executable:
    """Insert a row, or change the one that has the same keys."""
    statement = sqlite.insert(table).values(values)
    changes = {name: statement.excluded[name] for name in values if name not in keys}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=changes)


def stream(
    connection: Connection, statement: Select[*tuple[Any, ...]], values: Mapping[str, object] | None = None
) -> Iterator[tuple[Any, ...]]:
    """The rows of a query as the driver's plain tuples, for going through very many of them."""
    result = connection.execute(statement, values or {})  # fetches nothing yet: the cursor is before the first row
    cursor = cast("sqlite3.Cursor", result.cursor)
    try:
        while page := cursor.fetchmany(_PAGE):
            yield from page
    finally:
        result.close()


def ids(connection: Connection, statement: Select[int]) -> array[int]:
    """The single whole-number column of a query."""
    return array("q", chain.from_iterable(stream(connection, statement)))


def stretch(first: int, end: int) -> array[int]:
    """All ids from ``first`` to before ``end``, made in pieces: in one call, a million would hold up all threads."""
    found = array("q")
    for start in range(first, end, _PIECE):
        found.extend(range(start, min(start + _PIECE, end)))
    return found


def written_out(value: str) -> ColumnElement[str]:
    """A constant that stands in the statement itself, so that a partial index can be chosen for it."""
    return bindparam(None, value, literal_execute=True)


def whole(number: ColumnElement[Any]) -> ColumnElement[int]:
    """The whole part of a number that is not negative."""
    return cast_to(number, Integer)  # PostgreSQL would round it, and says trunc() for this


def batches(values: Sequence[int]) -> Iterable[Sequence[int]]:
    """Slices short enough to be bound in one statement."""
    return (values[start : start + MOST_VALUES] for start in range(0, len(values), MOST_VALUES))


def contains(term: str, texts: Sequence[ColumnElement[str]], fields: ColumnElement[str] | None) -> ColumnElement[bool]:
    """Whether any of the columns holds the term, upper and lower case alike, in any script.

    ``LIKE`` folds ASCII only and sees the marks of JSON; it serves the terms where that makes no difference.
    """
    marks = bool(set(term) & set('"\\,[]{}:'))
    searched = list(texts) if fields is None or marks else [*texts, fields]
    folded = term.casefold()
    if term.isascii():
        clauses = [column.icontains(term, autoescape=True) for column in searched]
    else:
        clauses = [func.desk_contains(column, folded) == 1 for column in searched]
    if fields is not None and marks:
        clauses.append(func.desk_field_contains(fields, folded) == 1)
    return or_(*clauses)


def _contains(text: str, folded: str) -> bool:
    return folded in text.casefold()


def _field_contains(fields: str, folded: str) -> bool:
    if json.dumps(folded, ensure_ascii=False)[1:-1] not in fields.casefold():
        return False
    values = json.loads(fields)
    return any(folded in value.casefold() for value in (values.values() if isinstance(values, dict) else values))


def field_value(fields: ColumnElement[str], position: int) -> ColumnElement[str]:
    """The value at a position of the JSON array in which a row's fields are kept."""
    return func.json_extract(fields, f"$[{position}]")
