"""Slower when the server asks, carefully faster again; a rate that changes while messages wait for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpdesk.delivery.pace import Pace
from smtpdesk.delivery.throttle import CALM, ECHO, LOWEST, Throttle


def test_one_burst_of_complaints_halves_the_rate_once() -> None:
    throttle = Throttle(40.0)
    assert [throttle.slower(100.0 + late, 40.0) for late in (0.0, 0.1, ECHO - 0.1)] == [True, False, False]
    assert throttle.rate == 20.0
    assert throttle.slower(100.0 + ECHO, 20.0)
    assert throttle.rate == 10.0


def test_it_recovers_in_steps_and_ends_at_the_full_rate() -> None:
    throttle, moment = Throttle(40.0), 0.0
    throttle.slower(moment, 40.0)
    rates: list[float | None] = []
    while throttle.allowed is not None:
        assert not throttle.calm(moment + CALM - 0.1)
        moment += CALM
        assert throttle.calm(moment)
        rates.append(throttle.rate)
    assert rates == [25.0, 31.25, 39.0625, 40.0]
    assert not throttle.calm(moment + 10 * CALM)


def test_a_complaint_while_it_recovers_halves_what_it_had_come_to() -> None:
    throttle = Throttle(40.0)
    throttle.slower(0.0, 40.0)
    throttle.calm(CALM)
    assert throttle.slower(CALM + ECHO, 25.0)
    assert throttle.rate == 12.5


def test_without_a_limit_it_is_lifted_when_twice_the_old_rate_was_borne() -> None:
    throttle = Throttle(None)
    throttle.slower(0.0, 100.0)
    assert throttle.rate == 50.0
    steps = 0
    while throttle.calm((steps + 1) * CALM):
        steps += 1
    assert 6 <= steps < 60
    assert [throttle.rate] == [None]


@pytest.mark.parametrize("full", [None, 14.0])
def test_a_complaint_before_anything_was_sent_leaves_a_rate_to_work_with(full: float | None) -> None:
    throttle = Throttle(full)
    assert throttle.slower(0.0, 0.0)
    assert throttle.rate is not None and throttle.rate > 1.0


@given(full=st.one_of(st.none(), st.floats(1e-4, 1e4)), measured=st.lists(st.floats(0.0, 1e4), max_size=30))
def test_it_is_never_faster_than_the_limits_and_never_stands_still(full: float | None, measured: list[float]) -> None:
    throttle = Throttle(full)
    for number, rate in enumerate(measured):
        before = throttle.rate
        changed = throttle.slower(number * ECHO, rate)
        assert throttle.rate is None or throttle.rate >= min(LOWEST, full or LOWEST) > 0
        assert full is None or (throttle.rate is not None and throttle.rate <= full)
        assert changed == (throttle.rate != before)


def test_fewer_connections_and_one_more_at_a_time_again() -> None:
    throttle = Throttle(None)
    throttle.fewer(0.0, 4)
    assert throttle.connections == 4
    assert not throttle.calm(2 * CALM - 0.1)
    throttle.calm(2 * CALM)
    throttle.calm(2 * CALM + 1.0)
    assert throttle.connections == 5
    throttle.fewer(3 * CALM, 0)
    assert throttle.connections == 1


@given(rates=st.lists(st.floats(0.5, 200.0), min_size=1, max_size=8))
def test_after_every_change_the_new_rate_holds(rates: list[float]) -> None:
    pace, moment = Pace(rates[0]), 1000.0
    for rate in rates:
        pace.set(rate)
        moment += pace.wait(moment)
        sent = []
        for _ in range(20):
            moment += pace.wait(moment)
            pace.take(moment)
            sent.append(moment)
        assert sent[-1] - sent[0] >= 19 / rate - Pace.SLACK - 1e-6
        assert sent[-1] - sent[0] <= 19 / rate + 1e-6


def test_a_faster_rate_does_not_wait_the_slow_gap_out_and_none_lifts_it() -> None:
    pace = Pace(1 / 60)
    pace.take(100.0)
    assert pace.wait(100.0) > 59
    pace.set(10.0)
    assert pace.wait(100.0) <= 0.1
    pace.set(None)
    assert pace.wait(100.0) == 0.0
    assert not pace.bound, "nobody has to ask"
