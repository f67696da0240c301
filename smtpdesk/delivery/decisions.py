"""What one lane decides: which row goes next, what its answer means for the lane, what the ledger is told.

Nothing in here reads a clock, opens a connection, waits, or writes anything: the lane does, and tells what came of it.
So every situation can be driven by plain calls, with the time as an argument.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from smtpdesk.delivery.allowance import Allowance
from smtpdesk.delivery.figures import Figures
from smtpdesk.delivery.in_flight_limit import InFlightLimit
from smtpdesk.delivery.instant import Instant
from smtpdesk.delivery.lane_backoff import LaneBackoff
from smtpdesk.delivery.lane_event_log import LaneEventLog
from smtpdesk.delivery.message_quota import MessageQuota
from smtpdesk.delivery.retry import LANE_BLAME
from smtpdesk.delivery.rows import Rows
from smtpdesk.delivery.rows_wanted import CLAIM, RowsWanted
from smtpdesk.domain.campaign import RetryPlan
from smtpdesk.domain.delivery import (
    Blame,
    Claimed,
    LaneChange,
    LaneInfo,
    Outcome,
    OutcomeKind,
    Result,
    Stage,
)
from smtpdesk.domain.profile import Limits
from smtpdesk.smtp.replies import throttles

#: Waiting rows that are worth one more connection.
ROWS_FOR_ONE = 8
#: A rest or a limit of less than this many seconds keeps the rows: they would be claimed again at once.
HOLDS = 0.5
#: A row whose domain is not asked again for longer than this (seconds) goes back to the ledger until then.
_PARKS = 3.0
_DAY = 86400.0
_FINAL = frozenset({OutcomeKind.ACCEPTED, OutcomeKind.UNCERTAIN})


@dataclass(frozen=True, slots=True)
class Exchange:
    """One transaction with the ledger: what it is told, and how many rows are wanted of it."""

    results: list[Result]
    wanted: int


@dataclass(frozen=True, slots=True)
class Release:
    """Rows of which no server has anything go back to the ledger; those in ``due`` not to be claimed before then."""

    ids: list[int]
    due: Mapping[int, float] = field(default_factory=dict)


class LaneDecisions:
    """The decision part of a lane.

    Args:
        run, profile, limits, retry: what it works for. ``rows_wanted``: its part of the run's rows.
        now: the moment when it begins. ``before``: the lane as a former worker of the run left it.
    """

    def __init__(
        self,
        run: str,
        profile: str,
        limits: Limits,
        retry: RetryPlan,
        rows_wanted: RowsWanted,
        now: Instant,
        before: LaneInfo | None = None,
    ) -> None:
        self.profile = profile
        self.rows_wanted = rows_wanted
        self.allowance = Allowance(limits)
        self.rows = Rows(profile, retry)
        self.backoff = LaneBackoff()
        self.in_flight = InFlightLimit()
        self.quota = MessageQuota(limits.per_connection)
        self.figures = Figures(now.moment, before)
        self.events = LaneEventLog(run, profile)
        #: Rows whose domain's limit sends them back to the ledger, and until when (seconds since the epoch).
        self.postponed: dict[int, float] = {}
        #: True once a connection was ready for mail.
        self.reached = False
        #: When a row was last answered for its own sake (monotonic), not for the server's or the network's.
        self.progressed = now.moment
        self.draining = False
        #: True while other runs have all the connections that the profile may have.
        self.crowded_out = False
        #: True while a person wants this profile not to send.
        self.paused = False
        #: Until when the hours of the campaign are closed; None while they are open.
        self.held_until: float | None = None
        #: True when the open connections are to finish what is under way and to close.
        self._closes = False
        #: Bodies in doubt since a connection was last lost: those of the one that is just being lost.
        self._doubts = 0

    # -- how it stands ------------------------------------------------------------------------------------------

    @property
    def stopped(self) -> bool:
        """True while nothing may be begun, however long that takes."""
        return self.draining or self.paused or self.held_until is not None or self.backoff.failure is not None

    @property
    def failure(self) -> Outcome | None:
        """Why the lane stopped by its own blame; None while it works."""
        return self.backoff.failure

    @property
    def short_of_rows(self) -> bool:
        """True when it is time to claim more."""
        return self.rows.waiting < CLAIM // 4

    @property
    def has_much_to_tell(self) -> bool:
        """True when the ledger should be told at once."""
        return self.rows.answered >= CLAIM // 2

    def may_begin(self, moment: float) -> bool:
        """Whether anything new may be begun at all."""
        return not (self.stopped or self.backoff.resting(moment))

    def hurries(self, moment: float) -> bool:
        """True while nothing but the work itself holds up the next message."""
        limited = self.allowance.bound or self.allowance.domains.bound
        return not limited and self.may_begin(moment)

    def limit(self, moment: float) -> str:
        """Which kind of limit is used up, as a cause of ``resources/replies``."""
        return "profile.own-limit" if self.allowance.closed_for(moment) >= _DAY else "profile.limit"

    def take_closes(self) -> bool:
        """Whether the open connections are to close since this was last asked."""
        closes, self._closes = self._closes, False
        return closes

    # -- what a person and the engine want ----------------------------------------------------------------------

    def drain(self) -> None:
        """Begin nothing more; finish what is under way."""
        self.draining = self._closes = True

    def pause(self, paused: bool) -> None:
        """A person wants this profile to send nothing, or to go on."""
        if paused and not self.paused:
            self._closes = True
        self.paused = paused

    def hold(self, until: float | None) -> None:
        """Outside of the hours in which the campaign may be sent (until when); None: inside."""
        if until is not None and self.held_until is None:
            self._closes = True
        self.held_until = until

    def revive(self, limits: Limits) -> bool:
        """A person has fixed what was wrong; True when limits of domains changed, so that postponed rows come back."""
        changed = limits.per_domain != self.allowance.limits.per_domain
        self.backoff.revive()
        self.allowance = self.allowance.renewed(limits)
        self.quota.limit = limits.per_connection
        return changed

    # -- connections --------------------------------------------------------------------------------------------

    def connections_wanted(self, moment: float) -> int:
        """How many connections there should be now: one first, the others once it has shown that the profile works."""
        waiting = self.rows.waiting
        if not waiting or self.allowance.wait(moment) >= 1.0:
            return 0
        most = self.allowance.connections if self.reached else 1
        return min(most, 1 + waiting // ROWS_FOR_ONE)

    def connection_ready(self, connection: int, timings: Mapping[Stage, float]) -> None:
        """A connection is ready for mail; opening it took so long."""
        self.reached = True
        self.quota.opened(connection)
        for stage, seconds in timings.items():
            self.figures.stage(stage, seconds)

    def connection_gone(self, connection: int, why: Outcome | None, unbegun: Sequence[int], now: Instant) -> None:
        """A connection ended, or was given up while it was opened; rows that it had not begun come back."""
        self.quota.closed(connection)
        self.in_flight.lost(self._doubts)
        self._doubts = 0
        rows = [self.rows.get(key) for key in unbegun]
        for row in rows:
            self.allowance.give_back(row.id)
        if why is not None and not self.draining:
            self._trouble(why, now)
            if rows and not self.rows.is_recorded(why.reply):
                self._record(rows.pop(0), why, now)
        self.rows.put_back(rows)

    def connection_failed(self, connection: int, why: Outcome, now: Instant) -> None:
        """A connection could not be opened. One waiting row carries it into the log."""
        self.quota.closed(connection)
        if self.draining:
            return
        row = self.rows.next(now.moment)
        if row is not None:
            self._record(row, why, now)
        hopeless = not self.reached and why.reply.code == 0 and self.backoff.troubled
        self._trouble(why, now, hopeless=hopeless)

    def _trouble(self, why: Outcome, now: Instant, *, hopeless: bool = False) -> None:
        if why.cause == "profile.connections":
            self.allowance.throttle.fewer(now.moment, self.quota.connections)
            if self.quota.connections:
                return  # the others go on
        elif throttles(why.cause) and self.allowance.slower(now.moment, self.figures.pace(now.moment)):
            self.events.pace(LaneChange.SLOWER, now.at, self.allowance.rate, why)
        self.backoff.trouble(why, now.moment, hopeless=hopeless)
        self._hindered(why, now)

    def _hindered(self, why: Outcome, now: Instant) -> None:
        rest = self.backoff.resting(now.moment)
        if self.backoff.failure:
            self.events.hindered(LaneChange.FAILED, now.at, why)
            self._closes = True
        elif rest > HOLDS:
            self.events.hindered(LaneChange.RESTING, now.at, why, now.at + rest)

    # -- rows ---------------------------------------------------------------------------------------------------

    def next_row(self, connection: int, now: Instant) -> Claimed | None:
        """The row that this connection may begin now; then :meth:`taken` or :meth:`refused`.

        None: none may, at the moment; :meth:`look_again` says whether the time alone changes that.
        """
        moment = now.moment
        if not self.may_begin(moment) or self.quota.used_up(connection) or self._wait(moment) > 0:
            return None
        domains = self.allowance.domains
        while (row := self.rows.next(moment)) is not None and domains.bound:
            if not domains.wait(row.address, moment):
                break
            turn = domains.turn(row.address, moment, self.rows_wanted.longest_deferral)
            if turn <= _PARKS:
                self.rows.park(row, moment + turn)
            else:
                self.postponed[row.id] = now.at + turn
        return row

    def _wait(self, moment: float) -> float:
        return self.allowance.wait(moment) if self.allowance.bound else 0.0

    def look_again(self, moment: float) -> float | None:
        """Seconds after which a row may be begun that may not yet; None when that is no question of time."""
        if not self.may_begin(moment):
            return None
        wait = self._wait(moment)
        if wait > 0:
            return wait
        parked = self.rows.parked_until()
        return None if parked is None else max(0.0, parked - moment)

    def taken(self, connection: int, row: Claimed, moment: float) -> None:
        """A connection has got the row."""
        self.allowance.take(row.id, row.address, moment)
        self.quota.take(connection)

    def refused(self, row: Claimed, outcome: Outcome, now: Instant) -> None:
        """The row cannot be sent as it is: its message cannot be made, or this server can never take it."""
        self._record(row, outcome, now)
        if outcome.stage is not Stage.RENDER:
            self._count_refusal(outcome, now)

    def put_back(self, connection: int, key: int) -> None:
        """A row that was taken is not sent now; nothing of it was written."""
        self.allowance.give_back(key)
        self.quota.give_back(connection)
        self.rows.put_back([self.rows.get(key)])

    def body(self, key: int) -> Claimed:
        """A row's body is about to be written: from here on it is never released."""
        return self.rows.begin(key)

    def answered(self, key: int, outcome: Outcome, now: Instant) -> tuple[Claimed, OutcomeKind]:
        """A row was answered, or its connection was lost with its body in doubt. Returns the row and how it counts."""
        row = self.rows.get(key)
        recorded = self._record(row, outcome, now)
        if outcome.blame not in LANE_BLAME:
            self.progressed = now.moment
        if outcome.kind not in _FINAL:
            self.allowance.give_back(key)
        if outcome.kind is OutcomeKind.ACCEPTED:
            self.backoff.accepted()
            self.in_flight.accepted()
        elif outcome.stage is Stage.BODY and self.in_flight.refused(outcome.reply.code):
            self._closes = True  # the next ones do without
        elif outcome.blame in LANE_BLAME and outcome.kind is not OutcomeKind.UNCERTAIN and outcome.reply.code != 421:
            self._trouble(outcome, now)
        else:
            self._count_refusal(outcome, now)
        if outcome.kind is OutcomeKind.UNCERTAIN:
            self._doubts += 1
        return row, recorded.kind

    def _count_refusal(self, outcome: Outcome, now: Instant) -> None:
        """The same refusal of the message again and again is a reason to stop and look."""
        if outcome.blame is Blame.MESSAGE and outcome.kind is OutcomeKind.REJECTED:
            self.backoff.refused(outcome)
            self._hindered(outcome, now)

    def _record(self, row: Claimed, outcome: Outcome, now: Instant) -> Outcome:
        result = self.rows.record(row, outcome, now.at)
        self.figures.outcome(result.outcome.kind, now.moment)
        return result.outcome

    # -- the ledger ---------------------------------------------------------------------------------------------

    def exchange(self, now: Instant) -> Exchange | None:
        """What the ledger is to be told and asked now; then :meth:`exchanged` or :meth:`not_exchanged`."""
        wanted = 0
        if self.may_begin(now.moment) and not self.crowded_out:
            wanted = self.rows_wanted.reserve(self.rows.waiting, self.allowance, now.moment)
        results = self.rows.take_results()
        return Exchange(results, wanted) if wanted or results else None

    def exchanged(self, exchange: Exchange, claimed: Sequence[Claimed], now: Instant) -> list[int]:
        """The ledger has it, and gave these rows. Returns the places of the rows that are settled."""
        settled = self.rows.settled(exchange.results)  # first: one that is due again may be among the claimed
        self.rows.add(claimed)
        self.rows_wanted.claimed(exchange.wanted, len(claimed))
        if any(result.outcome.kind is OutcomeKind.ACCEPTED for result in exchange.results):
            self.rows_wanted.accepted()
            self.events.sends(now.at)
            if self.allowance.calm(now.moment):
                self.events.pace(LaneChange.FASTER, now.at, self.allowance.rate)
        self.allowance.settled([result.delivery for result in exchange.results], now.moment)
        return settled

    def not_exchanged(self, exchange: Exchange) -> None:
        """The ledger could not be written: the results are still to be told, and nothing was claimed."""
        self.rows.keep_results(exchange.results)
        self.rows_wanted.refused(exchange.wanted)

    def release(self, now: Instant) -> Release | None:
        """Rows that go back to the ledger now, so that another lane can take them.

        They are those that wait while the lane cannot send, and those whose domain has its turn later. Then
        :meth:`released` or :meth:`not_released`.
        """
        closed = self.allowance.closed(now.moment)
        if closed > HOLDS:
            self.events.hindered(LaneChange.LIMIT, now.at, until=now.at + closed)
        postponed, self.postponed = self.postponed, {}
        cannot = self.stopped or self.crowded_out or max(self.backoff.resting(now.moment), closed) > HOLDS
        waiting = self.rows.take_waiting() if cannot else []
        return Release([*waiting, *postponed], postponed) if waiting or postponed else None

    def released(self, release: Release, moment: float) -> None:
        """The ledger has these rows back."""
        self.rows.drop(release.ids)
        self.rows_wanted.given_back(len(release.ids), len(release.due), moment)

    def not_released(self, release: Release) -> None:
        """The ledger could not be written: the rows are still held."""
        self.postponed = {**release.due, **self.postponed}
        self.rows.put_back([self.rows.get(key) for key in release.ids if key not in release.due])

    def leftovers(self) -> Release:
        """What goes back at the end, when no connection is left: all that no server has anything of."""
        ids = self.rows.never_begun()
        return Release(ids, {key: due for key, due in self.postponed.items() if key in ids})
