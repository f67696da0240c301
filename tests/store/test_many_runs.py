"""What is asked with ten thousand runs costs what it costs with ten: counted in statements and read in query plans."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import event

from smtpdesk.desk.performance import Performance
from smtpdesk.desk.run_watching import RunWatching
from smtpdesk.desk.threads import StoreThread
from smtpdesk.domain.delivery import LaneChange, LaneEvent, LaneInfo, RunState
from smtpdesk.domain.profile import Identity, Profile, Relay
from smtpdesk.store import Workspace
from tests.store.making import a_run

Statements = list[tuple[str, object]]


@contextmanager
def asked(store: Workspace) -> Iterator[Statements]:
    """The statements that are sent to the database for reading."""
    seen: Statements = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_more: object) -> None:
        if statement != "BEGIN":
            seen.append((statement, values))

    engine = store._database._reader
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def plans(store: Workspace, statements: Statements) -> str:
    with store._database.reading() as connection:
        found = [
            row[3]
            for statement, values in statements
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)  # type: ignore[arg-type]
        ]
    return "\n".join(found)


def fill(store: Workspace, count: int, state: RunState = RunState.RUNNING) -> None:
    """So many more runs with a lane and an event each."""
    there = len(store.runs.all())
    for number in range(there, there + count):
        run = f"run-{number}"
        store.runs.create(replace(a_run(run), digest=f"d{number}"))
        store.runs.set_state(run, state)
        store.runs.set_lanes(run, [LaneInfo("office", "sending")])
        store.performance.add(events=[LaneEvent(run, "office", 1000.0 + number, LaneChange.SLOWER)])


def test_a_profiles_performance_takes_as_many_statements_for_any_number_of_runs(store: Workspace) -> None:
    """Also of one that no run is sent with just now: all of them would have to be looked through for that."""
    store.profiles.save(Profile("office", Relay("mail.example.com", 25), Identity("ana@example.com")))
    performance = Performance(store)
    counts = []
    for more in (3, 40):
        fill(store, more)
        with asked(store) as seen:
            assert asyncio.run(performance.of("office", since=1.0)).lane is not None
            assert performance._lane("backup", None) is None
        counts.append(len(seen))
    assert counts[0] == counts[1] < 15


PLANS: dict[str, tuple[Callable[[Workspace], object], str]] = {
    "events": (lambda store: store.performance.events(profile="office", since=1.0), "lane_events_by_profile"),
    "samples": (lambda store: store.performance.samples("office", since=1.0), "lane_samples_by_profile"),
    "at work": (lambda store: store.runs.at_work(), "runs_by_state"),
    "missed": (lambda store: store.runs.paused_for("schedule.missed"), "runs_by_state"),
    "sending with": (lambda store: store.runs.sending_with("office"), "runs_by_state|lanes_by_profile"),
    "old": (lambda store: store.runs.ended_before(5.0), "runs_by_state"),
    "of a content": (lambda store: store.runs.of_content("d1"), "runs_by_digest"),
    "failures": (lambda store: store.ledger.failures("office", 1.0, 2.0), "attempts_not_accepted"),
}


@pytest.mark.parametrize("name", PLANS)
def test_it_is_found_by_an_index(store: Workspace, name: str) -> None:
    fill(store, 3, RunState.DONE)
    ask, index = PLANS[name]
    with asked(store) as seen:
        ask(store)
    plan = plans(store, seen)
    assert any(name in plan for name in index.split("|")), plan  # which one is for SQLite to say
    assert "SCAN" not in plan, plan
    if name == "events":
        assert "TEMP B-TREE" not in plan, "the newest are read, not all of them sorted"


def test_many_runs_that_are_over_are_counted_with_one_statement(store: Workspace) -> None:
    fill(store, 30, RunState.DONE)
    runs, thread = store.runs.all(), StoreThread()
    watching = RunWatching(store, thread)
    with asked(store) as seen:
        views = asyncio.run(watching.ended_views(runs))
    thread.close()
    assert len(seen) == 1
    assert set(views) == {run.id for run in runs}
    assert views["run-7"].counts == store.ledger.counts("run-7")
