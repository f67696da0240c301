"""Scheduled means scheduled: what ends a waiting worker, who starts it again, and clocks that lie meanwhile."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from smtpdesk.domain.delivery import RunState
from tests.scenarios.campaigns import Program, done, make_campaign, people
from tests.scenarios.test_never_twice import the_worker, workers
from tests.scenarios.test_outside import faketime
from tests.servers.proc import Running, wait_until
from tests.servers.scripted import ScriptedServer

DAY = 86_400


@pytest.fixture
def program(workspace: Path) -> Program:
    return Program(workspace)


@pytest.fixture
def lying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The clock of every process that is started from here on: its file says by how much it is wrong."""
    clock = tmp_path / "clock"
    clock.write_text("+0\n")
    monkeypatch.setenv("LD_PRELOAD", faketime())
    monkeypatch.setenv("FAKETIME_TIMESTAMP_FILE", str(clock))
    monkeypatch.setenv("FAKETIME_CACHE_DURATION", "1")
    monkeypatch.setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1")
    return clock


def scheduled(program: Program) -> list[dict[str, object]]:
    ran = program("schedule", "list", "--json")
    assert ran.status == 0, ran
    return [item for item in ran.json if item["event"] == "scheduled"]


def in_seconds(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time.time() + seconds))


def waiting(program: Program, folder: Path, at: str) -> Running:
    waits = program.start("send", folder, "--yes", "--json", "--at", at)
    waits.wait_for('"state": "hours"')
    return waits


def worker(program: Program) -> int:
    return the_worker(program.workspace).pid


def gone(program: Program) -> None:
    """Until no worker has a run."""
    wait_until(lambda: not workers(program.workspace), 30, "the worker's end")


@pytest.mark.parametrize("ended_by", [signal.SIGHUP, signal.SIGKILL])
def test_whatever_ends_the_worker_it_stays_scheduled_and_waits_again(
    program: Program, tmp_path: Path, ended_by: signal.Signals
) -> None:
    folder = make_campaign(tmp_path / "c", people(2), profile="sandbox")
    with waiting(program, folder, "2040-01-02 09:00") as waits:
        os.kill(worker(program), ended_by)
        ran = waits.finish()
    assert done(ran)["state"] == "scheduled", ran
    assert ran.status == 0
    gone(program)
    (item,) = scheduled(program)
    assert (item["state"], item["recipients"]) == ("scheduled", 2)
    assert str(item["starts"]).startswith("2040-01-02T")
    assert worker(program), "the command has started one again"
    assert program("schedule", "cancel", folder).status == 0
    gone(program)
    assert scheduled(program) == []


def test_the_end_of_the_command_is_no_pause(program: Program, tmp_path: Path) -> None:
    folder = make_campaign(tmp_path / "c", people(2), profile="sandbox")
    with waiting(program, folder, "2040-01-02 09:00") as waits:
        os.kill(waits.process.pid, signal.SIGTERM)
        ran = waits.finish()
    assert (ran.status, done(ran)["state"]) == (0, "scheduled"), ran
    assert worker(program), "it waits on"
    program("schedule", "cancel", folder)
    gone(program)


def test_a_run_that_a_person_paused_stays_paused(program: Program, tmp_path: Path) -> None:
    folder = make_campaign(tmp_path / "c", people(2), profile="sandbox")
    with waiting(program, folder, "2040-01-02 09:00") as waits:
        waits.interrupt()
        assert done(waits.finish())["state"] == "paused"
    gone(program)
    assert scheduled(program) == []
    gone(program)


def test_what_is_scheduled_is_told_changed_and_sent_by_the_systems_command(program: Program, tmp_path: Path) -> None:
    rows = [*people(3), {"Email": "no address", "First name": "X", "Order": "1"}]
    folder = make_campaign(tmp_path / "c", rows, profile="sandbox")
    with waiting(program, folder, "2040-01-02 09:00") as waits:
        os.kill(worker(program), signal.SIGKILL)
        waits.finish()
    gone(program)
    said = program("schedule", "run", "--json")
    assert (said.status, said.json) == (0, []), "it is not due"
    report = program("report", folder)
    assert "Scheduled for" in report.stdout and "2040" in report.stdout, report
    assert "schedule change" in report.stdout
    ran = program("schedule", "change", folder, "--at", "2041-03-04 10:00", "--timezone", "UTC", "--json")
    assert ran.json[-1]["starts"] == "2041-03-04T10:00:00Z", ran
    last = program("report", folder, "--json").json[-1]
    assert (last["state"], last["starts"]) == ("scheduled", "2041-03-04T10:00:00Z")
    os.kill(worker(program), signal.SIGKILL)
    gone(program)
    assert program("schedule", "change", folder).status == 2
    sent = program("schedule", "change", folder, "--now", "--json")
    assert sent.status == 0, sent
    gone(program)
    assert program("report", folder, "--json").json[-1]["accepted"] == 3
    begun = program("schedule", "cancel", folder, "--json")
    assert (begun.status, begun.json[-1]["code"]) == (2, "schedule.begun")


def test_the_systems_command_sends_what_is_due_and_stays_until_that_is_done(program: Program, tmp_path: Path) -> None:
    folder = make_campaign(tmp_path / "c", people(3), profile="sandbox")
    with waiting(program, folder, in_seconds(15)) as waits:
        os.kill(worker(program), signal.SIGKILL)
        waits.finish()
    gone(program)
    ran = program("schedule", "run", "--json")
    assert [item["event"] for item in ran.json] == ["started", "ended"], ran
    assert program("report", folder, "--json").json[-1]["accepted"] == 3


def test_seconds_of_a_wrong_clock_neither_begin_nor_miss_a_run(program: Program, tmp_path: Path, lying: Path) -> None:
    with ScriptedServer() as server:
        program.profile(server.port)
        folder = make_campaign(tmp_path / "c", people(2))
        with waiting(program, folder, in_seconds(DAY)) as waits:
            pid = worker(program)
            for said in ("+3d", "+0", "+400d", "+0"):
                lying.write_text(f"{said}\n")
                time.sleep(4)  # the clock is wrong for so long: that is the case
            assert worker(program) == pid
            waits.interrupt()
            last = done(waits.finish())
    assert (last["state"], last["note"], last["accepted"]) == ("paused", "", 0)


def test_a_clock_set_back_in_a_begun_run_does_not_let_it_wait_for_its_start_again(
    program: Program, tmp_path: Path, lying: Path
) -> None:
    with ScriptedServer() as server:
        program.profile(server.port, "--rate", "3/s")
        folder = make_campaign(tmp_path / "c", people(20))
        with waiting(program, folder, in_seconds(18)) as waits:
            server.wait(lambda it: len(it.taken) >= 3, 60)
            lying.write_text("-3d\n")
            ran = waits.finish()
        assert (done(ran)["state"], done(ran)["accepted"]) == (RunState.DONE, 20), ran


def test_a_killed_worker_of_a_begun_run_does_not_wait_for_its_start_again(
    program: Program, tmp_path: Path, lying: Path
) -> None:
    with ScriptedServer() as server:
        program.profile(server.port, "--rate", "3/s")
        folder = make_campaign(tmp_path / "c", people(20))
        with waiting(program, folder, in_seconds(18)) as waits:
            server.wait(lambda it: len(it.taken) >= 3, 60)
            os.kill(worker(program), signal.SIGKILL)
            waits.finish()
        lying.write_text("-3d\n")
        ended = done(program.send(folder))
        assert (ended["state"], ended["accepted"] + ended["uncertain"]) == (RunState.DONE, 20), ended


def test_json_says_scheduled(program: Program, tmp_path: Path) -> None:
    folder = make_campaign(tmp_path / "c", people(2), profile="sandbox")
    with waiting(program, folder, "2040-01-02 09:00") as waits:
        said = [json.loads(words) for words in waits.said().splitlines() if words.startswith("{")]
        program("schedule", "cancel", folder)
        waits.finish()
    event = next(item for item in said if item["event"] == "scheduled")
    assert event["state"] == "scheduled" and str(event["starts"]).endswith("Z")
    progress = [item for item in said if item["event"] == "progress"]
    assert progress[-1]["state"] == "scheduled" and progress[-1]["starts"] == event["starts"]
