"""The lists and recipients tables: imported spreadsheets, each replaced as a whole or not at all."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from smtpdesk.base.clock import now
from smtpdesk.base.errors import InputError, StoreError
from smtpdesk.base.i18n import _
from smtpdesk.domain.recipient import ListInfo
from smtpdesk.store.database import Database
from smtpdesk.store.errors import translated_opening
from smtpdesk.store.fields import FieldCodec, dumps, loads
from smtpdesk.store.list_view import ListView
from smtpdesk.store.list_writer import CHUNK, ListWriter
from smtpdesk.store.plan_sources import is_source
from smtpdesk.store.schema import LISTED, SPAN, lists, recipients

_log = logging.getLogger(__name__)


class ListTable:
    """The only writer of lists and recipients."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[ListInfo]:
        """Every list, by name."""
        with self._database.reading() as connection:
            rows = connection.execute(select(lists).where(LISTED).order_by(func.lower(lists.c.name), lists.c.name))
            return [_info(row) for row in rows]

    def get(self, name: str) -> ListInfo:
        """The list with this name.

        Raises:
            InputError: ``list.unknown``.
        """
        with self._database.reading() as connection:
            row = connection.execute(select(lists).where(LISTED, lists.c.name == name)).first()
        if row is None:
            raise _unknown(name)
        return _info(row)

    def view(self, list_id: int) -> ListView:
        """The rows of a list, for reading from any thread. A list that is imported again gets a new id.

        Raises:
            InputError: ``list.unknown``.
        """
        return self._view(list_id, ("ready",))

    def view_by_id(self, list_id: int) -> ListView:
        """As :meth:`view`, and also the rows of a list that was removed or replaced, while a plan still reads them.

        Raises:
            InputError: ``list.unknown``.
        """
        return self._view(list_id, ("ready", "discarded"))

    def _view(self, list_id: int, states: Sequence[str]) -> ListView:
        with self._database.reading() as connection:
            row = connection.execute(select(lists).where(lists.c.id == list_id, lists.c.state.in_(states))).first()
        if row is None:
            raise _unknown(str(list_id))
        return ListView(self._database, _info(row), tuple(loads(row.labels)), FieldCodec(loads(row.field_names)))

    @contextmanager
    def writing(
        self,
        name: str,
        *,
        source: str = "",
        sheet: str = "",
        columns: Sequence[str] = (),
        labels: Sequence[str] = (),
        address_column: str = "",
    ) -> Iterator[ListWriter]:
        """Import a list: nobody sees it before the block has ended, and it then replaces one of the same name.

        When the block raises, nothing of it stays and the list that was there before is as it was. Other
        processes can write meanwhile. An import cut off by a crash is cleared away by the next opening.

        Raises:
            InputError: ``list.name``, the name is empty.
            StoreError: the disk refuses.
        """
        name = name.strip()
        if not name:
            raise InputError("list.name", _("A list needs a name."))
        described = {
            "name": name,
            "source": source,
            "sheet": sheet,
            "address_column": address_column,
            "columns": dumps(list(columns)),
            "labels": dumps(list(labels)),
        }
        list_id, lock = self._begin(described)
        writer = ListWriter(self._database, list_id)
        try:
            yield writer
            replaced = self._finish(writer, name)
        except BaseException:
            self._purge_if_possible(list_id)
            raise
        finally:
            _let_go(lock)
        if replaced is not None:
            self._purge_if_possible(replaced)
        writer.info = self.get(name)

    def remove(self, name: str) -> None:
        """Remove a list and its rows; a name that is not there is no error."""
        with self._database.writing() as connection:
            list_id = _discard(connection, name)
        if list_id is not None:
            self._purge_if_possible(list_id)

    def clear_unfinished(self) -> None:
        """Delete what imports and removals have left that a crash cut off, or whose rows a plan was still reading.

        Running imports and unfinished plans are left alone.
        """
        with self._database.reading() as connection:
            left = connection.execute(select(lists.c.id).where(lists.c.state != "ready")).scalars().all()
        for list_id in left:
            lock = self._lock(list_id)
            try:
                lock.acquire(blocking=False)
            except Timeout:
                continue  # somebody is at it
            try:
                if self._is_left(list_id):  # it may have been finished since we looked
                    self._purge_if_possible(list_id)
            finally:
                _let_go(lock)

    def _is_left(self, list_id: int) -> bool:
        with self._database.reading() as connection:
            state = connection.execute(select(lists.c.state).where(lists.c.id == list_id)).scalar()
        return state is not None and state != "ready"

    def _lock(self, list_id: int) -> FileLock:
        folder = self._database.folder / "locks"
        folder.mkdir(mode=0o700, exist_ok=True)
        return FileLock(folder / f"list-{list_id}.lock", mode=0o600)

    def _begin(self, described: dict[str, str]) -> tuple[int, FileLock]:
        values = {**described, "state": "writing", "field_names": "[]", "imported_at": now()}
        with self._database.writing() as connection, translated_opening(self._database.folder):
            row = connection.execute(insert(lists).values(values).returning(lists.c.id))
            list_id = int(row.scalar_one())
            lock = self._lock(list_id)
            lock.acquire(blocking=False)  # held before anybody else can see the row
        return list_id, lock

    def _finish(self, writer: ListWriter, name: str) -> int | None:
        with self._database.writing(durable=True) as connection:
            replaced = _discard(connection, name)
            connection.execute(
                update(lists)
                .where(lists.c.id == writer.list_id)
                .values(
                    state="ready",
                    ready=writer.ready,
                    set_aside=writer.set_aside,
                    field_names=dumps(list(writer.codec.names)),
                    imported_at=now(),
                )
            )
        return replaced

    def _purge_if_possible(self, list_id: int) -> None:
        # Nobody sees these rows any more. When they cannot be deleted now, the next opening does it. What is
        # discarded can become the source of no other plan, so there is no need to look again while deleting.
        try:
            with self._database.reading() as connection:
                needed = is_source(connection, list_id)
            if not needed:
                self._purge(list_id)
        except StoreError as error:
            _log.warning("the rows of list %d are left for later: %s", list_id, error.code)

    def _purge(self, list_id: int) -> None:
        first, end = list_id * SPAN, (list_id + 1) * SPAN
        with self._database.reading() as connection:
            last = connection.execute(
                select(func.max(recipients.c.id)).where(recipients.c.id >= first, recipients.c.id < end)
            ).scalar()
        for start in range(first, first if last is None else last + 1, CHUNK):
            with self._database.writing() as connection:
                stretch = recipients.c.id.between(start, min(start + CHUNK, end) - 1)
                connection.execute(delete(recipients).where(stretch))
        with self._database.writing() as connection:
            connection.execute(delete(lists).where(lists.c.id == list_id))


def _discard(connection: Connection, name: str) -> int | None:
    list_id = connection.execute(select(lists.c.id).where(LISTED, lists.c.name == name)).scalar()
    if list_id is not None:
        connection.execute(update(lists).where(lists.c.id == list_id).values(state="discarded"))
    return list_id


def _let_go(lock: FileLock) -> None:
    lock.release()
    with suppress(OSError):  # somebody else looks at it just now, and will remove it
        Path(lock.lock_file).unlink()


def _unknown(name: str) -> InputError:
    return InputError("list.unknown", _("There is no list named “{name}”.").format(name=name))


def _info(row: Row[Any]) -> ListInfo:
    return ListInfo(
        id=row.id,
        name=row.name,
        source=row.source,
        sheet=row.sheet,
        columns=tuple(loads(row.columns)),
        address_column=row.address_column,
        imported_at=row.imported_at,
        ready=row.ready,
        set_aside=row.set_aside,
        labels=tuple(loads(row.labels)),
    )
