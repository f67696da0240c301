"""Never mail holds at once: for who is put there while a campaign waits, is paused, is tried again or being sent."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.scenarios.campaigns import Program, done, make_campaign, people
from tests.servers.proc import wait_until
from tests.servers.scripted import ScriptedServer, hold, say


@pytest.fixture
def program(workspace: Path) -> Program:
    return Program(workspace)


def got(server: ScriptedServer) -> set[str]:
    return {taken.recipients[0] for taken in server.accepted()}


def test_while_paused(program: Program, scripted: ScriptedServer, tmp_path: Path) -> None:
    program.profile(scripted.port)
    folder = make_campaign(tmp_path / "spring", [*people(6), *people(3, "other.example")])
    assert done(program.send(folder, "--limit", "2"))["accepted"] == 2
    assert program("suppression", "add", "PERSON5@example.net", "other.example").status == 0
    ran = program.send(folder)
    assert (done(ran)["accepted"], done(ran)["skipped"], ran.status) == (5, 4, 0), ran
    assert got(scripted) == {f"person{n}@example.net" for n in (1, 2, 3, 4, 6)}
    report = program.report(folder)
    assert report["person5@example.net"]["cause"] == "suppressed"


def test_while_deferred_and_in_a_retry(program: Program, scripted: ScriptedServer, tmp_path: Path) -> None:
    program.profile(scripted.port, "--max-connections", "1")
    folder = make_campaign(tmp_path / "spring", people(4))
    toml = folder / "campaign.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8").replace('"1s"', '"10m"'), encoding="utf-8"
    )  # nobody is tried twice
    scripted.on("rcpt", say("451 4.3.0 later"), times=2)
    scripted.on("rcpt", say("550 5.1.1 no"), times=1)
    ran = program.send(folder, "--patience", "0")
    waiting = {row["address"]: row["state"] for row in program.report(folder).values() if row["state"] != "accepted"}
    assert len(waiting) == 3, ran
    assert program("suppression", "add", *waiting).status == 0
    again = program("retry", done(ran)["run"], "--json")
    assert again.status == 0, again
    assert again.json[0]["suppressed"] == 3
    assert len(scripted.taken) == 1
    states = {row["address"]: row["state"] for row in program.report(folder).values()}
    assert sorted(states[address] for address in waiting) == ["rejected", "skipped", "skipped"]


def test_while_being_sent_what_waits_in_the_lane_is_asked_about_again(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    gate = threading.Event()
    program.profile(scripted.port, "--max-connections", "1")
    folder = make_campaign(tmp_path / "spring", people(60))
    scripted.on("body", hold(gate), after=3, times=1)
    with program.start("send", folder, "--yes", "--json") as send:
        try:
            scripted.wait(lambda server: server.count("body") == 4)
            assert program("suppression", "add", "person40@example.net").status == 0
            wait_until(
                lambda: program.report(folder)["person40@example.net"]["state"] == "skipped", 30, "it is skipped"
            )
        finally:
            gate.set()
        ran = send.finish()
    assert (done(ran)["accepted"], done(ran)["skipped"]) == (59, 1), ran
    assert "person40@example.net" not in got(scripted)


def test_the_check_and_the_question_count_whom_will_be_mailed(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port)
    folder = make_campaign(tmp_path / "spring", people(5))
    assert program("suppression", "add", "person2@example.net").status == 0
    ran = program("check", folder, "--json")
    assert (ran.json[-1]["ready"], ran.json[-1]["rows"]) == (4, 5), ran
    assert "4 of 5 rows can be mailed" in program("check", folder).stdout
