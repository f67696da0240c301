"""Appending the rows of a list that is being imported, a short transaction at a time."""

from __future__ import annotations

from collections.abc import Sequence

from smtpdesk.domain.address import address_key
from smtpdesk.domain.recipient import ListInfo, Recipient, RowState
from smtpdesk.store import dialect
from smtpdesk.store.database import Database
from smtpdesk.store.fields import FieldCodec, clean
from smtpdesk.store.schema import SPAN, recipients

_NAMES = ("id", "list_id", "line", "address", "address_key", "fields", "state", "reason")
#: Rows written or deleted in one go; short enough that another process's write hardly waits.
CHUNK = 10_000


class ListWriter:
    """Takes the rows of a list that is being imported; see :meth:`~smtpdesk.store.lists.ListTable.writing`."""

    def __init__(self, database: Database, list_id: int) -> None:
        self._database = database
        self.list_id = list_id
        self.codec = FieldCodec()
        self.ready = 0
        self.set_aside = 0
        #: The finished list, once the ``with`` block has ended.
        self.info: ListInfo | None = None

    def add(self, chunk: Sequence[Recipient]) -> None:
        """Append rows in order.

        Raises:
            StoreError: they cannot be written.
        """
        for start in range(0, len(chunk), CHUNK):
            self._write(chunk[start : start + CHUNK])

    def _write(self, chunk: Sequence[Recipient]) -> None:
        list_id, encode = self.list_id, self.codec.encode
        first = list_id * SPAN + self.ready + self.set_aside
        rows = [
            (
                first + offset,
                list_id,
                recipient.line,
                clean(recipient.address),
                clean(address_key(recipient.address)),
                encode(recipient.fields),
                recipient.state.value,
                clean(recipient.reason),
            )
            for offset, recipient in enumerate(chunk)
        ]
        with self._database.writing() as connection:
            dialect.insert_many(connection, recipients, _NAMES, rows)
        ready = sum(recipient.state is RowState.READY for recipient in chunk)
        self.ready += ready
        self.set_aside += len(chunk) - ready
