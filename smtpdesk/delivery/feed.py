"""What the connections of one lane ask for and tell: the next message, and what became of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from smtpdesk.base.clock import now
from smtpdesk.base.errors import DeskError
from smtpdesk.delivery.allowance import Allowance
from smtpdesk.delivery.assignment import Assignment
from smtpdesk.delivery.chronicle import Chronicle
from smtpdesk.delivery.depth import Depth
from smtpdesk.delivery.figures import Figures
from smtpdesk.delivery.line import Line
from smtpdesk.delivery.lines import Lines
from smtpdesk.delivery.ports import Marks
from smtpdesk.delivery.retry import LANE_BLAME
from smtpdesk.delivery.rows import Rows
from smtpdesk.delivery.temper import Temper
from smtpdesk.domain.delivery import (
    Blame,
    Claimed,
    LaneChange,
    LaneInfo,
    Outcome,
    OutcomeKind,
    Reply,
    Stage,
)
from smtpdesk.domain.recipient import Recipient
from smtpdesk.smtp.replies import throttles
from smtpdesk.smtp.session import Session, StageFailed, Transaction

#: Rows claimed in one transaction; bounds what a killed process can leave behind as *sending*.
CLAIM = 200
#: A rest or a limit of less than this many seconds keeps the rows: they would be claimed again at once.
HOLDS = 0.5
#: Rows that cannot be composed are skipped in portions, so that a broken template does not hold up the event loop.
_SKIPS_AT_ONCE = 50
#: A row whose domain is not asked again for longer than this (seconds) goes back to the ledger until then.
_PARKS = 3.0
_FINAL = frozenset({OutcomeKind.ACCEPTED, OutcomeKind.UNCERTAIN})


class Feed:
    """The event loop's half of a lane: quick, and never waiting for the ledger.

    Args:
        work: what the lane is told to do. ``marks``: the run's crash marks.
        before: the lane as a former worker of the run left it.
        trusted: see :meth:`smtpdesk.delivery.ports.Book.trusted`.
    """

    def __init__(
        self, work: Assignment, marks: Marks, before: LaneInfo | None, trusted: Callable[[], bool] = lambda: True
    ) -> None:
        self.work = work
        self._trusted = trusted
        self._marks = marks
        self.allowance = Allowance(work.limits)
        self.rows = Rows(work.profile, work.retry)
        self.lines = Lines(self)
        self.temper = Temper()
        self.figures = Figures(before)
        self.chronicle = Chronicle(work.run, work.profile)
        #: Rows whose domain's limit sends them back to the ledger, and until when (seconds since the epoch).
        self.postponed: dict[int, float] = {}
        #: The most seconds that such a row is sent back for.
        self.puts_off: Callable[[], float] = lambda: float("inf")
        #: Set when there is something for the lane to do.
        self.wake = asyncio.Event()
        #: A connection ended by a mistake of the program.
        self.crash: Exception | None = None
        #: Set once a connection was ready for mail.
        self.reached = False
        #: When a row was last answered for its own sake (monotonic), not for the server's or the network's.
        self.progressed = time.monotonic()
        self.draining = False
        #: True while a person wants this profile not to send.
        self.paused = False
        #: Until when the hours of the campaign are closed; None while they are open.
        self.held_until: float | None = None
        self.depth = Depth()
        #: Bodies in doubt since a connection was last lost: those of the one that is just being lost.
        self._doubts = 0
        self._kick_timer: asyncio.TimerHandle | None = None
        self._kick_at = 0.0

    @property
    def stopped(self) -> bool:
        """True while nothing may be begun, however long that takes."""
        return self.draining or self.paused or self.held_until is not None or self.temper.failure is not None

    def kick(self) -> None:
        """There may be something to send."""
        if self.stopped or self.temper.resting:
            return
        self.lines.kick()
        if self.rows.waiting and self.allowance.wait(time.monotonic()) < 1.0:
            # One connection first; the others once it has shown that the profile works.
            most = self.allowance.connections if self.reached else 1
            self.lines.fill(self.work, self.rows.waiting, most, self.depth.most)

    def drain(self) -> None:
        """Finish what is under way, begin nothing more."""
        if self._kick_timer is not None:
            self._kick_timer.cancel()
            self._kick_timer = None
        self.lines.drain()

    # -- connections --------------------------------------------------------------------------------------------

    def _kick_later(self, wait: float) -> None:
        """Look again when it is time; an earlier time goes before a later one."""
        at = time.monotonic() + wait
        if self._kick_timer is not None:
            if self._kick_at <= at:
                return
            self._kick_timer.cancel()
        self._kick_at = at
        self._kick_timer = asyncio.get_running_loop().call_later(wait, self._kick_now)

    def _kick_now(self) -> None:
        self._kick_timer = None
        self.kick()

    def stage(self, stage: Stage, seconds: float) -> None:
        """A command was answered after so long."""
        self.figures.stage(stage, seconds)

    def line_ready(self, session: Session) -> None:
        """A connection is ready for mail."""
        self.reached = True
        for stage, seconds in session.timings.items():
            self.figures.stage(stage, seconds)
        self.wake.set()

    def line_gone(self, line: Line, why: Outcome | None, unbegun: list[int]) -> None:
        """A connection ended; rows that it had not begun come back."""
        self.lines.gone(line)
        self.depth.lost(self._doubts)
        self._doubts = 0
        rows = [self.rows.get(key) for key in unbegun]
        for row in rows:
            self.allowance.give_back(row.id)
        if why is not None and not self.draining:
            self._trouble(why)
            if rows and not self.rows.is_recorded(why.reply):
                self._record(rows.pop(0), why)
        self.rows.put_back(rows)
        self.wake.set()

    def line_failed(self, line: Line, error: StageFailed) -> None:
        """A connection could not be opened. One waiting row carries it into the log."""
        self.lines.gone(line)
        if self.draining:
            self.wake.set()
            return
        row = self.rows.next(time.monotonic())
        if row is not None:
            self._record(row, error.outcome)
        hopeless = not self.reached and error.outcome.reply.code == 0 and self.temper.troubled
        self._trouble(error.outcome, hopeless=hopeless)
        self.wake.set()

    def line_crashed(self, line: Line, error: Exception) -> None:
        """A connection ended by a mistake of the program: the lane ends with it, after it gave its rows back."""
        self.lines.gone(line)
        self.crash = error
        self.wake.set()

    def _trouble(self, why: Outcome, *, hopeless: bool = False) -> None:
        moment = time.monotonic()
        if why.cause == "profile.connections":
            self.allowance.throttle.fewer(moment, self.lines.open)
            if self.lines.open:
                return  # the others go on
        elif throttles(why.cause) and self.allowance.slower(moment, self.figures.pace()):
            self.chronicle.pace(LaneChange.SLOWER, self.allowance.rate, why)
        self.temper.trouble(why, hopeless=hopeless)
        self._hindered(why)

    def _hindered(self, why: Outcome) -> None:
        if self.temper.failure:
            self.chronicle.hindered(LaneChange.FAILED, why)
            self.lines.drain()
        elif self.temper.resting > HOLDS:
            self.chronicle.hindered(LaneChange.RESTING, why, self.temper.rest_ends)

    # -- rows ---------------------------------------------------------------------------------------------------

    def pull(self, session: Session) -> Transaction | None:
        """The next message for a connection; None when there is none, or it is not yet its time."""
        moment = time.monotonic()
        if not self._may_begin(moment):
            return None
        wait = self.allowance.wait(moment) if self.allowance.bound else 0.0
        if wait > 0:
            self._kick_later(wait)
            return None
        for _attempt in range(_SKIPS_AT_ONCE):
            row = self._next_row(moment)
            if row is None:
                break
            transaction = self._compose(row, session)
            if transaction is not None:
                self.allowance.take(row.id, row.address, moment)
                if self.rows.waiting < CLAIM // 4:
                    self.wake.set()
                return transaction
        else:
            self.wake.set()  # one template fails for all: the lane writes that down before it goes on
        if self.postponed:
            self.wake.set()
        return None

    @property
    def hurried(self) -> bool:
        """True while nothing but the work itself holds up the next message."""
        limited = self.allowance.bound or self.allowance.domains.bound
        return not limited and self._may_begin(time.monotonic())

    def _may_begin(self, moment: float) -> bool:
        """Whether anything new may be begun at all; after a sleep the lease may be another's."""
        return not (self.stopped or self.temper.rests(moment)) and self._trusted()

    def put_back(self, key: int) -> None:
        """A message that was pulled is not sent now; nothing of it was written."""
        self.allowance.give_back(key)
        self.rows.put_back([self.rows.get(key)])
        self.wake.set()

    def _next_row(self, moment: float) -> Claimed | None:
        """The next row whose domain may be written to now; the others stand back."""
        while True:
            row = self.rows.next(moment)
            if row is None or not self.allowance.domains.bound:
                break
            if not self.allowance.domains.wait(row.address, moment):
                break
            turn = self.allowance.domains.turn(row.address, moment, self.puts_off())
            if turn <= _PARKS:
                self.rows.park(row, moment + turn)
            else:
                self.rows.drop([row.id])
                self.postponed[row.id] = now() + turn
        parked = self.rows.parked_until()
        if row is None and parked is not None:
            self._kick_later(max(0.0, parked - moment))
        return row

    def _compose(self, row: Claimed, session: Session) -> Transaction | None:
        recipient = Recipient(row.address, row.fields, row.line)
        try:
            raw = self.work.composer.build(recipient, message_id=self.work.message_id(row.address), date=time.time())
            return session.transaction(row.id, self.work.sender, row.address, raw)
        except StageFailed as error:
            self._refused(self._record(row, error.outcome))
        except DeskError as error:
            reply = Reply(0, str(error))
            self._record(row, Outcome(OutcomeKind.REJECTED, Stage.RENDER, Blame.MESSAGE, reply, "message.render"))
        return None

    def body(self, key: int) -> None:
        """A row's body is about to be written."""
        self._marks.body(self.rows.get(key).seq)

    def outcome(self, key: int, outcome: Outcome) -> None:
        """A row was answered."""
        row = self.rows.get(key)
        result = self._record(row, outcome)
        # Whatever the stage: a refused envelope may come after the body was begun (CHUNKING).
        self._marks.answered(row.seq, result.kind)
        if outcome.blame not in LANE_BLAME:
            self.progressed = time.monotonic()
        if outcome.kind not in _FINAL:
            self.allowance.give_back(key)
        if outcome.kind is OutcomeKind.ACCEPTED:
            self.temper.accepted()
            self.depth.accepted()
        elif outcome.stage is Stage.BODY and self.depth.refused(outcome.reply.code):
            self.lines.drain()  # the next ones do without
        elif outcome.blame in LANE_BLAME and outcome.kind is not OutcomeKind.UNCERTAIN and outcome.reply.code != 421:
            self._trouble(outcome)
        else:
            self._refused(outcome)
        if outcome.kind is OutcomeKind.UNCERTAIN:
            self._doubts += 1
        if self.rows.answered >= CLAIM // 2:
            self.wake.set()

    def _refused(self, outcome: Outcome) -> None:
        """The same refusal of the message again and again is a reason to stop and look."""
        if outcome.blame is Blame.MESSAGE and outcome.kind is OutcomeKind.REJECTED:
            self.temper.refused(outcome)
            self._hindered(outcome)

    def _record(self, row: Claimed, outcome: Outcome) -> Outcome:
        result = self.rows.record(row, outcome)
        self.figures.outcome(result.outcome.kind)
        return result.outcome
