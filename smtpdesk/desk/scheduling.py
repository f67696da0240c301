"""Runs that wait for their time: when they begin, what becomes of a start that was missed, and how to change it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from pathlib import Path

from smtpdesk.base.clock import now
from smtpdesk.base.errors import DeskError, InputError
from smtpdesk.base.i18n import _
from smtpdesk.desk.runs import UnfinishedRun
from smtpdesk.desk.schedule_words import missed_sentence
from smtpdesk.desk.sending import Sending
from smtpdesk.desk.threads import StoreThread
from smtpdesk.desk.worker_client import has_worker
from smtpdesk.domain.delivery import Counts, RunInfo, RunState
from smtpdesk.domain.schedule import Schedule
from smtpdesk.message import digest, load_campaign, load_frozen, save_campaign
from smtpdesk.store import Workspace

#: Note of a run that was paused because its start was missed, and code of the error that asks about it.
MISSED = "schedule.missed"
#: Seconds within which a waiting worker lets go of its run.
_LET_GO = 30.0
_log = logging.getLogger("smtpdesk.desk")


class ScheduleMissed(DeskError):
    """The start is past by more than its grace, and nothing was sent: a person says whether to send it now."""

    exit_status = 1

    def __init__(self, schedule: Schedule) -> None:
        super().__init__(
            MISSED,
            missed_sentence(schedule, now()),
            _("Send it now (--now), or choose another time (--at)."),
        )
        self.schedule = schedule


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a run stands towards its schedule.

    ``begun``: somebody was tried already. ``opens``: when it begins or goes on, None when it may now.
    ``missed``: it should have begun longer ago than its grace, and nobody was tried.
    """

    schedule: Schedule
    begun: bool
    opens: float | None
    missed: bool


@dataclass(frozen=True, slots=True)
class TakenUp:
    """What came of the runs whose worker was gone: those that wait again, and those that a person is asked about."""

    waiting: tuple[RunInfo, ...]
    missed: tuple[RunInfo, ...]


class Scheduling:
    """The schedules of runs. A run keeps its own, frozen when it was planned, until a person changes it here."""

    def __init__(self, store: Workspace, thread: StoreThread, sending: Sending) -> None:
        self._store = store
        self._thread = thread
        self._sending = sending

    async def standing(self, run_id: str) -> Standing:
        """A run's schedule, and where it stands.

        Raises:
            InputError: ``run.unknown``, or the frozen campaign cannot be read.
        """
        run = await self._sending.run(run_id)
        schedule = await asyncio.to_thread(self._frozen, run)
        counts = await self._thread.call(lambda: self._store.ledger.counts(run_id))
        at, begun = now(), begun_with(counts)
        paused = run.state is RunState.PAUSED and run.note == MISSED
        alive = await asyncio.to_thread(has_worker, self._store.folder, run_id)
        missed = not alive and not begun and (paused or schedule.missed(at))
        return Standing(schedule, begun, schedule.opens(at), missed)

    async def change(self, run_id: str, schedule: Schedule) -> None:
        """Give a run another schedule; a worker that has it is paused first. :meth:`reschedule` goes on, too.

        Raises:
            UnfinishedRun: ``sending.running``: the worker does not let go of it.
        """
        run = await self._sending.run(run_id)
        await self._let_go(run)
        await asyncio.to_thread(self._freeze, run, schedule)

    async def adopt(self, folder: Path, schedule: Schedule, *, any_version: bool = False) -> None:
        """Give the unfinished run of a campaign folder, if there is one that rests, the schedule it is to go on with.

        Args:
            folder: the campaign folder.
            schedule: from now on.
            any_version: also a run of an earlier version of the message.
        """
        run = await self._sending.unfinished(folder)
        if run is None or await asyncio.to_thread(has_worker, self._store.folder, run.id):
            return
        if any_version or run.digest == await asyncio.to_thread(lambda: digest(folder, load_campaign(folder))):
            await asyncio.to_thread(self._freeze, run, schedule)

    async def reschedule(self, run_id: str, schedule: Schedule, *, patience: float | None = None) -> RunInfo:
        """Give a run another schedule and let it wait for it."""
        await self.change(run_id, schedule)
        return await self._sending.resume(run_id, patience=patience)

    async def send_now(self, run_id: str, *, patience: float | None = None) -> RunInfo:
        """Do not wait for the start any more, and do not ask about a missed one; its hours and days still hold."""
        run = await self._sending.run(run_id)
        schedule = await asyncio.to_thread(self._frozen, run)
        return await self.reschedule(run_id, schedule.at_once(), patience=patience)

    async def take_up(self) -> TakenUp:
        """After a start of the program: runs that were waiting for their time wait again, unless it was missed.

        A run was waiting when its worker's last sign of life came outside of its hours, or before its start. Runs
        that were cut off in the middle of sending are not touched: see :meth:`Sending.take_up`.
        """
        waiting: list[RunInfo] = []
        for run in await self._sending.interrupted():
            schedule = await self._readable(run)
            due = schedule.opens(run.seen_at or run.created_at)
            if due is None:
                continue
            if now() - due <= schedule.grace:
                waiting.append(await self._sending.resume(run.id))
            else:
                await self._thread.call(
                    lambda run=run: self._store.runs.set_state(run.id, RunState.PAUSED, MISSED)  # type: ignore[misc]
                )
        runs = await self._thread.call(self._store.runs.all)
        missed = (run for run in runs if run.state is RunState.PAUSED and run.note == MISSED)
        return TakenUp(tuple(waiting), tuple(missed))

    async def _readable(self, run: RunInfo) -> Schedule:
        """The schedule of a run; that of one whose copy is damaged is no reason not to open the program."""
        try:
            return await asyncio.to_thread(self._frozen, run)
        except InputError as error:
            _log.warning("the schedule of %s cannot be read: %s", run.id, error.code)
            return Schedule()

    async def _let_go(self, run: RunInfo) -> None:
        if not await asyncio.to_thread(has_worker, self._store.folder, run.id):
            return
        await self._sending.pause(run.id)
        try:
            async with asyncio.timeout(_LET_GO):
                async for _view in self._sending.watch(run.id):  # ends when no worker has it
                    pass
        except TimeoutError:
            raise UnfinishedRun(
                "sending.running", _("This campaign is being sent right now."), _("Pause it first."), run
            ) from None

    def _frozen(self, run: RunInfo) -> Schedule:
        return load_frozen(self._copy(run)).schedule

    def _freeze(self, run: RunInfo, schedule: Schedule) -> None:
        campaign = load_frozen(self._copy(run))
        if campaign.schedule != schedule:
            save_campaign(self._copy(run), replace(campaign, schedule=schedule))

    def _copy(self, run: RunInfo) -> Path:
        return self._store.folder / run.snapshot


def begun_with(counts: Counts) -> bool:
    """True when somebody was tried already: then the start is no matter any more."""
    return bool(counts.accepted or counts.rejected or counts.uncertain or counts.deferred or counts.sending)
