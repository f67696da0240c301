"""Where campaigns that were sent are: folders without links and detours, and the identity of what lies in each."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import select

from smtpdesk.store import dialect
from smtpdesk.store.database import Database
from smtpdesk.store.schema import campaign_places


def kept_folder(folder: Path | str) -> str:
    """The one spelling of a folder: absolute, with symbolic links and ``..`` resolved."""
    return os.path.realpath(folder)


class PlaceTable:
    """The only writer of campaign_places."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def identity(self, folder: Path) -> str:
        """The identity of the campaign that was sent from a folder, or "" when none was."""
        wanted = select(campaign_places.c.identity).where(campaign_places.c.folder == kept_folder(folder))
        with self._database.reading() as connection:
            return str(connection.execute(wanted).scalar() or "")

    def folders(self, identity: str) -> list[Path]:
        """The folders that a campaign was sent from; some may be gone."""
        wanted = select(campaign_places.c.folder).where(campaign_places.c.identity == identity)
        with self._database.reading() as connection:
            return [Path(folder) for folder in connection.execute(wanted.order_by(campaign_places.c.folder)).scalars()]

    def keep(self, folder: Path, identity: str) -> None:
        """Remember that a campaign is sent from this folder."""
        values: dict[str, object] = {"folder": kept_folder(folder), "identity": identity}
        with self._database.writing(durable=True) as connection:
            connection.execute(dialect.upsert(campaign_places, ["folder"], values))
