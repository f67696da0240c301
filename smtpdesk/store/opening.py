"""Opening a workspace folder: private modes, one process at a time, the newest schema."""

from __future__ import annotations

import os
from pathlib import Path

from filelock import FileLock, Timeout

from smtpdesk.base import private
from smtpdesk.store import dialect, errors
from smtpdesk.store.database import Database
from smtpdesk.store.migrations import migrate

#: The database's file in the workspace folder.
FILE_NAME = "workspace.db"
_LOCK_NAME = "workspace.lock"
#: What is in a workspace; anything else in its folder is the person's own.
_OURS = (
    *(f"{FILE_NAME}*", _LOCK_NAME, "window.json"),
    *("logs", "logs/*.log*", "backups", "backups/workspace-*", "locks", "locks/*.lock"),
)
_OUR_TREES = ("runs", "sandbox", "campaigns")


def open_database(folder: Path, busy_seconds: float, lock_seconds: float = 120.0) -> Database:
    """The migrated database of a workspace folder, which is made when it is not there.

    Args:
        busy_seconds: how long a write waits for another process's.
        lock_seconds: how long to wait for another process that is opening (and may be migrating) the same folder.

    Raises:
        StoreError: any ``workspace.*``.
    """
    with errors.translated_opening(folder):
        keep_private(folder)
        try:
            with FileLock(folder / _LOCK_NAME, timeout=lock_seconds, mode=0o600):
                return _prepared(folder / FILE_NAME, busy_seconds)
        except Timeout as error:
            raise errors.locked(folder) from error


def keep_private(folder: Path) -> None:
    """Make a workspace folder, and what we keep in it, the person's alone; one that holds other things is left alone.

    Not only a new one: a log may have been begun before, or somebody made the folder with the umask of the day.
    """
    known = {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()
    if not known:
        private.make_folder(folder)
    elif FILE_NAME in known or known <= {"logs", "sandbox", "window.json", _LOCK_NAME}:
        private.repair(folder, _OURS, _OUR_TREES)


def _prepared(path: Path, busy_seconds: float) -> Database:
    # Made by us before SQLite does, so that it is private from the first byte; its companion files follow its mode.
    # Only when it is not there: closing any descriptor of a file drops every lock that this process holds on it, and
    # it may have the workspace open already (https://sqlite.org/howtocorrupt.html, section 2.2).
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    database = Database(path, busy_seconds)
    try:
        dialect.use_write_ahead_log(database.writer)
        migrate(database)
    except BaseException:
        database.close()
        raise
    return database
