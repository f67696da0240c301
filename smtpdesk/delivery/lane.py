"""One profile's stream within a run: the connections, the ledger, the journal and the timers of its decisions."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Collection

from smtpdesk.base.clock import now as wall_clock
from smtpdesk.base.errors import DeskError
from smtpdesk.delivery.allowance_reader import refresh
from smtpdesk.delivery.assignment import Assignment
from smtpdesk.delivery.budget import Budget
from smtpdesk.delivery.connection import Connection
from smtpdesk.delivery.connection_pool import ConnectionPool
from smtpdesk.delivery.decisions import LaneDecisions
from smtpdesk.delivery.instant import Instant, instant
from smtpdesk.delivery.kick_timer import KickTimer
from smtpdesk.delivery.lane_view import LaneView
from smtpdesk.delivery.ledger_turns import Exchange
from smtpdesk.delivery.ports import Ledger, Marks
from smtpdesk.delivery.rows_wanted import RowsWanted
from smtpdesk.delivery.shares import Shares
from smtpdesk.domain.delivery import (
    Blame,
    Claimed,
    LaneInfo,
    Outcome,
    OutcomeKind,
    Reply,
    Stage,
)
from smtpdesk.domain.recipient import Recipient
from smtpdesk.domain.server_traits import Lesson
from smtpdesk.smtp.session import Session, StageFailed, Transaction

#: A lane for which nothing can happen for longer than this looks no more often; whatever ends that wakes it.
_DOZES = 10.0
#: Rows that cannot be composed are skipped in portions, so that a broken template does not hold up the event loop.
_SKIPS_AT_ONCE = 50
_log = logging.getLogger("smtpdesk.delivery")


class Lane(LaneView):
    """Does what :class:`LaneDecisions` decides. All state lives on the event loop; only the ledger is elsewhere.

    Args:
        work: what it is told to do. ``ledger``, ``marks``: the run's ledger and its journal of bodies in flight.
        budget: how many rows the run may begin. ``shares``: how the rows are spread over the lanes.
        before: the lane as a former worker of the run left it. ``excused``: see :class:`LaneDecisions`.
    """

    def __init__(
        self,
        work: Assignment,
        ledger: Ledger,
        marks: Marks,
        budget: Budget,
        shares: Shares,
        before: LaneInfo | None = None,
        excused: Collection[str] = (),
    ) -> None:
        self._work = work
        self._ledger = ledger
        self._marks = marks
        wanted = RowsWanted(work.profile, budget, shares)
        self.decisions = LaneDecisions(
            work.run, work.profile, work.limits, work.retry, wanted, instant(), before, excused, work.traits
        )
        self._pool = ConnectionPool(self, work.slots)
        self._asking = False
        self._reviving = False
        #: Set when there is something for the lane to do.
        self._wake = asyncio.Event()
        #: A connection ended by a mistake of the program.
        self._crash: Exception | None = None
        self._kick_timer = KickTimer(self._kick)
        #: When a person last wanted it to be tried again (seconds since the epoch).
        self.revived = 0.0

    # -- what the engine wants ----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Work until drained. What no server has anything of is given back then; the rest is in the ledger or stays."""
        try:
            while not (self.decisions.draining or self._crash):
                await self._serve_the_ledger()
                await self._nap()
            if self._crash:
                raise self._crash
        finally:
            await self._end()

    def drain(self) -> None:
        """Begin nothing more; finish what is under way."""
        self.decisions.drain()
        self._obey()

    def wake(self) -> None:
        """There may be work."""
        self._wake.set()

    def pause(self, paused: bool) -> None:
        """A person wants this profile to send nothing, or to go on."""
        if paused != self.decisions.paused:
            self.decisions.pause(paused)
            self._obey()

    def hold(self, until: float | None) -> None:
        """Outside of the hours in which the campaign may be sent (until when); None: inside."""
        before = self.decisions.held_until
        self.decisions.hold(until)
        if (before is None) != (until is None):
            self._obey()

    def ask_again(self) -> None:
        """Rows that wait are asked about again: may they be sent to?"""
        self.decisions.ask_again()
        self._wake.set()

    async def revive(self) -> None:
        """A person has fixed what was wrong, or wants it tried now. Profile and secret are read anew."""
        self._reviving = True  # the engine must not take the lane for dead meanwhile
        self.revived = wall_clock()
        try:
            self._work = await self._work.renew()
            if self.decisions.revive(self._work.limits, self._work.traits):
                await self._ledger.recall()
        except DeskError as error:
            _log.warning("%s cannot be tried again: %s", self.profile, error.code)
        finally:
            self._reviving = False
        self._wake.set()

    def _obey(self) -> None:
        """After the decisions were told something: close what is to be closed, and look what is to be done."""
        if self.decisions.take_closes():
            self._pool.drain()
        self._wake.set()

    # -- the ledger ---------------------------------------------------------------------------------------------

    async def _nap(self) -> None:
        decisions = self.decisions
        limit = 0.05 if decisions.rows.answered else 0.25 if not decisions.rows_wanted.starved else 1.0
        dozes = self.dormant > _DOZES
        if dozes:
            limit = _DOZES
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await self._wake.wait()
        self._wake.clear()
        if dozes:  # others may have come, sent and gone meanwhile
            decisions.allowance.look_again()
        # An event that is set already is waited for without a pause; the connections must have their turn all the same.
        await asyncio.sleep(0)

    async def _serve_the_ledger(self) -> None:
        self._asking = True
        try:
            await refresh(self.decisions.allowance, self.profile, self._ledger)
            self._reserve()
            await self._release()
            await self._exchange(self.decisions.exchange(instant()))
        finally:
            self._asking = False
        self._kick()
        if not self.busy and not self.decisions.crowded_out:
            self._pool.unreserve()

    def _reserve(self) -> None:
        """No rows are held for a connection that other runs do not leave to this one."""
        decisions = self.decisions
        asks_in_vain = decisions.rows_wanted.starved and not decisions.rows.busy
        if decisions.may_begin(time.monotonic()) and not asks_in_vain:
            decisions.crowded_out = not self._pool.reserve(decisions.allowance.limits.max_connections)
        else:
            decisions.crowded_out = False
            self._pool.unreserve()

    async def _release(self) -> None:
        """While the lane cannot send, rows that it has not begun go back, so that another lane can take them."""
        release = self.decisions.release(instant())
        if release is None:
            return
        try:
            await self._ledger.release(release.ids, release.due)
        except BaseException:
            self.decisions.not_released(release)
            raise
        self.decisions.released(release, time.monotonic())

    async def _exchange(self, exchange: Exchange | None) -> None:
        if exchange is None:
            return
        try:
            claimed = await self._ledger.step(self.profile, exchange.results, exchange.wanted)
        except BaseException:
            self.decisions.not_exchanged(exchange)
            raise
        self._marks.clear(self.decisions.exchanged(exchange, claimed, instant()))
        await self._remember()

    async def _remember(self) -> None:
        """Keep with the profile what was learned about its server."""
        traits = self.decisions.server.to_keep()
        if traits is None:
            return
        try:
            await self._work.remember(traits)
        except DeskError as error:  # it will be learned again
            _log.warning("what was learned about the server of %s is not kept: %s", self.profile, error.code)
        self.decisions.server.kept(traits)

    async def _end(self) -> None:
        """Let what is under way be answered, record it, give back what was never begun.

        When the ledger cannot be written, nothing is given back: what it has as *sending* is decided by the journal,
        when the next worker recovers the run.
        """
        self.drain()
        self._kick_timer.stop()
        await self._pool.closed()
        self._pool.unreserve()
        await self._exchange(self.decisions.exchange(instant()))
        left = self.decisions.leftovers()
        if left.ids:
            await self._ledger.release(left.ids, left.due)
            self.decisions.released(left, time.monotonic())
        self.decisions.rows_wanted.starved = True

    # -- connections --------------------------------------------------------------------------------------------

    def _kick(self) -> None:
        """There may be something to send."""
        moment = time.monotonic()
        if not self.decisions.may_begin(moment):
            return
        self._pool.kick()
        wanted = self.decisions.connections_wanted(moment)
        if wanted:
            most = self.decisions.allowance.limits.max_connections
            depth, traits = self.decisions.server.in_flight.most, self.decisions.server.traits
            self._pool.fill(self._work.connect, wanted, most, depth, traits)

    def stage(self, stage: Stage, seconds: float) -> None:
        """A command was answered after so long."""
        self.decisions.figures.stage(stage, seconds)

    def connection_ready(self, connection: Connection, session: Session) -> None:
        """A connection is ready for mail."""
        self.decisions.connection_ready(connection.number, session.timings)
        self._wake.set()

    def connection_gone(self, connection: Connection, why: Outcome | None, unbegun: list[int]) -> None:
        """A connection ended; rows that it had not begun come back."""
        self._pool.gone(connection)
        self._marks.clear(self.decisions.connection_gone(connection.number, why, unbegun, instant()))
        self._obey()

    def connection_failed(self, connection: Connection, error: StageFailed) -> None:
        """A connection could not be opened."""
        self._pool.gone(connection)
        self.decisions.connection_failed(connection.number, error.outcome, instant())
        self._obey()

    def connection_crashed(self, connection: Connection, error: Exception) -> None:
        """A connection ended by a mistake of the program: the lane ends with it, after it gave its rows back."""
        self._pool.gone(connection)
        self._crash = error
        self._wake.set()

    # -- rows ---------------------------------------------------------------------------------------------------

    def pull(self, connection: Connection, session: Session) -> Transaction | None:
        """The next message for a connection; None when there is none, or it is not yet its time."""
        # After a sleep the lease may be another's.
        if not self._ledger.trusted() or self._gives_way(connection):
            return None
        now = instant()
        for _attempt in range(_SKIPS_AT_ONCE):
            row = self.decisions.next_row(connection.number, now)
            if row is None:
                break
            transaction = self._compose(row, session, now)
            if transaction is not None:
                self.decisions.taken(connection.number, row, now.moment)
                if self.decisions.short_of_rows:
                    self._wake.set()
                return transaction
        else:
            self._wake.set()  # one template fails for all: the lane writes that down before it goes on
        if self.decisions.postponed:
            self._wake.set()
        wait = self.decisions.look_again(now.moment)
        if wait is not None:
            self._kick_timer.later(wait)
        return None

    def _compose(self, row: Claimed, session: Session, now: Instant) -> Transaction | None:
        recipient = Recipient(row.address, row.fields, row.line)
        try:
            raw = self._work.composer.build(recipient, message_id=self._work.message_id(row.address), date=now.at)
            return session.transaction(row.id, self._work.sender, row.address, raw)
        except StageFailed as error:
            self.decisions.refused(row, error.outcome, now)
        except DeskError as error:
            outcome = Outcome(OutcomeKind.REJECTED, Stage.RENDER, Blame.MESSAGE, Reply(0, str(error)), "message.render")
            self.decisions.refused(row, outcome, now)
        self._obey()
        return None

    @property
    def hurries(self) -> bool:
        """True while nothing but the work itself holds up the next message."""
        return self.decisions.hurries(time.monotonic()) and self._ledger.trusted()

    def used_up(self, connection: Connection) -> bool:
        """True when a connection has carried as many messages as it may, or another run is to have its place."""
        used = self.decisions.quota.used_up(connection.number) or self.worn(connection)
        return used or self._gives_way(connection)

    def _gives_way(self, connection: Connection) -> bool:
        return self._pool.gives_way(connection, self.decisions.allowance.connections)

    def worn(self, connection: Connection) -> bool:
        """True when so much was refused on a connection that it is better renewed."""
        return self.decisions.carriers.worn(connection.number)

    def learned(self, connection: Connection, lesson: Lesson, count: int) -> None:
        """A connection has shown what the server cannot do."""
        self.decisions.learned(lesson, count)
        if self.decisions.take_closes():
            self._pool.drain()

    def put_back(self, connection: Connection, key: int) -> None:
        """A message that was pulled is not sent now; nothing of it was written."""
        self.decisions.put_back(connection.number, key)
        self._wake.set()

    def body(self, key: int) -> None:
        """A row's body is about to be written."""
        self._marks.body(self.decisions.rows.get(key).seq)  # first: if that cannot be written down, it is not begun
        self.decisions.body(key)

    def outcome(self, key: int, outcome: Outcome) -> None:
        """A row was answered."""
        row, kind = self.decisions.answered(key, outcome, instant())
        # Whatever the stage: a refused envelope may come after the body was begun (CHUNKING).
        self._marks.answered(row.seq, kind)
        if self.decisions.take_closes():
            self._pool.drain()
        if self.decisions.has_much_to_tell:
            self._wake.set()
