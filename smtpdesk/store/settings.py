"""The settings table: small values under a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from smtpdesk.store import dialect
from smtpdesk.store.database import Database
from smtpdesk.store.fields import dumps, loads
from smtpdesk.store.schema import settings


class SettingTable:
    """The only writer of settings."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str, default: Any = None) -> Any:
        """The value kept under a key, or the default."""
        with self._database.reading() as connection:
            value = connection.execute(select(settings.c.value).where(settings.c.key == key)).scalar()
        return default if value is None else loads(value)

    def set(self, key: str, value: Any) -> None:
        """Keep a small value; anything JSON can hold."""
        with self._database.writing() as connection:
            connection.execute(dialect.upsert(settings, ["key"], {"key": key, "value": dumps(value)}))

    def update(self, key: str, change: Callable[[Any], Any]) -> Any:
        """Change a value in one transaction, so that what another process kept meanwhile is not lost.

        Args:
            change: called with what is kept, None when nothing is; returns what to keep.

        Returns:
            What is kept now.
        """
        with self._database.writing() as connection:
            kept = connection.execute(select(settings.c.value).where(settings.c.key == key)).scalar()
            value = change(None if kept is None else loads(kept))
            connection.execute(dialect.upsert(settings, ["key"], {"key": key, "value": dumps(value)}))
        return value
