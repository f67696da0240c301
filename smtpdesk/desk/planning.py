"""From a checked campaign to a run in the ledger: the message frozen, one delivery a recipient."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from filelock import AsyncFileLock, Timeout

from smtpdesk.base import private
from smtpdesk.base.clock import now
from smtpdesk.base.errors import Cancelled, InputError, StoreError
from smtpdesk.base.i18n import _
from smtpdesk.desk.campaigns import Campaigns, Draft
from smtpdesk.desk.people import PeopleFinder
from smtpdesk.desk.sent_before import SentBefore
from smtpdesk.desk.threads import Cancel, Progress, job, relay_progress
from smtpdesk.domain.delivery import RunInfo, RunState, Wanted
from smtpdesk.domain.schedule import Schedule
from smtpdesk.message import load_campaign, save_campaign, snapshot
from smtpdesk.message.paths import CAMPAIGN_FILE
from smtpdesk.store import Workspace
from smtpdesk.store.places import kept_folder
from smtpdesk.worker.assembly import run_folder
from smtpdesk.worker.planner import Planner

#: Rows that are planned before the first message leaves; the worker writes the rest while it sends.
HEAD_START = 4_000
#: Seconds to wait for somebody else who is just starting a campaign: checking a long list takes its time.
_PATIENCE = 120.0


def schedule_of(snapshot: Path) -> Schedule:
    """When a run may be sent, from its frozen campaign; read anew only when that was changed.

    A run whose copy is gone or damaged is still to be shown: then its hours are not known.
    """
    try:
        return _schedule_in(snapshot, (snapshot / CAMPAIGN_FILE).stat().st_mtime_ns)
    except (OSError, InputError):
        return Schedule()


@lru_cache(maxsize=64)
def _schedule_in(snapshot: Path, _version: int) -> Schedule:
    return load_campaign(snapshot).schedule


class Planning:
    """Writes runs. What a run sends, and when, is frozen here; later changes of the campaign are another run's."""

    def __init__(self, store: Workspace, finder: PeopleFinder, campaigns: Campaigns) -> None:
        self._store = store
        self._finder = finder
        self._campaigns = campaigns

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Nobody else of this workspace, in whatever process, looks for an unfinished run and makes one meanwhile.

        Raises:
            StoreError: ``workspace.locked``: somebody else has been at it for a long time.
        """
        folder = self._store.folder / "runs"
        await asyncio.to_thread(private.make_folder, folder)
        lock = AsyncFileLock(folder / "starting.lock", timeout=_PATIENCE, mode=private.FILE)
        try:
            async with lock:
                yield
        except Timeout:
            raise StoreError(
                "sending.starting",
                _("Another campaign of this workspace is just being started."),
                _("Try again in a minute."),
            ) from None

    async def refuse_unasked(self, folder: Path, again: bool | None, profiles: tuple[str, ...]) -> None:
        """A changed message for people who have the campaign: only a person says whether they get it again.

        Raises:
            SentBefore: nobody has said (``again`` is None).
        """
        if again is None:
            audience = await self._campaigns.audience(folder, profiles)
            if audience.earlier:
                raise SentBefore(audience)

    async def write(
        self,
        draft: Draft,
        content: str,
        profiles: tuple[str, ...],
        *,
        again: bool = False,
        schedule: Schedule | None = None,
        whole: bool = True,
        progress: Progress | None = None,
    ) -> RunInfo:
        """Make a run and write its deliveries.

        Args:
            draft: the campaign, checked. ``content``: its digest. ``profiles``: who sends.
            again: send also to those who have this very message already.
            schedule: instead of the campaign's own.
            whole: False leaves what is beyond the head start to the worker.
            progress: rows planned so far.

        Raises:
            Cancelled: the run is stopped; nothing was sent.
        """
        people = await self._finder.people(draft.folder, draft.campaign)
        tell = relay_progress(progress)
        cancel = Cancel()

        def planned(done: int) -> None:
            if tell is not None:
                tell(done, done / people.ready if people.ready else None)

        def plan() -> RunInfo:
            run = self._new_run(draft, content, profiles)
            self._freeze(draft, run, schedule)
            self._store.runs.create(run)
            self._store.runs.set_source(run.id, people.info.id, again, people.ready)
            try:
                Planner(self._store, run).write(None if whole else HEAD_START, progress=planned, cancelled=cancel)
            except Cancelled:
                self._store.runs.set_state(run.id, RunState.STOPPED, "cancelled")
                raise
            return run

        return await job(plan, cancel)

    async def with_profiles(self, run: RunInfo, profiles: tuple[str, ...]) -> RunInfo:
        """The run, its rest to be sent with these profiles; without any, with those it has.

        Raises:
            InputError: there is no such profile.
        """
        if not profiles or profiles == run.profiles:
            return run

        def change() -> None:
            for name in profiles:
                self._store.profiles.get(name)
            self._store.runs.set_profiles(run.id, profiles)

        await asyncio.to_thread(change)
        return replace(run, profiles=profiles)

    def finish(self, run: RunInfo) -> None:
        """Write what was left to a worker that does not come any more. Not a coroutine."""
        Planner(self._store, run).write()

    def _freeze(self, draft: Draft, run: RunInfo, schedule: Schedule | None) -> None:
        target = self._store.folder / run.snapshot
        # The run is new, so what is there already was left by a start that was killed before its run was written down.
        if target.exists():
            shutil.rmtree(target)
        snapshot(draft.folder, draft.campaign, target)
        if schedule is not None and schedule != draft.campaign.schedule:
            save_campaign(target, replace(load_campaign(target), schedule=schedule))

    def _new_run(self, draft: Draft, content: str, profiles: tuple[str, ...]) -> RunInfo:
        identifier = f"{content[:8]}-{self._campaigns.runs_of(content) + 1}"
        folder = run_folder(self._store.folder, identifier)
        return RunInfo(
            id=identifier,
            campaign=draft.campaign.name,
            folder=kept_folder(draft.folder),
            snapshot=str((folder / "campaign").relative_to(self._store.folder)),
            digest=content,
            profiles=profiles,
            purpose="campaign",
            state=RunState.PLANNED,
            wanted=Wanted.RUN,
            note="",
            created_at=now(),
            started_at=None,
            finished_at=None,
            seen_at=None,
            identity=self._campaigns.identities.take(draft.folder),
        )
