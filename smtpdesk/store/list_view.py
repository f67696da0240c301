"""A list as a table of a million rows needs it: the ids of what is to be shown, then the few rows in sight."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.recipient import ListInfo, Recipient, RowState
from smtpdesk.store import dialect
from smtpdesk.store.database import Database
from smtpdesk.store.fields import FieldCodec
from smtpdesk.store.schema import SET_ASIDE, SPAN, recipients

_COLUMNS = (
    recipients.c.id,
    recipients.c.address,
    recipients.c.fields,
    recipients.c.line,
    recipients.c.state,
    recipients.c.reason,
)
_PAGE = 2_000
_STATES = {state.value: state for state in RowState}


class ListView:
    """Reads one list; its own read-only connections, usable from any thread.

    When the list has been replaced or removed meanwhile, the rows that are gone are missing from the answers.
    """

    def __init__(self, database: Database, info: ListInfo, labels: tuple[str, ...], codec: FieldCodec) -> None:
        self._database = database
        self.info = info
        #: The headings of ``info.columns`` as they stand in the file.
        self.labels = labels
        self._codec = codec
        self._first = info.id * SPAN
        self._end = self._first + info.ready + info.set_aside

    @property
    def total(self) -> int:
        """Rows in all, set-aside ones included."""
        return self._end - self._first

    @property
    def field_names(self) -> tuple[str, ...]:
        """The keys of every recipient's ``fields``, in order."""
        return self._codec.names

    def counts(self) -> dict[RowState, int]:
        """How many rows are in each state."""
        wanted = (
            select(recipients.c.state, func.count())
            .where(SET_ASIDE, recipients.c.list_id == self.info.id)
            .group_by(recipients.c.state)
        )
        with self._database.reading() as connection:
            aside = {RowState(row[0]): int(row[1]) for row in connection.execute(wanted)}
        return {state: aside.get(state, 0) for state in RowState} | {RowState.READY: self.info.ready}

    def ids(self, state: RowState | None = None, search: str = "", sort: str | None = None) -> array[int]:
        """The ids of the rows to show, in the order to show them.

        Args:
            search: shown only if the address or a field contains this, upper and lower case alike.
            sort: the name of a field, or ``@line``, ``@address``, ``@state``; with ``-`` before it, the other way
                round. Default: as in the file.

        Raises:
            InputError: ``list.unknown-column``.
        """
        if not search and not sort:
            return self._ids_of(state)
        wanted = select(recipients.c.id).where(self._within())
        if state is not None:
            wanted = wanted.where(recipients.c.state == state.value)
        if search:
            wanted = wanted.where(dialect.contains(search, [recipients.c.address], recipients.c.fields))
        order = [self._order(sort), recipients.c.id] if sort else [recipients.c.id]
        with self._database.reading() as connection:
            return dialect.ids(connection, wanted.order_by(*order))

    def _ids_of(self, state: RowState | None) -> array[int]:
        if state is None:
            return dialect.stretch(self._first, self._end)
        aside = select(recipients.c.id).where(SET_ASIDE, recipients.c.list_id == self.info.id)
        if state is not RowState.READY:
            aside = aside.where(recipients.c.state == state.value)
        with self._database.reading() as connection:
            found = dialect.ids(connection, aside.order_by(recipients.c.id))
        if state is not RowState.READY:
            return found
        ready = array("q")
        start = self._first
        for gone in found:
            ready += dialect.stretch(start, gone)
            start = gone + 1
        ready += dialect.stretch(start, self._end)
        return ready

    def _within(self) -> ColumnElement[bool]:
        return recipients.c.id.between(self._first, self._end - 1)

    def _order(self, sort: str) -> ColumnElement[Any]:
        name = sort.removeprefix("-")
        built_in: dict[str, ColumnElement[Any]] = {
            "@line": recipients.c.line,
            "@address": recipients.c.address_key,
            "@state": recipients.c.state,
        }
        if name in built_in:
            column = built_in[name]
        elif name in self._codec.names:
            column = func.lower(dialect.field_value(recipients.c.fields, self._codec.names.index(name)))
        else:
            raise InputError("list.unknown-column", _("The list has no column “{name}”.").format(name=name))
        return column.desc() if sort.startswith("-") else column

    def rows(self, ids: Sequence[int]) -> list[Recipient]:
        """The rows with these ids, in this order."""
        found: dict[int, Recipient] = {}
        with self._database.reading() as connection:
            for batch in dialect.batches(ids):
                wanted = select(*_COLUMNS).where(recipients.c.id.in_(batch), self._within())
                found.update((row.id, self._recipient(row)) for row in connection.execute(wanted))
        return [found[row_id] for row_id in ids if row_id in found]

    def recipients(self, state: RowState | None = None) -> Iterator[Recipient]:
        """Every row in the order of the file, streamed from one consistent state of the list."""
        wanted = select(*_COLUMNS).where(self._within()).order_by(recipients.c.id)
        if state is not None:
            wanted = wanted.where(recipients.c.state == state.value)
        with self._database.reading() as connection:
            yield from map(self._recipient, dialect.stream(connection, wanted))

    def recipients_after(self, after: int = 0) -> Iterator[tuple[int, Recipient]]:
        """The ready rows whose id is greater than ``after``, in the order of the file, each with its id.

        Read a page at a time, with no transaction left open between pages.

        Raises:
            InputError: ``list.unknown``, its rows are being deleted: what is left of them is not the whole list.
        """
        # Rows are deleted from the first one on.
        whole = select(recipients.c.id).where(recipients.c.id == self._first)
        after = max(after, self._first - 1)
        while after < self._end - 1:
            wanted = select(*_COLUMNS).where(recipients.c.id > after, recipients.c.id < self._end)
            wanted = wanted.where(recipients.c.state == RowState.READY.value).order_by(recipients.c.id).limit(_PAGE)
            with self._database.reading() as connection:
                if connection.execute(whole).first() is None:
                    raise InputError("list.unknown", _("The list “{name}” is gone.").format(name=self.info.name))
                page = list(dialect.stream(connection, wanted))
            for row_id, address, fields, line, _state, _reason in page:
                yield row_id, Recipient(address, self._codec.kept(fields), line)
            if len(page) < _PAGE:
                return
            after = page[-1][0]

    def _recipient(self, row: Sequence[Any]) -> Recipient:
        _id, address, fields, line, state, reason = row
        return Recipient(address, self._codec.decode(fields), line, _STATES[state], reason)
