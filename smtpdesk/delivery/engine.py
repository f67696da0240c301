"""Runs the lanes of one run until nothing is left to do, a person wants otherwise, or nobody can send any more."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from smtpdesk.base.clock import now
from smtpdesk.delivery.assignment import Assignment
from smtpdesk.delivery.budget import Budget
from smtpdesk.delivery.lane import Lane
from smtpdesk.delivery.ports import Book, Marks
from smtpdesk.domain.delivery import LaneInfo, Outcome, RunState, Wanted

#: Seconds between two looks at what the person wants, and between two signs of life.
BEAT = 0.25
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
        book: the run's ledger. ``marks``: its crash marks.
        limit: begin at most so many rows; None means all.
        patience: wait for rows that are due within so many seconds; what is due later is left for another time.
        beat: called about four times a second with the lanes' state.
    """

    def __init__(
        self,
        work: Sequence[Assignment],
        book: Book,
        marks: Marks,
        *,
        limit: int | None = None,
        patience: float = float("inf"),
        beat: Callable[[list[LaneInfo]], None] | None = None,
    ) -> None:
        self._budget = Budget(limit)
        self._lanes = [Lane(item, book, marks, self._budget) for item in work]
        self._book = book
        self._patience = patience
        self._beat = beat
        self._wanted: Wanted | None = None
        self._nudge = asyncio.Event()

    def want(self, wanted: Wanted) -> None:
        """What a signal or a command asks for; quicker than the ledger's own word."""
        self._wanted = wanted
        self._nudge.set()

    async def run(self) -> Ending:
        """Send. Raises only what the ledger raises (a full disk, a damaged file); rows are given back first."""
        tasks = {asyncio.create_task(lane.run()): lane for lane in self._lanes}
        try:
            ending = await self._watch(tasks)
        finally:
            for lane in self._lanes:
                lane.drain()
            done, _pending = await asyncio.wait(tasks)
        self._raise_first(done)
        await self._book.heartbeat([lane.info() for lane in self._lanes])
        return ending

    async def _watch(self, tasks: dict[asyncio.Task[None], Lane]) -> Ending:
        while True:
            infos = [lane.info() for lane in self._lanes]
            wanted = self._wanted or await self._book.heartbeat(infos)
            if self._beat is not None:
                self._beat(infos)
            if wanted is not Wanted.RUN:
                return self._ending(RunState.PAUSED if wanted is Wanted.PAUSE else RunState.STOPPED)
            if any(task.done() and task.exception() for task in tasks):
                return self._ending(RunState.PAUSED)
            ending = await self._over()
            if ending is not None:
                return ending
            await self._pause()

    async def _over(self) -> Ending | None:
        """The ending, when there is nothing more to do for now."""
        working = [lane for lane in self._lanes if lane.failure is None]
        if not working:
            failure = self._lanes[0].failure
            assert failure is not None
            return self._ending(RunState.PAUSED, failure.cause, failure)
        if self._tired(working):
            note = next((lane.note for lane in working if lane.note), None)
            return self._ending(RunState.PAUSED, note.cause if note else "", note)
        if any(lane.busy for lane in working):
            return None
        if self._budget.spent:
            return self._ending(RunState.PAUSED, "limit")
        if self._patience != float("inf") and all(lane.limited for lane in working):
            return self._ending(RunState.PAUSED, "profile.daily-limit")
        if not all(lane.idle for lane in working):
            return None
        return await self._nothing_due(working)

    async def _nothing_due(self, working: list[Lane]) -> Ending | None:
        due = await self._book.next_due()
        if due is None:
            return self._ending(RunState.DONE)
        if due - now() > self._patience:
            return self._ending(RunState.PAUSED, "deferred")
        if due <= now():
            for lane in working:
                lane.wake()
        return None

    def _tired(self, working: list[Lane]) -> bool:
        """True when a server has kept us waiting for longer than the patience and nothing else is under way.

        The rows that the resting lanes hold are given back when they end.
        """
        quiet = time.monotonic() - max(lane.progressed for lane in working)
        resting = any(lane.resting for lane in working) and not any(lane.at_work for lane in working)
        return resting and quiet > self._patience

    def _ending(self, state: RunState, note: str = "", failure: Outcome | None = None) -> Ending:
        return Ending(state, note, failure, any(lane.reached for lane in self._lanes))

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(BEAT):
                await self._nudge.wait()
        except TimeoutError:
            return
        self._nudge.clear()

    @staticmethod
    def _raise_first(done: set[asyncio.Task[None]]) -> None:
        errors = [error for task in done if (error := task.exception())]
        for error in errors:
            _log.error("lane ended: %r", error, exc_info=error)
        if errors:
            raise errors[0]
