"""That what was deleted is gone from the files, too: overwritten, and not left over in the log or in free pages."""

from __future__ import annotations

import logging
import sqlite3
from typing import cast

from sqlalchemy import Connection, Engine

_log = logging.getLogger("smtpdesk.store")


def overwrite_freed(connection: Connection, overwrite: bool) -> None:
    """Whether what is deleted from now on is overwritten in the file. Call it before the transaction begins."""
    raw = cast(sqlite3.Connection, connection.connection.driver_connection)
    raw.execute(f"PRAGMA secure_delete = {'ON' if overwrite else 'OFF'}")


def scrub(engine: Engine) -> bool:
    """Write the file anew and empty the log; False when another process is in the way or there is no room.

    Pages that were split long ago may still hold copies of rows in their unused part: only a new file has none.
    """
    raw = engine.raw_connection()
    try:
        connection = cast(sqlite3.Connection, raw.driver_connection)
        connection.execute("VACUUM")
        return not connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.OperationalError as error:
        _log.info("the database was not written anew: %s", error)
        return False
    finally:
        raw.close()
