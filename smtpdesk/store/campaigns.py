"""The campaigns table: which campaign folders were opened, and when last. The folders themselves hold the campaign."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, select

from smtpdesk.base.clock import now
from smtpdesk.store import dialect
from smtpdesk.store.database import Database
from smtpdesk.store.fields import clean
from smtpdesk.store.places import kept_folder
from smtpdesk.store.schema import campaigns


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign folder that was opened: where it is, the name it had, and when."""

    folder: Path
    name: str
    opened_at: float


class CampaignTable:
    """The only writer of campaigns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def remember(self, folder: Path, name: str) -> None:
        """Put a folder first, under its present name."""
        values: dict[str, object] = {"folder": kept_folder(folder), "name": clean(name), "opened_at": now()}
        with self._database.writing() as connection:
            connection.execute(dialect.upsert(campaigns, ["folder"], values))

    def forget(self, folder: Path) -> None:
        """Leave a folder out from now on; nothing on disk is touched."""
        with self._database.writing() as connection:
            connection.execute(delete(campaigns).where(campaigns.c.folder == kept_folder(folder)))

    def all(self) -> list[CampaignRow]:
        """Every remembered folder, the one opened last first. It may be gone from the disk by now."""
        newest = campaigns.c.opened_at.desc()
        with self._database.reading() as connection:
            rows = connection.execute(select(campaigns).order_by(newest, campaigns.c.folder))
            return [CampaignRow(Path(row.folder), row.name, row.opened_at) for row in rows]


def _kept(folder: Path) -> str:
    return kept_folder(folder)
