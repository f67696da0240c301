"""A run's schedule through a worker's life, with clocks that are set while it waits: plain calls, no clock."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from smtpdesk.delivery.schedule_gate import SETTLES, Opening, ScheduleGate
from smtpdesk.domain.schedule import Schedule
from smtpdesk.domain.schedule_text import parse_start

HOUR, DAY = 3600.0, 86400.0
NINE = parse_start("2026-12-01 09:00", "UTC")


class Computer:
    """A wall clock and a steady one; ``set`` changes the first alone."""

    def __init__(self, gate: ScheduleGate, wall: float) -> None:
        self.gate, self.wall, self.steady = gate, wall, 1000.0

    def look(self) -> Opening:
        return self.gate.look(self.wall, self.steady)

    def after(self, seconds: float) -> Opening:
        self.wall += seconds
        self.steady += seconds
        return self.look()

    def set(self, seconds: float) -> Opening:
        self.wall += seconds
        return self.look()

    def sleep(self, seconds: float) -> Opening:
        """Asleep: the steady clock stands still."""
        return self.set(seconds)


def test_it_opens_at_its_start_and_not_before() -> None:
    here = Computer(ScheduleGate(Schedule(NINE)), NINE - HOUR)
    assert here.look() == Opening(NINE)
    assert here.after(HOUR - 1) == Opening(NINE)
    assert here.after(1) == Opening()


@pytest.mark.parametrize("jump", [HOUR + 5, 3 * HOUR, DAY, 400 * DAY])
def test_a_clock_that_is_wrong_for_some_seconds_neither_begins_nor_misses_a_run(jump: float) -> None:
    here = Computer(ScheduleGate(Schedule(NINE)), NINE - HOUR)
    here.look()
    here.set(jump)
    for _ in range(4):
        assert here.after(1) == Opening(NINE)
    assert here.set(-jump) == Opening(NINE)
    assert here.after(HOUR) == Opening(), "and it begins at its time"


def test_a_clock_that_is_put_right_for_good_is_believed_after_a_while() -> None:
    here = Computer(ScheduleGate(Schedule(NINE)), NINE - HOUR)
    here.look()
    assert here.set(HOUR + 60) == Opening(NINE)
    assert here.after(SETTLES) == Opening()
    late = Computer(ScheduleGate(Schedule(NINE)), NINE - HOUR)
    late.look()
    late.set(5 * HOUR)
    assert late.after(SETTLES) == Opening(missed=True), "four hours late: a person is asked"


def test_a_clock_set_back_before_the_start_waits_by_the_new_clock() -> None:
    here = Computer(ScheduleGate(Schedule(NINE)), NINE - 60)
    here.look()
    assert here.set(-DAY) == Opening(NINE)
    assert here.after(60) == Opening(NINE)
    assert here.after(DAY) == Opening()


def test_a_clock_set_back_after_the_start_does_not_let_it_wait_again() -> None:
    here = Computer(ScheduleGate(Schedule(NINE)), NINE - 60)
    here.look()
    here.after(60)
    assert here.set(-3 * HOUR) == Opening()
    assert here.after(1) == Opening()


def test_a_run_that_has_begun_has_no_start_any_more() -> None:
    begun = Computer(ScheduleGate(Schedule(NINE), begun=True), NINE - DAY)
    assert begun.look() == Opening()
    gate = ScheduleGate(Schedule(NINE))
    gate.begun()
    assert gate.look(NINE - DAY, 0.0) == Opening()


def test_hours_hold_a_begun_run_and_a_missed_start_is_no_matter_for_it() -> None:
    gate = ScheduleGate(Schedule(NINE, (540, 1020), (), "UTC"))
    here = Computer(gate, NINE)
    assert here.look() == Opening()
    assert here.after(8 * HOUR) == Opening(NINE + DAY)
    assert here.after(16 * HOUR) == Opening()


@pytest.mark.parametrize(("hours", "missed"), [(0.5, False), (4, True)])
def test_a_sleep_across_the_start(hours: float, missed: bool) -> None:
    here = Computer(ScheduleGate(Schedule(NINE)), NINE - HOUR)
    here.look()
    assert here.sleep((1 + hours) * HOUR) == Opening(NINE), "just awake: the network is not there yet"
    assert here.after(SETTLES) == Opening(missed=missed)


def test_a_worker_that_comes_too_late_asks_at_once() -> None:
    assert ScheduleGate(Schedule(NINE)).look(NINE + 2 * HOUR, 5.0) == Opening(missed=True)
    assert ScheduleGate(Schedule(NINE)).look(NINE + 60, 5.0) == Opening()


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_the_clock_change_moves_no_start_and_no_hours(day: str) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = parse_start(f"{day} 09:00", "Europe/Berlin")
    here = Computer(ScheduleGate(Schedule(None, (540, 1020), (), "Europe/Berlin")), start - 10 * HOUR)
    while here.look().until is not None:
        opening = here.after(60)
        assert not opening.missed
    at = datetime.fromtimestamp(here.wall, berlin)
    assert (at.hour, at.minute) == (9, 0)


def test_small_corrections_are_no_jump() -> None:
    here = Computer(ScheduleGate(Schedule(NINE)), NINE - 10)
    here.look()
    here.set(0.5)
    assert here.after(9.5) == Opening()
