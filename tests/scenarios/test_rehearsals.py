"""What the sandbox carried was a rehearsal: it neither counts for a real sending, nor is one asked about for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.campaigns import HTML, Program, done, make_campaign, people
from tests.servers.acts import say
from tests.servers.scripted import ScriptedServer

CHANGED = HTML.replace("is ready", "is ready now")


@pytest.fixture
def program(workspace: Path, scripted: ScriptedServer) -> Program:
    program = Program(workspace)
    program.profile(scripted.port)
    return program


@pytest.mark.parametrize("html", [HTML, CHANGED], ids=["same", "changed"])
def test_a_rehearsal_does_not_count_for_the_real_sending(
    program: Program, scripted: ScriptedServer, tmp_path: Path, html: str
) -> None:
    folder = make_campaign(tmp_path / "c", people(4), profile="sandbox")
    assert done(program.send(folder))["accepted"] == 4
    make_campaign(folder, people(4), html=html)
    sent = program.send(folder)
    assert (sent.status, done(sent)["accepted"], done(sent)["skipped"]) == (0, 4, 0), sent
    assert done(program.send(folder))["skipped"] == 4, "a real one counts"
    assert len(scripted.taken) == 4


def test_a_rehearsal_asks_about_nobody_and_changes_nothing_for_the_real_one(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    folder = make_campaign(tmp_path / "c", people(3))
    assert done(program.send(folder))["accepted"] == 3
    make_campaign(folder, people(4), html=CHANGED)
    for _time in range(2):
        rehearsed = program.send(folder, "--profile", "sandbox")
        assert (rehearsed.status, done(rehearsed)["accepted"]) == (0, 4), rehearsed
    refused = program.send(folder)
    assert (refused.status, refused.json[-1]["code"]) == (2, "campaign.sent-before"), refused
    assert "3 people" in refused.json[-1]["error"], refused
    assert done(program.send(folder, "--only-new"))["accepted"] == 1
    assert len(scripted.taken) == 4


def test_a_run_that_began_in_the_sandbox_counts_for_what_was_sent(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    folder = make_campaign(tmp_path / "c", people(5), profile="sandbox")
    assert done(program.send(folder, "--limit", "2"))["accepted"] == 2
    assert done(program.send(folder, "--profile", "office"))["accepted"] == 5
    assert len(scripted.taken) == 3
    make_campaign(folder, people(5))
    rest = program.send(folder)
    assert (done(rest)["accepted"], done(rest)["skipped"]) == (2, 3), rest
    assert len({taken.recipients[0] for taken in scripted.taken}) == len(scripted.taken) == 5


def test_what_a_server_was_given_first_is_never_a_rehearsal(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    scripted.on("rcpt", say("451 4.3.0 try again later"), times=9)
    folder = make_campaign(tmp_path / "c", people(3))
    assert done(program.send(folder, "--limit", "1", "--patience", "0"))["accepted"] == 0
    program.send(folder, "--profile", "sandbox")
    make_campaign(folder, people(3), html=CHANGED)
    refused = program.send(folder)
    assert (refused.status, refused.json[-1]["code"]) == (2, "campaign.sent-before"), refused
    assert "1 person" in refused.json[-1]["error"], refused
