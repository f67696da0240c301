"""One profile's stream within a run: claims rows, has them sent, records what came of it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time

from smtpdesk.base.clock import now
from smtpdesk.base.errors import DeskError
from smtpdesk.delivery.assignment import Assignment
from smtpdesk.delivery.budget import Budget
from smtpdesk.delivery.feed import CLAIM, HOLDS, Feed
from smtpdesk.delivery.ports import Book, Marks
from smtpdesk.delivery.shares import Shares
from smtpdesk.domain.delivery import (
    LaneChange,
    LaneEvent,
    LaneInfo,
    LaneSample,
    LaneState,
    Outcome,
    OutcomeKind,
    Result,
)

#: Seconds.
_DAY = 86400.0
#: With several lanes, a row that is put off comes back after so many seconds, and more for each that was put off.
_BACK, _BACK_EACH = 4.0, 0.004
#: So few rows a lane takes at once while it can send hardly any of them, so that the others get theirs.
_TASTE = 8
_log = logging.getLogger("smtpdesk.delivery")


class Lane:
    """Keeps the book for one profile's connections. All state lives on the event loop; only the book is elsewhere.

    Args:
        work: what it is told to do. ``book``, ``marks``: the run's ledger and crash marks.
        budget: how many rows the run may begin. ``shares``: how the rows are spread over the lanes.
        before: the lane as a former worker of the run left it.
    """

    def __init__(
        self, work: Assignment, book: Book, marks: Marks, budget: Budget, shares: Shares, before: LaneInfo | None = None
    ) -> None:
        self._book = book
        self._marks = marks
        self._budget = budget
        self._shares = shares
        self._feed = Feed(work, marks, before, book.trusted)
        self._feed.puts_off = self._puts_off
        self._asking = False
        self._reviving = False
        #: Rows that were put off within the present stretch, and when that began (monotonic).
        self._put_off, self._put_off_since = 0, 0.0
        #: With several lanes, the most rows to take at once: few while most of them only have to be put off.
        self._taste = CLAIM
        #: When a person last wanted it to be tried again (seconds since the epoch).
        self.revived = 0.0
        #: True while it has asked for rows and there were none.
        self.hungry = False

    # -- what the engine sees -----------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """True while a row is claimed, or being claimed, that has no recorded result."""
        return self._feed.rows.busy or bool(self._feed.postponed) or self._asking or self._reviving

    @property
    def at_work(self) -> bool:
        """True while a connection is being opened, or waits for an answer."""
        return self._feed.lines.at_work

    @property
    def resting(self) -> float:
        """Seconds that the lane still rests because the server or the network asked for it; 0 when it does not."""
        return self._feed.temper.resting

    @property
    def failure(self) -> Outcome | None:
        """Why the lane stopped by its own blame; None while it works."""
        return self._feed.temper.failure

    @property
    def profile(self) -> str:
        """Whose stream it is."""
        return self._feed.work.profile

    @property
    def reached(self) -> bool:
        """True once a connection was ready for mail."""
        return self._feed.reached

    @property
    def progressed(self) -> float:
        """When a row was last answered for its own sake (monotonic), not for the server's or the network's."""
        return self._feed.progressed

    @property
    def paused(self) -> bool:
        """True while a person wants this profile not to send."""
        return self._feed.paused

    @property
    def note(self) -> Outcome | None:
        """Why it last rested."""
        return self._feed.temper.note

    @property
    def held(self) -> bool:
        """True outside of the hours in which the campaign may be sent."""
        return self._feed.held_until is not None

    @property
    def sends(self) -> bool:
        """True while it is at work, or would be but for a short rest."""
        return not self._feed.stopped and (self.busy or self.at_work)

    @property
    def limited(self) -> float:
        """Seconds until a used-up limit has room again; 0 while there is room, or something is under way."""
        return 0.0 if self.busy else self._feed.allowance.closed(time.monotonic())

    @property
    def limit(self) -> str:
        """Which kind of limit is used up, as a cause of ``resources/replies``."""
        day = self._feed.allowance.closed_for(time.monotonic()) >= _DAY
        return "profile.own-limit" if day else "profile.limit"

    @property
    def idle(self) -> bool:
        """True while nothing is held and there is nothing to take now."""
        return not self.busy and (self.hungry or self.resting > 0 or self.limited > 0)

    def info(self) -> LaneInfo:
        """How the lane is, for the sending page."""
        feed, figures = self._feed, self._feed.figures
        state, until = self._state()
        throttled = feed.allowance.throttle.allowed is not None
        why = self.failure or (self.note if self.resting or throttled else None)
        return LaneInfo(
            profile=self.profile,
            state=state,
            note=why.cause if why else "",
            connections=feed.lines.open,
            accepted=figures[OutcomeKind.ACCEPTED],
            rate=figures.rate(),
            deferred=figures[OutcomeKind.DEFERRED],
            rejected=figures[OutcomeKind.REJECTED],
            uncertain=figures[OutcomeKind.UNCERTAIN],
            allowed=feed.allowance.rate,
            full=feed.allowance.throttle.full,
            left_today=feed.allowance.left_today,
            until=until,
            latency=figures.latency(),
        )

    def _state(self) -> tuple[LaneState, float | None]:
        if self.failure is not None or self._feed.paused:
            return LaneState.PAUSED, None
        if self._feed.held_until is not None:
            return LaneState.HOURS, self._feed.held_until
        if self.resting:
            return LaneState.RESTING, self._feed.temper.rest_ends
        closed = self._feed.allowance.closed(time.monotonic())
        if closed > HOLDS:
            return LaneState.LIMIT, now() + closed
        if self._feed.draining or (self.hungry and not self.busy):
            return LaneState.WAITING, None
        return LaneState.SENDING if self._feed.reached else LaneState.CONNECTING, None

    def history(self, info: LaneInfo, *, last: bool = False) -> tuple[list[LaneSample], list[LaneEvent]]:
        """What it did and what changed since this was last asked, as far as it is to be written down now.

        ``info``: how the lane is, from :meth:`info` just before.
        """
        sample = self._feed.figures.sample(info, self._feed.work.run, now(), last=last)
        return [sample] if sample else [], self._feed.chronicle.take()

    # -- what the engine wants ----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Work until drained. Whatever is still held then is given back, or is uncertain."""
        try:
            while not (self._feed.draining or self._feed.crash):
                await self._keep_the_book()
                await self._nap()
            if self._feed.crash:
                raise self._feed.crash
        finally:
            await self._end()

    def drain(self) -> None:
        """Begin nothing more; finish what is under way."""
        self._feed.draining = True
        self._feed.lines.drain()
        self._feed.wake.set()

    def wake(self) -> None:
        """There may be work."""
        self._feed.wake.set()

    def pause(self, paused: bool) -> None:
        """A person wants this profile to send nothing, or to go on."""
        if paused != self._feed.paused:
            self._feed.paused = paused
            self._stop_or_go()

    def hold(self, until: float | None) -> None:
        """Outside of the hours in which the campaign may be sent (until when); None: inside."""
        before, self._feed.held_until = self._feed.held_until, until
        if (before is None) != (until is None):
            self._stop_or_go()

    async def revive(self) -> None:
        """A person has mended what was wrong, or wants it tried now. Profile and secret are read anew."""
        self._reviving = True  # the engine must not take the lane for dead meanwhile
        self.revived = now()
        try:
            before = self._feed.work.limits
            self._feed.work = await self._feed.work.renew()
            self._feed.temper.revive()
            self._feed.allowance = self._feed.allowance.renewed(self._feed.work.limits)
            if before.per_domain != self._feed.work.limits.per_domain:
                await self._book.recall()
        except DeskError as error:
            _log.warning("%s cannot be tried again: %s", self.profile, error.code)
        finally:
            self._reviving = False
        self._feed.wake.set()

    def _stop_or_go(self) -> None:
        if self._feed.stopped:
            self._feed.lines.drain()
        self._feed.wake.set()

    def _puts_off(self) -> float:
        """The most seconds that a row waits for its domain's turn in the ledger, where no lane can take it.

        What this lane must not send now, another may: then rows come back soon, and the less often the more there are.
        """
        return _BACK + _BACK_EACH * self._put_off if self._shares.several else float("inf")

    # -- the book -----------------------------------------------------------------------------------------------

    async def _nap(self) -> None:
        limit = 0.05 if self._feed.rows.answered else 0.25 if not self.hungry else 1.0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await self._feed.wake.wait()
        self._feed.wake.clear()
        # An event that is set already is waited for without a pause; the connections must have their turn all the same.
        await asyncio.sleep(0)

    async def _keep_the_book(self) -> None:
        self._asking = True
        try:
            await self._feed.allowance.refresh(self.profile, self._book)
            await self._let_others()
            await self._exchange()
        finally:
            self._asking = False
        self._feed.kick()

    async def _let_others(self) -> None:
        """While the lane cannot send, rows that it has not begun go back, so that another lane can take them."""
        postponed, self._feed.postponed = self._feed.postponed, {}
        closed = self._feed.allowance.closed(time.monotonic())
        if closed > HOLDS:
            self._feed.chronicle.hindered(LaneChange.LIMIT, until=now() + closed)
        rows = self._feed.rows.let_go() if self._feed.stopped or max(self.resting, closed) > HOLDS else []
        if not rows and not postponed:
            return
        await self._book.release([*rows, *postponed], postponed)
        moment = time.monotonic()
        if moment - self._put_off_since > _BACK + _BACK_EACH * self._put_off:
            self._put_off, self._put_off_since = 0, moment
        self._put_off += len(postponed)
        if self._shares.several and len(postponed) * 2 >= self._taste:
            self._taste = max(_TASTE, self._taste // 4)
        self._shares.took(self.profile, -len(rows) - len(postponed))
        self._budget.give_back(len(rows) + len(postponed))

    async def _exchange(self) -> None:
        wanted = self._appetite()
        results = self._feed.rows.take_results()
        if not wanted and not results:
            return
        claimed = await self._book.step(self.profile, results, wanted)
        self._settle(results)
        self.hungry = bool(wanted) and not claimed
        if wanted and len(claimed) < wanted:
            self._budget.give_back(wanted - len(claimed))
        self._shares.took(self.profile, len(claimed))
        self._feed.rows.add(claimed)
        if any(result.outcome.kind is OutcomeKind.ACCEPTED for result in results):
            self._taste = min(CLAIM, self._taste * 2)
            self._well()

    def _settle(self, results: list[Result]) -> None:
        self._marks.clear(self._feed.rows.settled(results))
        self._feed.allowance.settled(result.delivery for result in results)

    def _well(self) -> None:
        """Messages are accepted: the lane is back from whatever kept it, and may go faster again."""
        self._feed.chronicle.sends()
        if self._feed.allowance.calm(time.monotonic()):
            self._feed.chronicle.pace(LaneChange.FASTER, self._feed.allowance.rate)

    def _appetite(self) -> int:
        """How many rows to claim now: little when the pace is slow, so that other lanes get theirs."""
        if self._feed.stopped or self.resting:
            return 0
        moment = time.monotonic()
        target = self._taste
        rate, room = self._feed.allowance.rate, self._feed.allowance.room(moment)
        if rate:
            target = min(target, max(1, round(3 * rate)))
        if room is not None:
            target = min(target, room)
        if self._feed.rows.waiting > target // 2 or target == 0:
            return 0
        wanted = target - self._feed.rows.waiting
        return self._budget.take(self._shares.grant(self.profile, wanted, moment, bounded=target < CLAIM))

    # -- the end ------------------------------------------------------------------------------------------------

    async def _end(self) -> None:
        """Let what is under way be answered, record it, give the rest back."""
        self._feed.draining = True
        self._feed.drain()
        await self._feed.lines.closed()
        results = self._feed.rows.take_results()
        if results:
            await self._book.step(self.profile, results, 0)
            self._settle(results)
        postponed, self._feed.postponed = self._feed.postponed, {}
        left = [*self._feed.rows.left(), *postponed]
        if left:
            await self._book.release(left, postponed)
            self._budget.give_back(len(left))
        self.hungry = True
