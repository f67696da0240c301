"""The desk: everything a person can do, composed by hand. Window, command line and scripts call this one object."""

from __future__ import annotations

import asyncio
from pathlib import Path

from smtpdesk.base.i18n import _
from smtpdesk.base.workspace_path import workspace_folder
from smtpdesk.desk.campaigns import Campaigns
from smtpdesk.desk.dkim import DkimKeys
from smtpdesk.desk.domain import Domains
from smtpdesk.desk.erasing import Erasing
from smtpdesk.desk.inbox import SandboxInbox
from smtpdesk.desk.lists import Lists
from smtpdesk.desk.people import PeopleFinder
from smtpdesk.desk.performance import Performance
from smtpdesk.desk.profiles import Profiles
from smtpdesk.desk.replies import Replies
from smtpdesk.desk.reports import Reports
from smtpdesk.desk.scheduling import Scheduling
from smtpdesk.desk.seed import seed_profile
from smtpdesk.desk.sending import Sending
from smtpdesk.desk.settings import Settings
from smtpdesk.desk.signing_in import SigningIn
from smtpdesk.desk.start_timer import StartTimer
from smtpdesk.desk.testing import TestSend
from smtpdesk.desk.threads import StoreThread
from smtpdesk.store import Workspace
from smtpdesk.vault import Vault
from smtpdesk.worker.assembly import vault_for

#: The setting that names what was given to a fresh workspace.
_SAMPLES = "samples"


class Desk:
    """One open workspace.

    Use :meth:`open`; every public method of the attributes is a coroutine unless its docstring says otherwise.

    Attributes:
        profiles: SMTP accounts: save, remove, test.
        dkim: keys that sign messages: make, import, show the record, remove.
        domain: what DNS says about a sending domain, and the records to publish.
        lists: recipients: look, import, page through, suppress.
        campaigns: folders: create, load, save, preview, check.
        sending: start, pause, resume, stop, retry, watch.
        scheduling: runs that wait for their time.
        erasing: runs and people deleted for good.
        reports: counts, log, causes, results, CSV.
        performance: how each profile's server did, live and in the past.
        replies: what a reply means that a person pasted.
        sandbox: the mail that the built-in server kept.
        settings: small values of the window.
    """

    def __init__(self, workspace: Workspace, vault: Vault) -> None:
        self._store = workspace
        self._thread = StoreThread()
        self.folder = workspace.folder
        self.settings = Settings(workspace, self._thread)
        self.dkim = DkimKeys(workspace, self._thread, vault)
        signing = SigningIn(workspace, self._thread, vault)
        self.profiles = Profiles(workspace, self._thread, vault, self.dkim, signing)
        self.domain = Domains(workspace, self._thread, self.dkim)
        self.lists = Lists(workspace, self._thread)
        finder = PeopleFinder(workspace, self._thread)
        self.campaigns = Campaigns(workspace, self._thread, finder, self.dkim)
        self.sending = Sending(workspace, self._thread, vault, finder, self.campaigns)
        self.scheduling = Scheduling(workspace, self._thread, self.sending, StartTimer(workspace, self._thread))
        self.erasing = Erasing(workspace, self._thread, self.sending)
        self.tests = TestSend(workspace, self._thread, signing, self.campaigns)
        self.reports = Reports(workspace, self._thread)
        self.performance = Performance(workspace)
        self.replies = Replies()
        self.sandbox = SandboxInbox(workspace.folder / "sandbox")

    @classmethod
    async def open(cls, workspace: Path | None = None, *, vault: Vault | None = None) -> Desk:
        """Open (or create) a workspace.

        Args:
            workspace: its folder; the default one when None.
            vault: where secrets are; the OS keyring's when None.

        Raises:
            InputError: ``workspace.address``: this is no folder.
            StoreError: it cannot be opened, or was written by a newer SMTPDesk.
        """
        folder = workspace_folder(workspace)

        def ready() -> Workspace:
            store = Workspace.open(folder)
            seed_profile(store)  # before the vault: the workspace's name for it is part of every secret's name
            return store

        store = await asyncio.to_thread(ready)
        return cls(store, vault or vault_for(store))

    async def seed_samples(self) -> bool:
        """Give a fresh workspace a sample campaign and a sample list, once; True when it did.

        The window does this, so that a person has something to try. Scripts find their workspace empty.
        """
        if await self.settings.get(_SAMPLES) is not None:
            return False
        await self.settings.set(_SAMPLES, {})
        if await self.lists.all() or await self.campaigns.all():
            return False
        folder = await self.campaigns.create_sample()
        info = await self.lists.import_list(folder / "recipients.csv", _("Sample guests"))
        await self.settings.set(_SAMPLES, {"list": info.name, "campaign": str(folder)})
        return True

    async def samples(self) -> tuple[str, str]:
        """The name of the sample list and the folder of the sample campaign; empty where there is none."""
        known = await self.settings.get(_SAMPLES) or {}
        return known.get("list", ""), known.get("campaign", "")

    async def close(self) -> None:
        """Close the workspace. A worker that is sending goes on by itself."""
        await self.sending.close()
        await asyncio.to_thread(self._thread.close)
        await asyncio.to_thread(self._store.keep_private)
        await asyncio.to_thread(self._store.close)
