"""One profile's stream within a run: claims rows, composes them, feeds its connections, records what came of it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque

from smtpdesk.base.clock import now
from smtpdesk.base.errors import DeskError
from smtpdesk.delivery.assignment import Assignment
from smtpdesk.delivery.budget import Budget
from smtpdesk.delivery.line import Line
from smtpdesk.delivery.meter import Meter
from smtpdesk.delivery.pace import Pace
from smtpdesk.delivery.ports import Book, Marks
from smtpdesk.delivery.retry import LANE_BLAME, result_of
from smtpdesk.delivery.temper import Temper
from smtpdesk.domain.delivery import (
    Blame,
    Claimed,
    LaneInfo,
    Outcome,
    OutcomeKind,
    Reply,
    Result,
    Stage,
)
from smtpdesk.domain.recipient import Recipient
from smtpdesk.smtp.session import Session, StageFailed, Transaction

#: Rows claimed in one transaction; bounds what a killed process can leave behind as *sending*.
CLAIM = 100
#: Rows that cannot be composed are skipped in portions, so that a broken template does not hold up the event loop.
_SKIPS_AT_ONCE = 50
#: A rest of less than this many seconds keeps the rows: they would be claimed again at once.
_REST_HOLDS = 0.5


class Lane:
    """Drives one profile's connections. All state lives on the event loop; only the book is asked elsewhere."""

    def __init__(self, work: Assignment, book: Book, marks: Marks, budget: Budget) -> None:
        self.work = work
        self._book = book
        self._marks = marks
        self._budget = budget
        self._pace = Pace(work.limits.rate, work.limits.rate_seconds)
        self._ready: deque[Claimed] = deque()
        self._held: dict[int, Claimed] = {}
        self._results: list[Result] = []
        self._lines: set[Line] = set()
        self._wake = asyncio.Event()
        self._draining = False
        self._asking = False
        self._daily_left: int | None = None
        self._next_day_look = 0.0
        self._temper = Temper()
        self._kick_timer: asyncio.TimerHandle | None = None
        self._crash: Exception | None = None
        self.meter = Meter()
        #: Set once a connection was ready for mail.
        self.reached = False
        #: True while it has asked for rows and there were none.
        self.hungry = False
        #: When a row was last answered for its own sake (monotonic), not for the server's or the network's.
        self.progressed = time.monotonic()

    # -- what the engine sees -----------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """True while a row is claimed, or being claimed, that has no recorded result."""
        return bool(self._held or self._results or self._asking)

    @property
    def at_work(self) -> bool:
        """True while a connection is being opened, or waits for an answer."""
        return not all(line.idle for line in self._lines)

    @property
    def resting(self) -> float:
        """Seconds that the lane still rests because the server or the network asked for it; 0 when it does not."""
        return self._temper.resting

    @property
    def failure(self) -> Outcome | None:
        """Why the lane stopped by its own blame; None while it works."""
        return self._temper.failure

    @property
    def note(self) -> Outcome | None:
        """Why it last rested."""
        return self._temper.note

    @property
    def limited(self) -> bool:
        """True while the profile's daily limit is used up."""
        return self._daily_left == 0 and not self.busy

    @property
    def idle(self) -> bool:
        """True while nothing is held and there is nothing to take now."""
        return not self.busy and (self.hungry or self.resting > 0)

    def info(self) -> LaneInfo:
        """How the lane is, for the sending page."""
        why = self.failure or (self.note if self.resting else None)
        state = "sending"
        if self.failure is not None:
            state = "paused"
        elif self.resting:
            state = "resting"
        elif self._daily_left == 0:
            state = "limit"
        elif self._draining or (self.hungry and not self.busy):
            state = "waiting"
        elif not self.reached:
            state = "connecting"
        connections = sum(1 for line in self._lines if line.open)
        return LaneInfo(
            self.work.profile,
            state,
            why.cause if why else "",
            connections,
            self.meter.accepted,
            self.meter.rate(),
        )

    async def run(self) -> None:
        """Work until drained or failed. Whatever is still held then is given back, or is uncertain."""
        try:
            while not (self._draining or self.failure or self._crash):
                await self._keep_the_book()
                await self._nap()
            if self._crash:
                raise self._crash
        finally:
            await self._end()

    def drain(self) -> None:
        """Begin nothing more; :meth:`run` ends once what is under way has been answered."""
        self._draining = True
        for line in list(self._lines):
            line.drain()
        self._wake.set()

    def wake(self) -> None:
        """There may be work."""
        self._wake.set()

    # -- the book -----------------------------------------------------------------------------------------------

    async def _nap(self) -> None:
        limit = 0.05 if self._results else 0.25 if not self.hungry else 1.0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await self._wake.wait()
        self._wake.clear()
        # An event that is set already is waited for without a pause; the connections must have their turn all the same.
        await asyncio.sleep(0)

    async def _let_others(self) -> None:
        """While the lane rests, rows that it has not begun go back, so that another lane can take them."""
        if self.resting < _REST_HOLDS or not self._ready:
            return
        rows = [row.id for row in self._ready]
        self._ready.clear()
        for row in rows:
            del self._held[row]
        self._asking = True
        try:
            await self._book.release(rows)
        finally:
            self._asking = False
        self._budget.give_back(len(rows))

    async def _keep_the_book(self) -> None:
        await self._look_at_the_day()
        await self._let_others()
        wanted = self._appetite()
        if not wanted and not self._results:
            self._kick()
            return
        results, self._results = self._results, []
        self._asking = True
        try:
            claimed = await self._book.step(self.work.profile, results, wanted)
        finally:
            self._asking = False
        self._settle(results)
        self.hungry = bool(wanted) and not claimed
        if wanted and len(claimed) < wanted:
            self._budget.give_back(wanted - len(claimed))
        if self._daily_left is not None:
            self._daily_left -= len(claimed)
        for row in claimed:
            self._held[row.id] = row
            self._ready.append(row)
        self._kick()

    def _settle(self, results: list[Result]) -> None:
        done = [self._held.pop(result.delivery) for result in results]
        self._marks.clear([row.seq for row in done])

    def _appetite(self) -> int:
        """How many rows to claim now: little when the pace is slow, so that other lanes get theirs."""
        if self.failure or self._draining or self.resting or self._daily_left == 0:
            return 0
        target = CLAIM
        if self.work.limits.rate:
            target = min(CLAIM, max(1, round(3 * self.work.limits.rate / self.work.limits.rate_seconds)))
        if self._daily_left is not None:
            target = min(target, self._daily_left)
        if len(self._ready) > target // 2:
            return 0
        return self._budget.take(target - len(self._ready))

    async def _look_at_the_day(self) -> None:
        daily = self.work.limits.daily
        if daily is None or self._held or self._results or time.monotonic() < self._next_day_look:
            return
        self._next_day_look = time.monotonic() + 2.0
        sent = await self._book.sent_since(self.work.profile, now() - 86400.0)
        self._daily_left = max(0, daily - sent)

    # -- connections --------------------------------------------------------------------------------------------

    def _kick(self) -> None:
        if self.failure or self.resting or self._draining:
            return
        for line in list(self._lines):
            line.kick()
        if self._ready and self._pace.wait(time.monotonic()) < 1.0:
            self._open_lines()

    def _open_lines(self) -> None:
        """One connection first; the others once it has shown that the profile works and there is work for them."""
        limit = max(1, self.work.limits.max_connections) if self.reached else 1
        wanted = min(limit, 1 + len(self._ready) // 8)
        while len(self._lines) < wanted:
            line = Line(self.work.connect, self)
            self._lines.add(line)
            line.start()

    def line_ready(self) -> None:
        """A connection is ready for mail."""
        self.reached = True
        self._wake.set()

    def line_gone(self, line: Line, why: Outcome | None, unbegun: list[int]) -> None:
        """A connection ended; rows that it had not begun come back."""
        self._lines.discard(line)
        rows = [self._held[key] for key in unbegun]
        if why is not None and not self._draining:
            self._lane_trouble(why)
            if rows and not self._is_logged(why):
                self._record(rows.pop(0), why)
        self._ready.extendleft(reversed(rows))
        self._wake.set()

    def line_failed(self, line: Line, error: StageFailed) -> None:
        """A connection could not be opened. One waiting row carries it into the log."""
        self._lines.discard(line)
        if self._draining:
            self._wake.set()
            return
        if self._ready:
            self._record(self._ready.popleft(), error.outcome)
        hopeless = not self.reached and error.outcome.reply.code == 0 and self._temper.troubled
        self._lane_trouble(error.outcome, hopeless=hopeless)
        self._wake.set()

    def line_crashed(self, line: Line, error: Exception) -> None:
        """A connection ended by a mistake of the program: the lane ends with it, after it gave its rows back."""
        self._lines.discard(line)
        self._crash = error
        self._wake.set()

    def _is_logged(self, why: Outcome) -> bool:
        """A 421 that answered a row is in the log already; a broken line or an unasked 421 is not."""
        return any(result.outcome.reply is why.reply for result in self._results[-20:])

    def _lane_trouble(self, why: Outcome, *, hopeless: bool = False) -> None:
        self._temper.trouble(why, hopeless=hopeless)
        if self.failure:
            for line in list(self._lines):
                line.drain()

    # -- rows ---------------------------------------------------------------------------------------------------

    def pull(self, session: Session) -> Transaction | None:
        """The next message for a connection; None when there is none, or it is not yet its time."""
        if self.failure or self._draining or self.resting:
            return None
        moment = time.monotonic()
        wait = self._pace.wait(moment)
        if wait > 0:
            self._kick_later(wait)
            return None
        if not self._ready:
            return None
        for _attempt in range(min(_SKIPS_AT_ONCE, len(self._ready))):
            claimed = self._ready.popleft()
            transaction = self._compose(claimed, session)
            if transaction is not None:
                self._pace.take(moment)
                if len(self._ready) < CLAIM // 4:
                    self._wake.set()
                return transaction
        self._wake.set()
        return None

    def _compose(self, claimed: Claimed, session: Session) -> Transaction | None:
        recipient = Recipient(claimed.address, claimed.fields, claimed.line)
        try:
            raw = self.work.composer.build(
                recipient, message_id=self.work.message_id(claimed.address), date=time.time()
            )
            return session.transaction(claimed.id, self.work.sender, claimed.address, raw)
        except StageFailed as error:
            self._record(claimed, error.outcome)
        except DeskError as error:
            reply = Reply(0, str(error))
            self._record(claimed, Outcome(OutcomeKind.REJECTED, Stage.RENDER, Blame.MESSAGE, reply, "message.render"))
        return None

    def body(self, key: int) -> None:
        """A row's body is about to be written."""
        self._marks.body(self._held[key].seq)

    def outcome(self, key: int, outcome: Outcome) -> None:
        """A row was answered."""
        claimed = self._held[key]
        result = self._record(claimed, outcome)
        if outcome.blame not in LANE_BLAME:
            self.progressed = time.monotonic()
        if outcome.stage is Stage.BODY:
            self._marks.answered(claimed.seq, result.outcome.kind)
        if outcome.kind is OutcomeKind.ACCEPTED:
            self.meter.count()
            self._temper.accepted()
        elif outcome.blame in LANE_BLAME and outcome.kind is not OutcomeKind.UNCERTAIN and outcome.reply.code != 421:
            self._lane_trouble(outcome)
        elif outcome.blame is Blame.MESSAGE and outcome.kind is OutcomeKind.REJECTED:
            self._temper.refused(outcome)
            if self.failure:
                self.drain()
        if len(self._results) >= CLAIM // 2:
            self._wake.set()

    def _record(self, claimed: Claimed, outcome: Outcome) -> Result:
        result = result_of(claimed, outcome, self.work.profile, now(), self.work.retry)
        self._results.append(result)
        return result

    def _kick_later(self, wait: float) -> None:
        if self._kick_timer is None:
            self._kick_timer = asyncio.get_running_loop().call_later(wait, self._kick_now)

    def _kick_now(self) -> None:
        self._kick_timer = None
        self._kick()

    # -- the end ------------------------------------------------------------------------------------------------

    async def _end(self) -> None:
        """Let what is under way be answered, record it, give the rest back."""
        if self._kick_timer is not None:
            self._kick_timer.cancel()
        for line in list(self._lines):
            line.drain()
        await asyncio.gather(*(line.closed() for line in list(self._lines)))
        results, self._results = self._results, []
        if results:
            await self._book.step(self.work.profile, results, 0)
            self._settle(results)
        left = list(self._held)
        self._held.clear()
        self._ready.clear()
        if left:
            await self._book.release(left)
            self._budget.give_back(len(left))
        self.hungry = True
