"""The workspace: one folder on disk, with a named table object for each thing it keeps."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from types import TracebackType

from smtpdesk.base.errors import StoreError
from smtpdesk.store import errors
from smtpdesk.store.campaigns import CampaignTable
from smtpdesk.store.database import Database
from smtpdesk.store.erasure import ErasureTable
from smtpdesk.store.ledger import Ledger
from smtpdesk.store.lists import ListTable
from smtpdesk.store.opening import keep_private, open_database
from smtpdesk.store.performance import PerformanceTable
from smtpdesk.store.places import PlaceTable
from smtpdesk.store.profiles import ProfileTable
from smtpdesk.store.runs import RunTable
from smtpdesk.store.server_traits import ServerTraitTable
from smtpdesk.store.settings import SettingTable
from smtpdesk.store.suppressions import SuppressionTable


class Workspace:
    """Everything SMTPDesk keeps, but the secrets and the campaign folders.

    Synchronous. May be used from any thread; writes go one after the other, reads never wait for them. Several
    processes may have the same workspace open.
    """

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder = folder
        self._database = database
        self._at_opening = database.path.stat()
        self.profiles = ProfileTable(database)
        self.lists = ListTable(database)
        self.suppressions = SuppressionTable(database)
        self.campaigns = CampaignTable(database)
        self.places = PlaceTable(database)
        self.settings = SettingTable(database)
        self.server_traits = ServerTraitTable(self.settings)
        self.runs = RunTable(database)
        self.ledger = Ledger(database)
        self.performance = PerformanceTable(database)
        self.erasure = ErasureTable(database)

    @classmethod
    def open(cls, folder: Path, *, busy_seconds: float = 60.0) -> Workspace:
        """Open a workspace, making or upgrading it if need be (a copy of an older one is kept in ``backups``).

        Args:
            busy_seconds: how long a write waits while another process writes, before ``workspace.locked``.

        Raises:
            StoreError: ``workspace.newer``, ``.locked``, ``.read-only``, ``.full``, ``.damaged``, ``.unreachable``.
        """
        folder = Path(folder).absolute()
        workspace = cls(folder, open_database(folder, busy_seconds))
        try:
            workspace.lists.clear_unfinished()
        except BaseException:
            workspace.close()
            raise
        return workspace

    def keep_private(self) -> None:
        """Take from others what they may read of what was written meanwhile."""
        with contextlib.suppress(OSError):  # the disk is gone
            keep_private(self.folder)

    @property
    def in_place(self) -> bool:
        """False once the database that is open here was removed or replaced: what is written is found by nobody."""
        try:
            return os.path.samestat(self._database.path.stat(), self._at_opening)
        except OSError:
            return False

    def slow(self) -> StoreError:
        """Why something takes so long just now: another program's transaction, or the disk."""
        return errors.locked(self.folder) if self._database.waits else errors.slow(self.folder)

    def close(self) -> None:
        """Close all connections; every later use raises ``workspace.closed``. Closing twice does nothing."""
        self._database.close()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
