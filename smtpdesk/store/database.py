"""One database: one writing connection behind a lock, and as many reading ones as there are readers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

from smtpdesk.store import dialect, scrubbing
from smtpdesk.store.errors import closed, translated


class Database:
    """Transactions for the tables of a workspace. Usable from any thread; writes go one after the other."""

    def __init__(self, path: Path, busy_seconds: float) -> None:
        self.path = path
        self.folder = path.parent
        self.writer = dialect.open_writer(path, busy_seconds)
        self._reader = dialect.open_reader(path, busy_seconds)
        self._lock = threading.Lock()
        self._closed = False
        self._waits = False

    @property
    def waits(self) -> bool:
        """True while a transaction waits for another program's to end."""
        return self._waits

    @contextmanager
    def writing(self, *, durable: bool = False, erasing: bool = False) -> Iterator[Connection]:
        """One transaction that takes the write lock at once, and is undone when the block raises.

        Args:
            durable: return from the commit only when the disk has it. Without, a power cut may undo the last
                commits (but never damages the file or leaves half of one).
            erasing: overwrite what is deleted, instead of only marking its place as free.

        Raises:
            StoreError: ``workspace.full``, ``workspace.locked``, ``workspace.read-only``, ``workspace.damaged``,
                ``workspace.unreachable``; nothing was written.
        """
        with self._lock, translated(self.folder):
            self._check_open()
            with self.writer.connect() as connection:
                dialect.set_durable(connection, durable)
                if erasing:
                    scrubbing.overwrite_freed(connection, True)
                self._waits = True
                try:
                    transaction = connection.begin()
                finally:
                    self._waits = False
                with transaction:
                    yield connection
                if erasing:
                    scrubbing.overwrite_freed(connection, False)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read-only connection that sees one consistent state until the block ends.

        Raises:
            StoreError: as for :meth:`writing`.
        """
        self._check_open()
        with translated(self.folder), self._reader.connect() as connection:
            yield connection

    def scrub(self) -> bool:
        """Nothing that was erased is left in the files; False when another process is in the way."""
        with self._lock, translated(self.folder):
            self._check_open()
            return scrubbing.scrub(self.writer)

    def close(self) -> None:
        """Close all connections. Closing twice does nothing."""
        with self._lock:
            self._closed = True
            self._reader.dispose()
            self.writer.dispose()

    def _check_open(self) -> None:
        if self._closed:
            raise closed(self.folder)
