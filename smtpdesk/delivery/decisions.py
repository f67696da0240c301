"""What one lane decides: which row goes next, what its answer means for the lane, what the ledger is told.

Nothing in here reads a clock, opens a connection, waits, or writes anything: the lane does, and tells what came of it.
So every situation can be driven by plain calls, with the time as an argument.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from smtpdesk.delivery.instant import Instant
from smtpdesk.delivery.lane_standing import HOLDS, LaneStanding
from smtpdesk.delivery.ledger_turns import Exchange, Release
from smtpdesk.delivery.retry import LANE_BLAME, is_trouble
from smtpdesk.domain.delivery import Blame, Claimed, LaneChange, Outcome, OutcomeKind, Stage
from smtpdesk.smtp.replies import per_receiver

#: Waiting rows that are worth one more connection.
ROWS_FOR_ONE = 8
#: A row whose domain is not asked again for longer than this (seconds) goes back to the ledger until then.
_PARKS = 3.0
_FINAL = frozenset({OutcomeKind.ACCEPTED, OutcomeKind.UNCERTAIN})


class LaneDecisions(LaneStanding):
    """The decision part of a lane: rows, connections and the ledger, on top of how the lane stands."""

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
        self.brake.connected()
        self.quota.opened(connection)
        for stage, seconds in timings.items():
            self.figures.stage(stage, seconds)

    def connection_gone(self, connection: int, why: Outcome | None, unbegun: Sequence[int], now: Instant) -> list[int]:
        """A connection ended, or was given up while it was opened; rows that no server can have come back.

        Returns their places in the run: the journal may say that their body was begun, but its end did not leave.
        """
        carried = self.carriers.ended(connection, unbegun)
        self.quota.closed(connection)
        self.server.connection_lost(self._doubts)
        self._doubts = 0
        rows = [self.rows.get(key) for key in unbegun]
        places = [row.seq for row in rows]
        for row in rows:
            self.allowance.give_back(row.id)
            self._order.pop(row.id, None)
        if why is not None and not self.draining and (carried or not self._is_one_too_many(why, now)):
            if rows and not self.rows.is_recorded(why.reply):
                self._record(rows.pop(0), why, now)  # it tells of the end in the log
            if self.carriers.renews(why, carried):
                self.server.ended(carried)
                self.quota.limit = self.server.per_connection(self.allowance.limits)
            else:
                self._trouble(why, now)
        self.rows.put_back(rows)
        return places

    def connection_failed(self, connection: int, why: Outcome, now: Instant) -> None:
        """A connection could not be opened. One waiting row carries it into the log."""
        self.quota.closed(connection)
        if self.draining:
            return
        one_too_many = self._is_one_too_many(why, now)
        row = self.rows.next(now.moment) if why.reply.code or not one_too_many else None
        if row is not None:
            self._record(row, why, now)
        if not one_too_many:
            hopeless = not self.reached and why.reply.code == 0 and self.backoff.troubled
            self._trouble(why, now, hopeless=hopeless)

    # -- rows ---------------------------------------------------------------------------------------------------

    def next_row(self, connection: int, now: Instant) -> Claimed | None:
        """The row that this connection may begin now; then :meth:`taken` or :meth:`refused`.

        None: none may, at the moment; :meth:`look_again` says whether the time alone changes that.
        """
        moment = now.moment
        if not self.may_begin(moment) or self.quota.used_up(connection) or self._wait(moment) > 0:
            return None
        while (row := self.rows.next(moment)) is not None:
            until = self.blame.withheld(row.address, now.at)
            if until is not None:
                self.postponed[row.id] = self._or_another(until, now)
            elif not self._stands_back(row, now):
                break
        return row

    def _or_another(self, until: float, now: Instant) -> float:
        """When a row comes back that this lane must not send: soon where another lane may take it meanwhile."""
        return min(until, now.at + self.rows_wanted.longest_deferral)

    def _stands_back(self, row: Claimed, now: Instant) -> bool:
        """True when it is not the turn of a row's domain: it is put aside until then."""
        domains, moment = self.allowance.domains, now.moment
        if not domains.bound or not domains.wait(row.address, moment):
            return False
        turn = domains.turn(row.address, moment, self.rows_wanted.longest_deferral)
        if turn <= _PARKS:
            self.rows.park(row, moment + turn)
        else:
            self.postponed[row.id] = now.at + turn
        return True

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
        self._begun += 1
        self._order[row.id] = self._begun
        self.carriers.taken(connection, row.id)

    def refused(self, row: Claimed, outcome: Outcome, now: Instant) -> None:
        """The row cannot be sent as it is: its message cannot be made, or this server can never take it."""
        self._record(row, outcome, now)
        if outcome.stage is not Stage.RENDER:
            self._count_refusal(outcome, now)

    def put_back(self, connection: int, key: int) -> None:
        """A row that was taken is not sent now; nothing of it was written."""
        self.allowance.give_back(key)
        self.quota.give_back(connection)
        self._order.pop(key, None)
        self.carriers.given_back([key])
        self.rows.put_back([self.rows.get(key)])

    def body(self, key: int) -> Claimed:
        """A row's body is about to be written: from here on it is never released."""
        return self.rows.begin(key)

    def answered(self, key: int, outcome: Outcome, now: Instant) -> tuple[Claimed, OutcomeKind]:
        """A row was answered, or its connection was lost with its body in doubt. Returns the row and how it counts."""
        row = self.rows.get(key)
        begun = self._order.pop(key, 0)
        carried = self.carriers.answered(key, outcome.kind)
        if outcome.kind not in _FINAL:
            self.allowance.give_back(key)
        accepted = outcome.kind is OutcomeKind.ACCEPTED
        misunderstood = not accepted and self.server.body_refused(outcome)
        if self.blame.concerns(outcome) and not misunderstood:
            self._blamed(row, outcome, now)
            return row, OutcomeKind.DEFERRED
        recorded = self._record(row, outcome, now)
        if outcome.blame not in LANE_BLAME:
            self.progressed = now.moment
        if accepted:
            self.backoff.accepted()
            self.server.accepted(carried)
            self._own(self.blame.accepted(begun), now)
        elif misunderstood:
            self._closes = True  # the next ones do without
        elif is_trouble(outcome):
            self._trouble(outcome, now)
        else:
            self._count_refusal(outcome, now)
        if outcome.kind is OutcomeKind.UNCERTAIN:
            self._doubts += 1
        return row, recorded.kind

    def _blamed(self, row: Claimed, outcome: Outcome, now: Instant) -> None:
        """The answer about one recipient blames the profile: perhaps it is only that one's, or its domain's."""
        if per_receiver(outcome.cause):
            self.progressed = now.moment
            until = self.blame.withhold(row.address, outcome, now.at)
            self._record(row, outcome, now, due=now.at if self.rows_wanted.several else until)
        else:
            self.blame.suspect(row, outcome, self._begun)
        why = self.blame.confirmed()
        if why is not None:
            self._fail(why, now)

    def _own(self, known: Sequence[tuple[Claimed, Outcome]], now: Instant) -> None:
        for row, outcome in known:
            self.progressed = now.moment
            self._record(row, outcome, now)

    def _count_refusal(self, outcome: Outcome, now: Instant) -> None:
        """The same refusal of the message again and again is a reason to stop and look."""
        if outcome.blame is Blame.MESSAGE and outcome.kind is OutcomeKind.REJECTED:
            self.backoff.refused(outcome)
            self._hindered(outcome, now)

    def _record(self, row: Claimed, outcome: Outcome, now: Instant, *, due: float | None = None) -> Outcome:
        recorded = self.rows.record(row, outcome, now.at, due).outcome
        self.figures.outcome(recorded.kind, now.moment)
        cause = self.brake.heard(recorded)
        if cause and self.backoff.failure is None:
            self._fail(replace(recorded, kind=OutcomeKind.DEFERRED, blame=Blame.NONE, cause=cause), now)
        return recorded

    def _judge_suspects(self, now: Instant) -> None:
        """Refusals that blame the profile do not wait for others to confirm them when the lane stops, or none come."""
        if not self.blame.suspects:
            return
        if self.rows_wanted.none_left and self.rows.held == self.blame.suspects + self.rows.answered:
            own, why = self.blame.nobody_left()
            self._own(own, now)
            if why is not None:
                self._fail(why, now)
        if self.stopped:
            for row, outcome in self.blame.take_suspects():
                self._record(row, outcome, now)

    # -- the ledger ---------------------------------------------------------------------------------------------

    def exchange(self, now: Instant) -> Exchange | None:
        """What the ledger is to be told and asked now; then :meth:`exchanged` or :meth:`not_exchanged`."""
        self._judge_suspects(now)
        if self.blame.said and self.rows_wanted.several and self.rows_wanted.none_left and not self.rows.busy:
            self._fail(self.blame.said, now)  # what is left is for another lane, or for a person
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

    def ask_again(self) -> None:
        """Somebody was put on *Never mail*: what waits goes back, and is asked about by the next claim."""
        self._asks_again = True

    def release(self, now: Instant) -> Release | None:
        """Rows that go back to the ledger now, so that another lane can take them.

        They are those that wait while the lane cannot send or asks again, and those whose domain's turn is later. Then
        :meth:`released` or :meth:`not_released`.
        """
        closed = self.allowance.closed(now.moment)
        if closed > HOLDS:
            self.events.hindered(LaneChange.LIMIT, now.at, until=now.at + closed)
        postponed, self.postponed = self.postponed, {}
        cannot = self.stopped or self.crowded_out or max(self.backoff.resting(now.moment), closed) > HOLDS
        waiting = self.rows.take_waiting() if cannot or self._asks_again else []
        self._asks_again = False
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
