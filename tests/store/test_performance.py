from __future__ import annotations

import pytest

from smtpdesk.base.clock import now
from smtpdesk.base.errors import InputError
from smtpdesk.domain.delivery import LaneChange, LaneEvent, LaneInfo, LaneSample, LaneState
from smtpdesk.store import Workspace
from smtpdesk.store.performance import KEPT_SECONDS
from tests.store.making import a_run

#: A whole multiple of ten seconds, lately.
BASE = now() // 10 * 10 - 1000


def sample(at: float, profile: str = "office", run: str = "run-1", accepted: int = 10, **more: object) -> LaneSample:
    return LaneSample(run, profile, BASE + at, 5.0, 2, accepted, **more)  # type: ignore[arg-type]


@pytest.fixture
def runs(store: Workspace) -> Workspace:
    store.runs.create(a_run("run-1"))
    store.runs.create(a_run("run-2"))
    return store


def test_samples_come_back_by_profile_run_and_time(runs: Workspace) -> None:
    first = sample(5, deferred=1, rejected=2, uncertain=3, allowed=4.5, note="throttled", latency={"mail": 0.25})
    second, third = sample(10, run="run-2"), sample(12, "backup")
    runs.performance.add([third, first])
    runs.performance.add([second])
    assert runs.performance.samples() == [first, second, third]
    assert runs.performance.samples("office") == [first, second]
    assert runs.performance.samples(run="run-1") == [first, third]
    assert runs.performance.samples("office", "run-2") == [second]
    assert runs.performance.samples(since=BASE + 5, until=BASE + 10) == [second]
    with pytest.raises(InputError):
        runs.performance.samples(run="absent")


def test_samples_are_added_up_into_steps(runs: Workspace) -> None:
    runs.performance.add(
        [
            sample(5, accepted=30, latency={"mail": 0.1, "connect": 1.0}),
            sample(10, accepted=10, latency={"mail": 0.5}, rejected=1, allowed=2.0, note="throttled"),
            sample(10, "backup", accepted=1),
            sample(11, run="run-2", accepted=0, latency={"connect": 2.0}),
            sample(12, accepted=3, latency={"connect": 3.0}),
        ]
    )
    first, backup, second = runs.performance.samples(step=10)
    assert (first.run, first.profile, first.at, first.seconds) == ("run-1", "office", BASE + 10, 10.0)
    assert (first.accepted, first.rejected, first.connections) == (40, 1, 2)
    assert (first.allowed, first.note) == (2.0, "throttled")
    assert first.latency == pytest.approx({"mail": (30 * 0.1 + 11 * 0.5) / 41, "connect": 1.0})
    assert (backup.profile, backup.seconds, backup.accepted) == ("backup", 5.0, 1)
    assert (second.run, second.at, second.accepted) == ("", BASE + 20, 3)
    assert second.latency == pytest.approx({"connect": (2.0 + 3 * 3.0) / 4})


def test_events_say_why_and_are_read_by_what_is_newer(runs: Workspace) -> None:
    said = [
        LaneEvent("run-1", "office", BASE, LaneChange.SLOWER, "relay.busy", "421 Slow down", 3.0, BASE + 60),
        LaneEvent("run-2", "office", BASE + 1, LaneChange.FAILED, "sign-in"),
        LaneEvent("run-1", "backup", BASE + 2, LaneChange.BACK),
    ]
    runs.performance.add(events=said)
    kept = runs.performance.events()
    assert [(event.run, event.change, event.cause) for event in kept] == [
        (event.run, event.change, event.cause) for event in said
    ]
    assert (kept[0].said, kept[0].allowed, kept[0].until) == ("421 Slow down", 3.0, BASE + 60)
    assert runs.performance.events("run-1") == [kept[0], kept[2]]
    assert runs.performance.events(profile="office") == kept[:2]
    assert runs.performance.events(limit=2) == kept[1:]
    assert runs.performance.events(after=kept[0].id, limit=1) == [kept[1]]
    assert runs.performance.events(after=kept[2].id) == []


def test_samples_of_a_run_that_is_not_there_are_refused_as_a_whole(runs: Workspace) -> None:
    with pytest.raises(InputError):
        runs.performance.add([sample(1), sample(2, run="absent")])
    assert runs.performance.samples() == []


def test_old_samples_are_removed_when_new_ones_come_but_not_at_each(runs: Workspace) -> None:
    old = [sample(n * 1e-3 - KEPT_SECONDS - 1e5) for n in range(2_500)]
    late = sample(3)
    runs.performance.add([*old, late])
    assert runs.performance.samples() == [late]
    runs.performance.add(old[:1])
    assert len(runs.performance.samples()) == 2
    with Workspace.open(runs.folder) as other:
        other.performance.add([late])
        assert other.performance.samples() == [late, late]


# Lanes of several workers


def test_what_two_workers_do_with_a_profile_is_one_lane(runs: Workspace) -> None:
    first = LaneInfo(
        "office", LaneState.RESTING, "relay.busy", 2, 30, 5.0, 1, 2, 3, 10.0, 20.0, 500, 99.0, {"mail": 0.1}
    )
    second = LaneInfo(
        "office", LaneState.SENDING, "", 3, 10, 2.5, 1, 0, 0, 10.0, None, 490, None, {"mail": 0.5, "body": 1.0}
    )
    other = LaneInfo("backup", LaneState.WAITING)
    runs.runs.set_lanes("run-1", [first, other], "a", at=100.0)
    assert runs.runs.lanes("run-1") == [first, other]
    runs.runs.set_lanes("run-1", [second], "b", at=105.0)
    merged, alone = runs.runs.lanes("run-1")
    assert alone == other
    assert (merged.state, merged.note, merged.until) == ("sending", "relay.busy", None)
    assert (merged.connections, merged.accepted, merged.rate) == (5, 40, 7.5)
    assert (merged.deferred, merged.rejected, merged.uncertain) == (2, 2, 3)
    assert (merged.allowed, merged.full, merged.left_today) == (20.0, None, 490)
    assert merged.latency == pytest.approx({"mail": (36 * 0.1 + 11 * 0.5) / 47, "body": 1.0})


def test_a_silent_worker_is_left_out_beside_one_that_is_heard_and_forgotten_later(runs: Workspace) -> None:
    dead, alive = LaneInfo("office", LaneState.SENDING, accepted=7), LaneInfo("office", LaneState.WAITING)
    runs.runs.set_lanes("run-1", [dead], "a", at=100.0)
    assert runs.runs.lanes("run-1") == [dead]  # it is the last that is known
    runs.runs.set_lanes("run-1", [alive], "b", at=110.0)
    assert runs.runs.lanes("run-1")[0].accepted == 7
    runs.runs.set_lanes("run-1", [alive], "b", at=110.1)
    assert runs.runs.lanes("run-1") == [alive]
    runs.runs.set_lanes("run-1", [], "b", at=111.0)
    assert runs.runs.lanes("run-1") == [dead]
    runs.runs.set_lanes("run-1", [], "b", at=161.0)
    assert runs.runs.lanes("run-1") == []


def test_other_workers_of_a_profile_are_counted_over_all_runs(runs: Workspace) -> None:
    runs.runs.set_lanes("run-1", [LaneInfo("office", "sending"), LaneInfo("backup", "waiting")], "a", at=100.0)
    runs.runs.set_lanes("run-1", [LaneInfo("office", "connecting"), LaneInfo("backup", "paused")], "b", at=101.0)
    runs.runs.set_lanes("run-2", [LaneInfo("office", "waiting")], "a", at=102.0)
    assert runs.runs.sharers("office", 90.0, ("run-1", "a")) == 2
    assert runs.runs.sharers("office", 102.0, ("run-1", "a")) == 1
    assert runs.runs.sharers("office", 90.0, ("run-3", "")) == 3
    assert runs.runs.sharers("backup", 90.0, ("run-1", "a")) == 0
    assert runs.runs.sharers("backup", 90.0, ("run-1", "b")) == 1
