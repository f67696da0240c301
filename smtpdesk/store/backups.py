"""Copies of the database, made before its schema changes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from smtpdesk.store import dialect
from smtpdesk.store.database import Database
from smtpdesk.store.errors import translated_opening

#: How many copies are kept.
KEPT = 3


def keep_copy(database: Database, revision: str) -> Path:
    """Copy the database to ``backups/workspace-<revision>-<time>.db``; only the newest copies are kept.

    Raises:
        StoreError: the copy could not be made; there is no half copy.
    """
    folder = database.folder / "backups"
    name = f"workspace-{revision}-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.db"
    unfinished = folder / f"{name}.part"
    with translated_opening(database.folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        try:
            unfinished.touch(mode=0o600)
            dialect.copy_to(database.writer, unfinished)
            unfinished.replace(folder / name)
        finally:
            unfinished.unlink(missing_ok=True)
        for old in sorted(folder.glob("workspace-*.db"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
            old.unlink()
    return folder / name
