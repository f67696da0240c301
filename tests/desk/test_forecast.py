"""How long the rest takes: a table of cases, and that it is what a simulation by the second finds."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smtpdesk.desk.forecast import Budget, Forecaster, time_left, time_needed
from smtpdesk.domain.delivery import Counts, LaneInfo
from smtpdesk.domain.profile import Identity, Limits, Profile, Relay
from smtpdesk.domain.schedule import Schedule
from smtpdesk.store import Workspace

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC).timestamp()
HOUR, DAY = 3600.0, 86_400.0
OFFICE_HOURS = Schedule(hours=(8 * 60, 10 * 60), timezone="UTC")


def lane(rate: float = 0.0, state: str = "sending", **more: object) -> LaneInfo:
    return LaneInfo("a", state, rate=rate, **more)  # type: ignore[arg-type]


def budget(used: tuple[tuple[float, float], ...] = (), **limits: int) -> Budget:
    return Budget(Limits(**limits), used)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("people", "lanes", "limits", "schedule", "seconds"),
    [
        pytest.param(0, [lane(1.0)], {}, None, 0, id="nobody is open"),
        pytest.param(100, [], {}, None, None, id="nothing is known"),
        pytest.param(100, [lane(0.0, "connecting")], {}, None, None, id="it only connects"),
        pytest.param(100, [lane(2.0)], {}, None, 50, id="at the rate it has"),
        pytest.param(100, [lane(9.0, allowed=2.0)], {}, None, 50, id="it was just slowed down"),
        pytest.param(100, [lane(0.0, "connecting")], {"a": budget(rate=2)}, None, 50, id="at the rate it may have"),
        pytest.param(100, [lane(2.0), LaneInfo("b", "sending", rate=3.0)], {}, None, 20, id="two together"),
        pytest.param(100, [lane(2.0), LaneInfo("b", "paused", rate=3.0)], {}, None, 50, id="one is paused"),
        pytest.param(100, [lane(0.0, "paused")], {"a": budget(rate=2)}, None, None, id="the only one is paused"),
        pytest.param(100, [lane(0, "resting", allowed=2.0, until=NOW + 60)], {}, None, 110, id="it rests a minute"),
        pytest.param(
            100,
            [lane(2.0), LaneInfo("b", "resting", allowed=3.0, until=NOW + 20)],
            {},
            None,
            32,
            id="another one joins in 20 seconds",
        ),
        pytest.param(600, [lane(10.0)], {"a": budget(hourly=500)}, None, HOUR + 10, id="the hour is used up between"),
        pytest.param(100, [lane(10.0)], {"a": budget(daily=500)}, None, 10, id="the day has room enough"),
        pytest.param(
            100,
            [lane(10.0)],
            {"a": budget(((NOW - 1800, 450),), hourly=500)},
            None,
            1800 + 5,
            id="most of the hour is used already",
        ),
        pytest.param(
            20,
            [lane(0, "limit", until=NOW + 7 * HOUR)],
            {"a": budget(((NOW - 17 * HOUR, 300),), daily=300)},
            None,
            7 * HOUR,
            id="the day is used up",
        ),
        pytest.param(2500, [lane(10.0)], {"a": budget(daily=1000)}, None, 2 * DAY + 50, id="three days"),
        pytest.param(
            1600, [lane(10.0)], {"a": budget(per_minute=60, hourly=1000)}, None, HOUR + 540 + 6, id="two windows"
        ),
        pytest.param(100, [lane(1.0)], {}, Schedule(), 100, id="a schedule that says nothing"),
        pytest.param(3600, [lane(1.0)], {}, OFFICE_HOURS, 3600, id="within today's hours"),
        pytest.param(3700, [lane(1.0)], {}, OFFICE_HOURS, 23 * HOUR + 100, id="the last of it tomorrow at eight"),
        pytest.param(
            14_400,
            [lane(1.0)],
            {"a": budget(daily=4000)},
            OFFICE_HOURS,
            3 * DAY + 2400,
            id="hours and a daily limit",
        ),
        pytest.param(10**9, [lane(0.1)], {}, OFFICE_HOURS, None, id="beyond what anybody wants to know"),
    ],
)
def test_the_time_left(
    people: int,
    lanes: list[LaneInfo],
    limits: dict[str, Budget],
    schedule: Schedule | None,
    seconds: float | None,
) -> None:
    counts = Counts(total=people + 5, pending=people, accepted=5)
    found = time_left(counts, lanes, limits, schedule, NOW)
    assert found == (None if seconds is None else pytest.approx(seconds, rel=0.002, abs=1.5))


def simulated(count: int, rate: float, windows: list[tuple[int, float]], used: list[tuple[float, float]]) -> float:
    """Send greedily, a message at a time: seconds until the last one."""
    sent = deque(at - NOW for at, many in used for _each in range(int(many)))
    at = 0.0
    for _message in range(count):
        for most, seconds in windows:
            if len(sent) >= most:
                at = max(at, sent[-most] + seconds)
        sent.append(at)
        at += 1 / rate
    return sent[-1]


@pytest.mark.parametrize("count", [10, 90, 400, 1500, 4000])
@pytest.mark.parametrize(
    "used",
    [
        [],
        [(NOW - 3000, 80.0), (NOW - 1000, 40.0), (NOW - 30, 10.0)],
        [(NOW - 80_000, 300.0), (NOW - 40_000, 300.0), (NOW - 3500, 100.0), (NOW - 100, 60.0)],
    ],
    ids=["fresh", "a busy hour", "a busy day"],
)
def test_a_sending_message_by_message_takes_as_long(count: int, used: list[tuple[float, float]]) -> None:
    limits = Limits(rate=2, per_minute=30, hourly=200, daily=900)
    counts = Counts(total=count, pending=count)
    found = time_left(counts, [lane()], {"a": Budget(limits, tuple(used))}, None, NOW)
    assert found == pytest.approx(simulated(count, 2, list(limits.windows), used), rel=0.03, abs=20)


def test_before_it_begins_the_same_arithmetic_answers() -> None:
    limited, free = budget(rate=2, daily=1000), budget()
    assert time_needed(600, [limited], None, NOW) == pytest.approx(300, abs=1)
    assert time_needed(600, [limited, free], None, NOW) is None
    assert time_needed(600, [budget(daily=300)], None, NOW) == pytest.approx(DAY, abs=20)


def test_what_is_used_comes_from_the_ledger(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "workspace") as store:
        store.profiles.save(Profile("a", Relay("smtp.example.com", 587), Identity(), limits=Limits(rate=1, hourly=9)))
        forecaster = Forecaster(store)
        assert forecaster.left("r1", Counts(total=5, pending=5), [lane()], now=NOW) == pytest.approx(5, abs=1)
        gone = LaneInfo("gone", "sending", rate=5.0)
        assert forecaster.left("r1", Counts(total=5, pending=5), [gone], now=NOW) == pytest.approx(1, abs=0.2)
