"""What a lane tells of itself: figures, samples and changes; and the rows that it holds."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from smtpdesk.delivery import figures as module
from smtpdesk.delivery.chronicle import Chronicle
from smtpdesk.delivery.figures import SAMPLE, Figures
from smtpdesk.delivery.rows import Rows
from smtpdesk.delivery.temper import Temper
from smtpdesk.domain.campaign import RetryPlan
from smtpdesk.domain.delivery import Blame, Claimed, LaneChange, LaneInfo, Outcome, OutcomeKind, Reply, Stage

LANE = LaneInfo("office", "sending", connections=2, allowed=5.0, note="profile.rate")


class Clock:
    moment = 100.0

    def monotonic(self) -> float:
        return self.moment


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=clock.monotonic))
    return clock


def outcome(cause: str = "profile.rate", blame: Blame = Blame.PROFILE, retry: float | None = 60.0) -> Outcome:
    return Outcome(OutcomeKind.DEFERRED, Stage.MAIL, blame, Reply(454, "Throttling failure", "4.7.0"), cause, retry)


def claimed(number: int, attempts: int = 0) -> Claimed:
    return Claimed(number, number - 1, f"person{number}@example.net", number, {}, attempts, None, "")


# -- figures --------------------------------------------------------------------------------------------------------


def test_latencies_are_means_over_the_samples_of_the_last_minute(clock: Clock) -> None:
    figures = Figures()
    for seconds in (0.1, 0.3):
        figures.stage(Stage.BODY, seconds)
    assert figures.latency() == {"body": pytest.approx(0.2)}
    clock.moment += SAMPLE
    figures.sample(LANE, "run", 1.0)
    for seconds in (0.5, 0.5):
        figures.stage(Stage.BODY, seconds)
    assert figures.latency() == {"body": pytest.approx(0.35)}
    for _ in range(6):
        clock.moment += SAMPLE
        figures.sample(LANE, "run", 1.0)
    assert figures.latency() == {}, "what is older than a minute is not shown any more"


def test_a_sample_holds_what_happened_since_the_one_before(clock: Clock) -> None:
    figures = Figures(LaneInfo("office", "sending", accepted=7, rejected=1))
    figures.outcome(OutcomeKind.ACCEPTED)
    figures.outcome(OutcomeKind.DEFERRED)
    figures.stage(Stage.RCPT, 0.25)
    assert figures[OutcomeKind.ACCEPTED] == 8, "the former worker's count goes on"
    assert figures.sample(LANE, "run", 50.0) is None, "it is not time yet"
    clock.moment += SAMPLE
    sample = figures.sample(LANE, "run", 50.0)
    assert sample is not None
    assert (sample.accepted, sample.deferred, sample.rejected, sample.uncertain) == (1, 1, 0, 0)
    assert (sample.run, sample.profile, sample.at, sample.seconds) == ("run", "office", 50.0, SAMPLE)
    assert (sample.connections, sample.allowed, sample.note) == (2, 5.0, "profile.rate")
    assert sample.latency == {"rcpt": 0.25}
    clock.moment += SAMPLE
    assert figures.sample(LANE, "run", 60.0) is None, "nothing happened"
    figures.outcome(OutcomeKind.ACCEPTED)
    last = figures.sample(LANE, "run", 61.0, last=True)
    assert last is not None and last.accepted == 1


def test_the_rate_is_that_of_the_last_seconds(clock: Clock) -> None:
    figures = Figures()
    for _ in range(50):
        figures.outcome(OutcomeKind.ACCEPTED)
        clock.moment += 0.1
    assert figures.rate() == pytest.approx(10.0, rel=0.05)
    clock.moment += 20
    assert figures.rate() == 0.0


# -- changes --------------------------------------------------------------------------------------------------------


def test_each_change_is_said_once_and_the_end_of_it_too() -> None:
    chronicle, why = Chronicle("run", "office"), outcome()
    for until in (10.0, 11.0):
        chronicle.hindered(LaneChange.RESTING, why, until)
    chronicle.hindered(LaneChange.RESTING, outcome("network.refused"), 12.0)
    chronicle.hindered(LaneChange.LIMIT, until=20.0)
    chronicle.hindered(LaneChange.LIMIT, until=21.0)
    for _ in range(3):
        chronicle.sends()
    chronicle.pace(LaneChange.FASTER, 10.0)
    events = chronicle.take()
    assert [event.change for event in events] == ["resting", "resting", "limit", "back", "faster"]
    assert [event.cause for event in events] == ["profile.rate", "network.refused", "", "", ""]
    assert "Throttling failure" in events[0].said
    assert (events[0].until, events[2].until, events[4].allowed) == (10.0, 20.0, 10.0)
    assert chronicle.take() == []
    chronicle.hindered(LaneChange.RESTING, why, 30.0)
    assert len(chronicle.take()) == 1, "again is news after it was back"


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
    rows.record(row, why)
    assert rows.is_recorded(why.reply) and not rows.is_recorded(Reply(454, "Throttling failure", "4.7.0"))
    results = rows.take_results()
    assert rows.busy and rows.answered == 0
    assert rows.settled(results) == [0]
    parked = rows.next(0.0)
    assert parked is not None
    rows.park(parked, 9.0)
    assert sorted(rows.let_go()) == [2, 3, 4]
    held = [rows.busy]
    rows.add([claimed(5)])
    assert (rows.left(), [*held, rows.busy]) == ([5], [False, False])


# -- temper ---------------------------------------------------------------------------------------------------------


def test_a_rest_is_over_at_its_time_or_when_a_person_says_so() -> None:
    temper = Temper()
    temper.trouble(outcome(retry=60.0))
    assert temper.rest_ends is not None
    moment = temper._rest_until
    assert temper.rests(moment - 1) and not temper.rests(moment)
    temper.trouble(outcome("profile.password", retry=None))
    failed = [temper.failure]
    temper.revive()
    assert [*failed, temper.failure][1:] == [None] and failed != [None]
    assert (temper.note, temper.resting, temper.troubled) == (None, 0.0, False)
    assert not temper.rest_ends
