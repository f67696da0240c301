"""Deleting runs and people, by the command line: gone from the disk, and nobody gets a campaign twice for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.campaigns import Program, done, make_campaign, people
from tests.scenarios.test_scheduled import gone, waiting
from tests.servers.scripted import ScriptedServer


@pytest.fixture
def program(workspace: Path) -> Program:
    return Program(workspace)


def holding(folder: Path, words: str) -> list[str]:
    """The files below a folder that hold some words, whatever their capitals."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    return [file.name for file in files if words.lower().encode() in file.read_bytes().lower()]


def test_a_deleted_run_leaves_nobody_behind_and_nobody_gets_it_twice(program: Program, tmp_path: Path) -> None:
    with ScriptedServer() as server:
        program.profile(server.port)
        folder = make_campaign(tmp_path / "c", people(5))
        first = done(program.send(folder))["run"]
        assert (program.workspace / "runs" / first).exists()
        asked = program("runs", "delete", folder)
        assert asked.status == 2 and "--yes" in asked.stderr
        ran = program("runs", "delete", folder, "--yes", "--json")
        assert ran.json[-1] == {"event": "deleted", "runs": 1, "left": 0}, ran
        assert not (program.workspace / "runs" / first).exists()
        assert program("runs", "list", "--json").json == []
        assert program("report", first).status == 2
        assert program("report", folder).status == 2

        again = program.send(folder)
        assert again.status == 0, again
        assert done(again)["accepted"] == 0 and len(server.taken) == 5
        assert done(again)["run"] != first

        make_campaign(folder, [*people(5), {"Email": "new@example.net", "First name": "N", "Order": "9"}])
        program.send(folder, "--only-new")
        assert len(server.taken) == 6
        assert program("runs", "delete", folder, "--all", "--yes").status == 0
        program.send(folder)
        assert len(server.taken) == 6


def test_what_is_scheduled_or_not_finished_is_deleted_only_when_that_is_said(program: Program, tmp_path: Path) -> None:
    folder = make_campaign(tmp_path / "c", people(2), profile="sandbox")
    with waiting(program, folder, "2040-01-02 09:00") as waits:
        refused = program("runs", "delete", folder, "--yes", "--json")
        assert (refused.status, refused.json[-1]["code"]) == (2, "run.unfinished")
        assert program("runs", "delete", folder, "--all", "--yes").status == 1, "it is left"
        assert program("runs", "delete", folder, "--yes", "--unfinished").status == 0
        waits.finish()
    gone(program)
    assert program("schedule", "list", "--json").json[-1]["event"] == "timer"
    assert program("runs", "list", "--json").json == []


def test_what_is_being_sent_is_never_deleted(program: Program, tmp_path: Path) -> None:
    with ScriptedServer() as server:
        program.profile(server.port, "--rate", "2/s")
        folder = make_campaign(tmp_path / "c", people(60))
        with program.start("send", folder, "--yes", "--json") as send:
            server.wait(lambda it: len(it.taken) >= 2, 60)
            refused = program("runs", "delete", folder, "--yes", "--unfinished", "--json")
            assert (refused.status, refused.json[-1]["code"]) == (2, "run.at-work")
            send.interrupt()
            send.finish()


def test_one_person_is_erased_from_everything(program: Program, tmp_path: Path) -> None:
    folder = make_campaign(tmp_path / "c", people(3), profile="sandbox")
    program("list", "import", folder / "recipients.csv", "--name", "Customers")
    assert done(program.send(folder))["accepted"] == 3
    before = program("report", folder, "--json").json[-1]
    assert holding(program.workspace, "person2@example.net")
    assert program("erase", "person2@example.net").status == 2, "nobody was asked"
    ran = program("erase", "Person2@Example.net", "--yes", "--no-suppress", "--json")
    said = ran.json[-1]
    assert ran.status == 0 and said["deliveries"] == 1 and said["rows"] >= 1, ran
    assert said["files"] >= 1, "the sandbox kept a message"
    assert said["sources"] == ["recipients.csv", str(folder / "recipients.csv")], "of the list, of the campaign"
    assert said["clean"] is True
    assert holding(program.workspace, "person2@example") == []
    assert holding(program.workspace, "person1@example") != []
    after = program("report", folder, "--json").json[-1]
    assert {**after, "event": ""} == {**before, "event": ""}, "the counts are as they were"
    assert done(program.send(folder))["accepted"] == 2, "it was a rehearsal; who is erased is not in the next one"
    assert program("erase", "nobody", "--yes").status == 2


def test_old_runs_go_by_a_rule_that_is_off_at_first(program: Program, tmp_path: Path) -> None:
    folder = make_campaign(tmp_path / "c", people(2), profile="sandbox")
    program.send(folder)
    assert program("runs", "keep", "--json").json[-1] == {"event": "keep", "months": 0, "deleted": 0}
    assert program("runs", "keep", "12", "--json").json[-1] == {"event": "keep", "months": 12, "deleted": 0}
    assert program("runs", "keep", "soon").status == 2
    assert len(program("runs", "list", "--json").json) == 1
