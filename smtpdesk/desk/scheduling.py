"""Runs that wait for their time: when they begin, how to change or cancel that, what becomes of a missed start."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from smtpdesk.base.clock import now
from smtpdesk.base.errors import DeskError, InputError
from smtpdesk.base.i18n import _
from smtpdesk.desk.runs import RunView, UnfinishedRun, is_wanted
from smtpdesk.desk.schedule_words import MISSED, missed_sentence
from smtpdesk.desk.sending import Sending
from smtpdesk.desk.start_timer import StartTimer, TimerStatus
from smtpdesk.desk.threads import StoreThread
from smtpdesk.desk.worker_client import has_worker
from smtpdesk.domain.delivery import Counts, RunInfo, RunState
from smtpdesk.domain.schedule import Schedule
from smtpdesk.message import digest, load_campaign, load_frozen, save_campaign
from smtpdesk.store import Workspace

#: Seconds within which a waiting worker lets go of its run.
_LET_GO = 30.0
#: The next openings of a run that are given to the system's timer: what begins today may go on in days.
_OPENINGS = 8
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
    """What came of the runs whose worker was gone.

    ``waiting``: they have a worker again, that waits or sends. ``missed``: a person is asked about them. ``failed``:
    runs that could not be started, and why (a locked keyring); they are tried again.
    """

    waiting: tuple[RunInfo, ...]
    missed: tuple[RunInfo, ...]
    failed: tuple[tuple[RunInfo, DeskError], ...] = ()


class Scheduling:
    """The schedules of runs. A run keeps its own, frozen when it was planned, until a person changes it here."""

    def __init__(self, store: Workspace, thread: StoreThread, sending: Sending, timer: StartTimer) -> None:
        self._store = store
        self._thread = thread
        self._sending = sending
        self._timer = timer
        sending.steered = self.keep_up

    async def scheduled(self) -> list[RunView]:
        """The runs that wait for their time, the one that begins first before the others."""
        views = [view for view in await self._sending.at_work() if view.waits_until is not None]
        return sorted(views, key=lambda view: view.waits_until or 0.0)

    async def missed(self) -> list[RunInfo]:
        """The runs whose start was missed; a person is asked about them."""
        return await self._thread.call(lambda: self._store.runs.paused_for(MISSED))

    async def standing(self, run_id: str) -> Standing:
        """A run's schedule, and where it stands.

        Raises:
            InputError: ``run.unknown``, or the frozen campaign cannot be read.
        """
        run = await self._sending.run(run_id)
        schedule = await asyncio.to_thread(self._frozen, run)
        counts = await self._thread.call(lambda: self._store.ledger.counts(run_id))
        at, begun = now(), counts.begun
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
        await self.keep_up()

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

    async def cancel(self, run_id: str) -> None:
        """Take back a run that has not begun: nobody is sent to.

        Raises:
            InputError: ``schedule.begun``.
        """
        view = await self._sending.view(run_id)
        if view.counts.begun:
            raise InputError(
                "schedule.begun",
                _("This run has begun already, so its schedule cannot be cancelled."),
                _("Pause or stop it instead."),
            )
        await self._sending.stop(run_id)

    async def take_up(self, soon: float | None = None) -> TakenUp:
        """Runs that were waiting for their time wait again, unless it was missed; whatever ended their worker.

        Runs that were cut off in the middle of sending are not touched: see :meth:`Sending.take_up`.

        Args:
            soon: only those whose time comes within so many seconds.
        """
        waiting: list[RunInfo] = []
        failed: list[tuple[RunInfo, DeskError]] = []
        for view in await self._sending.at_work():
            if view.alive:
                continue
            try:
                async with self._sending.alone():  # several programs may be starting
                    waiting += await self._taken_up(view.run.id, soon)
            except DeskError as error:
                _log.warning("%s cannot be started: %s", view.run.id, error.code)
                failed.append((view.run, error))
        await self.keep_up()
        return TakenUp(tuple(waiting), tuple(await self.missed()), tuple(failed))

    async def _taken_up(self, run_id: str, soon: float | None) -> list[RunInfo]:
        view = await self._sending.view(run_id)
        if view.alive or not is_wanted(view.run) or not view.counts.open:
            return []
        schedule, moment = await self._readable(view.run), now()
        due = due_of(view.run, view.counts, schedule)
        if due is None or (soon is not None and due - moment > soon):
            return []
        if moment - due > schedule.grace:
            await self._thread.call(lambda: self._store.runs.set_state(run_id, RunState.PAUSED, MISSED))
            return []
        run = await self._sending.resume(run_id)
        await self._sending.taken(run_id)
        return [run]

    # -- the system's timer -------------------------------------------------------------------------------------

    async def timer(self) -> TimerStatus:
        """Whether the system's own timer starts what is scheduled, and what has to be on at the time."""
        return await self._timer.status()

    async def use_timer(self, on: bool) -> None:
        """Let the system's own timer start what is scheduled from now on, or no longer.

        Raises:
            Unavailable: ``schedule.no-timer``.
        """
        await self._timer.switch(on, await self._moments())

    async def keep_up(self) -> None:
        """The schedules may have changed: tell the system's timer. That it refuses does not keep a run from waiting."""
        try:
            await self._timer.keep_up(await self._moments())
        except DeskError as error:
            _log.warning("the system's timer is not up to date: %s", error)

    async def _moments(self) -> Sequence[float]:
        found: set[float] = set()
        for view in await self.scheduled():
            found.update((await self._readable(view.run)).openings(now(), _OPENINGS))
        return sorted(found)

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


def due_of(run: RunInfo, counts: Counts, schedule: Schedule) -> float | None:
    """When the time of a run comes, or came, that waits or waited for it; None: it was sending, or held by nothing."""
    if not counts.begun and schedule.begins is not None:
        return schedule.begins
    return schedule.opens(run.seen_at or run.created_at)
