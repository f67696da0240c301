"""Runs the lanes of one run until nothing is left to do, a person wants otherwise, or nobody can send any more."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from smtpdesk.base.clock import now
from smtpdesk.delivery.assignment import Assignment
from smtpdesk.delivery.budget import Budget
from smtpdesk.delivery.lane import Lane
from smtpdesk.delivery.ports import Ledger, Marks, Wishes
from smtpdesk.delivery.schedule_gate import ScheduleGate
from smtpdesk.delivery.shares import Shares
from smtpdesk.domain.delivery import LaneInfo, Outcome, RunState, Wanted
from smtpdesk.domain.schedule import Schedule

#: Seconds between two looks at what the person wants, and between two signs of life.
BEAT = 0.25
#: The same while all lanes wait for their hours. A lease is renewed at least as often.
REST_BEAT = 10.0
#: The same while all lanes rest, or are at a limit, for some time: other workers still have to see that they are there.
LONG_REST_BEAT = 2.0
#: Seconds between two cheap looks at what the person wants while the beats are far apart.
ASK = 1.0
#: Seconds by which a clock must be set back to be noticed; corrections of less are made all the time.
SET_BACK = 30.0
_log = logging.getLogger("smtpdesk.delivery")


@dataclass(frozen=True, slots=True)
class Ending:
    """How a stretch of sending ended. ``note`` is a cause of ``resources/replies``, or ``""``."""

    state: RunState
    note: str = ""
    #: The failure that stopped every lane, when one did.
    failure: Outcome | None = None
    #: True when a connection was ready for mail at least once.
    reached: bool = False


class Engine:
    """Several lanes over one run.

    Args:
        work: one assignment a profile.
        ledger: the run's ledger. ``marks``: its journal of bodies in flight.
        before: the lanes as a former worker left them.
        schedule: when the campaign may be sent; ``missed`` starts end the run with the note ``schedule.missed``.
        begun: somebody was tried already: a run that has begun neither waits for its start again nor misses it.
        limit: begin at most so many rows; None means all.
        patience: wait for rows that are due within so many seconds; what is due later is left for another time.
        excused: by profile, what has stopped its lane before although a person wants the run to go on.
        more: true while somebody else may still bring rows: the plan is not written to its end, another worker of
            the run holds some.
        beat: called about four times a second with the lanes' state.
    """

    def __init__(
        self,
        work: Sequence[Assignment],
        ledger: Ledger,
        marks: Marks,
        *,
        before: Sequence[LaneInfo] = (),
        schedule: Schedule | None = None,
        begun: bool = False,
        limit: int | None = None,
        patience: float = float("inf"),
        excused: Mapping[str, Collection[str]] | None = None,
        more: Callable[[], bool] = lambda: False,
        beat: Callable[[list[LaneInfo]], None] | None = None,
    ) -> None:
        self._budget = Budget(limit)
        shares = Shares({item.profile: item.limits.weight for item in work})
        former = {lane.profile: lane for lane in before}
        known = excused or {}
        self._lanes = [
            Lane(item, ledger, marks, self._budget, shares, former.get(item.profile), known.get(item.profile, ()))
            for item in work
        ]
        self._ledger = ledger
        self._gate = ScheduleGate(schedule or Schedule(), begun=begun)
        self._held_until: float | None = None
        self._patience = patience
        self._more = more
        self._beat = beat
        self._wanted: Wanted | None = None
        #: See :attr:`Wishes.unwanted`; None before the first look.
        self._unwanted: int | None = None
        self._nudge = asyncio.Event()
        self._began = now()
        self._ahead = now() - time.monotonic()
        self._revivals: set[asyncio.Task[None]] = set()

    def want(self, wanted: Wanted) -> None:
        """What a signal or a command asks for; quicker than the ledger's own word."""
        self._wanted = wanted
        self._nudge.set()

    def look(self) -> None:
        """Something has changed that the ledger knows: look now."""
        self._nudge.set()

    @property
    def sending(self) -> bool:
        """True while a lane sends, or tries to."""
        return any(lane.sends for lane in self._lanes)

    @property
    def waits(self) -> bool:
        """True while all that keeps it from sending is its schedule."""
        return self._held_until is not None

    async def run(self) -> Ending:
        """Send. Raises only what the ledger raises (a full disk, a damaged file); rows are given back first."""
        if self._keep_the_hours():
            return self._ending(RunState.PAUSED, "schedule.missed")
        tasks = {asyncio.create_task(lane.run()): lane for lane in self._lanes}
        try:
            ending = await self._watch(tasks)
        finally:
            for lane in self._lanes:
                lane.drain()
            done, _pending = await asyncio.wait(tasks)
        self._raise_first(done)
        await self._note(last=True)
        return ending

    async def _watch(self, tasks: dict[asyncio.Task[None], Lane]) -> Ending:
        while True:
            wishes = await self._note()
            self._steer(wishes)
            await self._mind_the_clock()
            wanted = self._wanted or wishes.wanted
            if wanted is not Wanted.RUN:
                return self._ending(RunState.PAUSED if wanted is Wanted.PAUSE else RunState.STOPPED)
            if any(task.done() and task.exception() for task in tasks):
                return self._ending(RunState.PAUSED)
            if self._keep_the_hours():
                return self._ending(RunState.PAUSED, "schedule.missed")
            ending = await self._over()
            if ending is not None:
                return ending
            await self._pause(wishes)

    async def _note(self, *, last: bool = False) -> Wishes:
        """Write down how the lanes are and what they did; returns what the person wants."""
        infos = [lane.info() for lane in self._lanes]
        wishes = await self._ledger.heartbeat(infos)
        news = [lane.history(info, last=last) for lane, info in zip(self._lanes, infos, strict=True)]
        samples = [sample for found, _events in news for sample in found]
        events = [event for _samples, found in news for event in found]
        if samples or events:
            await self._ledger.history(samples, events)
        if self._beat is not None:
            self._beat(infos)
        return wishes

    def _steer(self, wishes: Wishes) -> None:
        """Obey what a person wants of single lanes, and of people who are never to be mailed any more."""
        unwanted, self._unwanted = self._unwanted, wishes.unwanted
        for lane in self._lanes:
            if unwanted not in {None, wishes.unwanted}:
                lane.ask_again()
            lane.pause(lane.profile in wishes.paused)
            if wishes.woken.get(lane.profile, 0.0) > max(self._began, lane.revived):
                task = asyncio.create_task(lane.revive())
                self._revivals.add(task)
                task.add_done_callback(self._revivals.discard)

    async def _mind_the_clock(self) -> None:
        """A clock that is set back must not let rows wait for as long as it was wrong."""
        ahead = now() - time.monotonic()
        back, self._ahead = self._ahead - ahead, ahead
        if back > SET_BACK:
            _log.warning("the clock was set back by %.0f s", back)
            await self._ledger.bring_forward(back)

    def _keep_the_hours(self) -> bool:
        """Hold the lanes outside of the hours; True when the start was missed and nothing was sent yet."""
        if any(lane.decisions.reached for lane in self._lanes):
            self._gate.begun()
        opening = self._gate.look(now(), time.monotonic())
        if opening.missed:
            return True
        self._held_until = opening.until
        for lane in self._lanes:
            lane.hold(opening.until)
        return False

    async def _over(self) -> Ending | None:
        """The ending, when there is nothing more to do for now."""
        if any(lane.decisions.held_until is not None for lane in self._lanes):
            return None
        working = [lane for lane in self._lanes if lane.decisions.failure is None and not lane.decisions.paused]
        if not working:
            failure = next((lane.decisions.failure for lane in self._lanes if lane.decisions.failure), None)
            if any(lane.busy for lane in self._lanes):
                return None
            return self._ending(RunState.PAUSED, failure.cause if failure else "", failure)
        if self._tired(working):
            note = next((lane.decisions.backoff.note for lane in working if lane.decisions.backoff.note), None)
            return self._ending(RunState.PAUSED, note.cause if note else "", note)
        if any(lane.busy for lane in self._lanes):
            return None
        if self._budget.spent:
            return self._ending(RunState.PAUSED, "limit")
        first = min(working, key=lambda lane: lane.limited)
        if first.limited > self._patience:
            return self._ending(RunState.PAUSED, first.limit)
        if not all(lane.idle for lane in working):
            return None
        return await self._nothing_due(working)

    async def _nothing_due(self, working: list[Lane]) -> Ending | None:
        due = await self._ledger.next_due()
        if due is None:
            return None if self._more() else self._ending(RunState.DONE)
        waits = next((why for lane in working if (why := lane.decisions.blame.all_withheld(due))), None)
        if waits is not None and not self._more():
            return self._ending(RunState.PAUSED, waits.cause, waits)
        if due - now() > self._patience and not self._more():
            return self._ending(RunState.PAUSED, "deferred")
        if due <= now():
            for lane in working:
                lane.wake()
        return None

    def _tired(self, working: list[Lane]) -> bool:
        """True when a server has kept us waiting for longer than the patience and nothing else is under way.

        The rows that the resting lanes hold are given back when they end.
        """
        quiet = time.monotonic() - max(lane.decisions.progressed for lane in working)
        resting = any(lane.resting for lane in working) and not any(lane.at_work for lane in working)
        return resting and quiet > self._patience

    def _ending(self, state: RunState, note: str = "", failure: Outcome | None = None) -> Ending:
        return Ending(state, note, failure, any(lane.decisions.reached for lane in self._lanes))

    async def _pause(self, wishes: Wishes) -> None:
        """Wait for the next beat, a nudge, or another word of the person."""
        beat = self._beat_seconds()
        while beat > 0:
            part = min(beat, ASK)
            try:
                async with asyncio.timeout(part):
                    await self._nudge.wait()
            except TimeoutError:
                beat -= part
                if beat > 0 and await self._ledger.wishes() != wishes:
                    return
                continue
            self._nudge.clear()
            return

    def _beat_seconds(self) -> float:
        """Seconds until the next beat: a run that waits for long does not cost what one at work does."""
        if self._wanted is not None or any(lane.busy or lane.at_work for lane in self._lanes):
            return BEAT
        if self._held_until is not None:
            return min(REST_BEAT, max(BEAT, self._held_until - now()))
        rest = min((lane.dormant for lane in self._lanes), default=0.0)
        return LONG_REST_BEAT if rest > 2 * LONG_REST_BEAT else BEAT

    @staticmethod
    def _raise_first(done: set[asyncio.Task[None]]) -> None:
        errors = [error for task in done if (error := task.exception())]
        for error in errors:
            _log.error("lane ended: %r", error, exc_info=error)
        if errors:
            raise errors[0]
