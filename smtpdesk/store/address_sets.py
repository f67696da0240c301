"""Many addresses asked about with one statement, in the words of SQLite: who is suppressed, and who has a message."""

from __future__ import annotations

import json
from collections.abc import Collection

from sqlalchemy import Column, Connection, TextClause, text

from smtpdesk.domain.address import mark_of
from smtpdesk.store.dialect import driver_execute
from smtpdesk.store.marks_of_people import mark_key

_LISTED = "SELECT value FROM json_each(?)"


def present(connection: Connection, column: Column[str], values: Collection[str]) -> set[str]:
    """Those of many values that an indexed column holds."""
    sql = f"SELECT {column.name} FROM {column.table.name} WHERE {column.name} IN ({_LISTED})"
    return {row[0] for row in driver_execute(connection, sql, (json.dumps(list(values)),))}


# From the addresses to the runs to the deliveries: one look into the unique index for each pair of them.
_REACHED = (
    "SELECT d.address_key, d.state FROM json_each(?) AS k CROSS JOIN json_each(?) AS r CROSS JOIN deliveries AS d"
    " WHERE d.run = r.value AND d.address_key = k.value AND d.state IN ('accepted', 'uncertain', 'sending')"
    " AND d.rehearsal = 0"
)


def reached(connection: Connection, runs: Collection[int], keys: Collection[str]) -> list[tuple[str, str]]:
    """The deliveries of these runs to these addresses (their keys) that have arrived or may: (key, state).

    Also of those who were erased since: they are known by their marks.
    """
    marks = {mark_of(key, address): address for address in keys} if (key := mark_key(connection)) else {}
    asked = json.dumps([*keys, *marks])
    rows = driver_execute(connection, _REACHED, (asked, json.dumps(list(runs)))).fetchall()
    return [(marks.get(address, address), state) for address, state in rows] if marks else rows


_HAS = (
    "EXISTS (SELECT 1 FROM json_each({runs}) AS j CROSS JOIN deliveries AS d WHERE d.run = j.value"
    " AND d.address_key IN (r.address_key, CASE WHEN ?1 = '' THEN r.address_key ELSE desk_mark(?1, r.address_key) END)"
    " AND d.state IN ('accepted', 'uncertain') AND d.rehearsal = 0)"
)
_AUDIENCE = (
    "SELECT count(*), coalesce(sum(why = 1), 0), coalesce(sum(why = 2), 0), coalesce(sum(why = 3), 0) FROM ("
    "SELECT CASE WHEN EXISTS (SELECT 1 FROM suppressions WHERE target IN"
    " (r.address_key, substr(r.address_key, instr(r.address_key, '@')))) THEN 1"
    f" WHEN {_HAS.format(runs='?2')} THEN 2 WHEN {_HAS.format(runs='?3')} THEN 3 ELSE 0 END AS why"
    " FROM recipients AS r WHERE r.id BETWEEN ?4 AND ?5 AND r.state = 'ready')"
)


def audience(connection: Connection, first: int, last: int, same: str, earlier: str) -> tuple[int, int, int, int]:
    """Recipients with ids from ``first`` to ``last`` that are ready: all, suppressed, reached by the runs of a list
    (JSON) and not suppressed, reached by those of another one and by none of the former.
    """
    row = driver_execute(connection, _AUDIENCE, (mark_key(connection), same, earlier, first, last)).fetchone()
    return row[0], row[1], row[2], row[3]


def not_listed(row_ids: Collection[int]) -> TextClause:
    """A condition: deliveries whose id is none of these."""
    return text("deliveries.id NOT IN (SELECT value FROM json_each(:unlisted))").bindparams(
        unlisted=json.dumps(list(row_ids))
    )
