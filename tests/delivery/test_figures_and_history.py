"""What a lane tells of itself: figures, samples and changes; and the rows that it holds."""

from __future__ import annotations

import pytest

from smtpdesk.delivery.figures import SAMPLE, Figures
from smtpdesk.delivery.instant import Instant
from smtpdesk.delivery.lane_backoff import LaneBackoff
from smtpdesk.delivery.lane_event_log import LaneEventLog
from smtpdesk.delivery.rows import Rows
from smtpdesk.domain.campaign import RetryPlan
from smtpdesk.domain.delivery import Blame, Claimed, LaneChange, LaneInfo, Outcome, OutcomeKind, Reply, Stage

LANE = LaneInfo("office", "sending", connections=2, allowed=5.0, note="profile.rate")


class Clock:
    moment = 100.0

    def at(self, at: float) -> Instant:
        return Instant(self.moment, at)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def outcome(cause: str = "profile.rate", blame: Blame = Blame.PROFILE, retry: float | None = 60.0) -> Outcome:
    return Outcome(OutcomeKind.DEFERRED, Stage.MAIL, blame, Reply(454, "Throttling failure", "4.7.0"), cause, retry)


def claimed(number: int, attempts: int = 0) -> Claimed:
    return Claimed(number, number - 1, f"person{number}@example.net", number, {}, attempts, None, "")


# -- figures --------------------------------------------------------------------------------------------------------


def test_latencies_are_means_over_the_samples_of_the_last_minute(clock: Clock) -> None:
    figures = Figures(clock.moment)
    for seconds in (0.1, 0.3):
        figures.stage(Stage.BODY, seconds)
    assert figures.latency() == {"body": pytest.approx(0.2)}
    clock.moment += SAMPLE
    figures.sample(LANE, "run", clock.at(1.0))
    for seconds in (0.5, 0.5):
        figures.stage(Stage.BODY, seconds)
    assert figures.latency() == {"body": pytest.approx(0.35)}
    for _ in range(6):
        clock.moment += SAMPLE
        figures.sample(LANE, "run", clock.at(1.0))
    assert figures.latency() == {}, "what is older than a minute is not shown any more"


def test_a_sample_holds_what_happened_since_the_one_before(clock: Clock) -> None:
    figures = Figures(clock.moment, LaneInfo("office", "sending", accepted=7, rejected=1))
    figures.outcome(OutcomeKind.ACCEPTED, clock.moment)
    figures.outcome(OutcomeKind.DEFERRED, clock.moment)
    figures.stage(Stage.RCPT, 0.25)
    assert figures[OutcomeKind.ACCEPTED] == 8, "the former worker's count goes on"
    assert figures.sample(LANE, "run", clock.at(50.0)) is None, "it is not time yet"
    clock.moment += SAMPLE
    sample = figures.sample(LANE, "run", clock.at(50.0))
    assert sample is not None
    assert (sample.accepted, sample.deferred, sample.rejected, sample.uncertain) == (1, 1, 0, 0)
    assert (sample.run, sample.profile, sample.at, sample.seconds) == ("run", "office", 50.0, SAMPLE)
    assert (sample.connections, sample.allowed, sample.note) == (2, 5.0, "profile.rate")
    assert sample.latency == {"rcpt": 0.25}
    clock.moment += SAMPLE
    assert figures.sample(LANE, "run", clock.at(60.0)) is None, "nothing happened"
    figures.outcome(OutcomeKind.ACCEPTED, clock.moment)
    last = figures.sample(LANE, "run", clock.at(61.0), last=True)
    assert last is not None and last.accepted == 1


def test_the_rate_is_that_of_the_last_seconds(clock: Clock) -> None:
    figures = Figures(clock.moment)
    for _ in range(50):
        figures.outcome(OutcomeKind.ACCEPTED, clock.moment)
        clock.moment += 0.1
    assert figures.rate(clock.moment) == pytest.approx(10.0, rel=0.05)
    clock.moment += 20
    assert figures.rate(clock.moment) == 0.0


# -- changes --------------------------------------------------------------------------------------------------------


def test_each_change_is_said_once_and_the_end_of_it_too() -> None:
    log, why = LaneEventLog("run", "office"), outcome()
    for until in (10.0, 11.0):
        log.hindered(LaneChange.RESTING, 1.0, why, until)
    log.hindered(LaneChange.RESTING, 2.0, outcome("network.refused"), 12.0)
    log.hindered(LaneChange.LIMIT, 3.0, until=20.0)
    log.hindered(LaneChange.LIMIT, 4.0, until=21.0)
    for at in (5.0, 6.0, 7.0):
        log.sends(at)
    log.pace(LaneChange.FASTER, 8.0, 10.0)
    events = log.take()
    assert [event.change for event in events] == ["resting", "resting", "limit", "back", "faster"]
    assert [event.cause for event in events] == ["profile.rate", "network.refused", "", "", ""]
    assert [event.at for event in events] == [1.0, 2.0, 3.0, 5.0, 8.0]
    assert "Throttling failure" in events[0].said
    assert (events[0].until, events[2].until, events[4].allowed) == (10.0, 20.0, 10.0)
    assert log.take() == []
    log.hindered(LaneChange.RESTING, 9.0, why, 30.0)
    assert len(log.take()) == 1, "again is news after it was back"


# -- rows -----------------------------------------------------------------------------------------------------------


def test_rows_keep_their_order_and_come_back_to_the_front() -> None:
    rows = Rows("office", RetryPlan())
    rows.add(map(claimed, (1, 2, 3)))
    first, second = rows.next(0.0), rows.next(0.0)
    assert first is not None and second is not None
    rows.put_back([first, second])
    assert [row.id for _ in range(3) if (row := rows.next(0.0))] == [1, 2, 3]
    assert rows.next(0.0) is None
    assert rows.busy, "on their way"


def test_a_row_that_stands_back_comes_when_its_time_is_there_before_the_others() -> None:
    rows = Rows("office", RetryPlan())
    rows.add(map(claimed, (1, 2, 3)))
    late = rows.next(0.0)
    assert late is not None
    rows.park(late, 5.0)
    assert (rows.waiting, rows.parked_until()) == (3, 5.0)
    order = [row.id for moment in (0.0, 5.0, 5.0) if (row := rows.next(moment))]
    assert order == [2, 1, 3]


def test_every_row_is_held_until_the_ledger_has_it() -> None:
    rows = Rows("office", RetryPlan())
    rows.add(map(claimed, (1, 2, 3, 4)))
    row = rows.next(0.0)
    assert row is not None
    why = outcome()
    rows.record(row, why, 50.0)
    assert rows.is_recorded(why.reply) and not rows.is_recorded(Reply(454, "Throttling failure", "4.7.0"))
    results = rows.take_results()
    assert rows.busy and rows.answered == 0
    assert rows.settled(results) == [0]
    parked = rows.next(0.0)
    assert parked is not None
    rows.park(parked, 9.0)
    waiting = rows.take_waiting()
    assert (sorted(waiting), rows.waiting, rows.busy) == ([2, 3, 4], 0, True), "held until the ledger has them back"
    rows.drop(waiting)
    assert not rows.busy


def test_what_a_server_may_have_is_not_among_those_that_go_back() -> None:
    rows = Rows("office", RetryPlan())
    rows.add(map(claimed, (1, 2, 3, 4)))
    taken = [row for _ in range(3) if (row := rows.next(0.0))]
    assert rows.begin(1).seq == 0
    rows.begin(2)
    rows.record(taken[1], Outcome(OutcomeKind.ACCEPTED, Stage.BODY), 50.0)
    rows.record(taken[2], outcome(), 50.0)
    assert rows.never_begun() == [4]
    results = rows.take_results()
    rows.keep_results(results)
    assert (rows.never_begun(), rows.answered) == ([4], 2), "the ledger could not be written"
    rows.settled(rows.take_results())
    assert (rows.never_begun(), rows.busy) == ([4], True), "the body of the first one has no answer"


# -- back-off -------------------------------------------------------------------------------------------------------


def test_a_rest_is_over_at_its_time_or_when_a_person_says_so() -> None:
    backoff = LaneBackoff()
    backoff.trouble(outcome(retry=60.0), 100.0)
    assert [backoff.resting(moment) for moment in (100.0, 159.0, 160.0, 200.0)] == [60.0, 1.0, 0.0, 0.0]
    backoff.trouble(outcome("profile.password", retry=None), 100.0)
    failed = backoff.failure
    backoff.revive()
    assert failed is not None and backoff.failure is None
    assert (backoff.note, backoff.resting(100.0), backoff.troubled) == (None, 0.0, False)
