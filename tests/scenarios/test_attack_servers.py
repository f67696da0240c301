"""Servers that want to keep us waiting, lie or never come back: the program says so, and ends in time."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import psutil
import pytest

from tests.scenarios.campaigns import Program, done, make_campaign, people
from tests.scenarios.settled import settled
from tests.servers.certificates import Authority
from tests.servers.scripted import ScriptedServer, hold, say


@pytest.fixture
def program(workspace: Path) -> Program:
    return Program(workspace)


@pytest.mark.parametrize("stage", ["greeting", "body"])
def test_a_server_that_says_421_for_ever_is_not_waited_for_longer_than_the_patience(
    program: Program, scripted: ScriptedServer, tmp_path: Path, stage: str
) -> None:
    program.profile(scripted.port)
    folder = make_campaign(tmp_path / "spring", people(6))
    scripted.on(stage, say("421 4.3.2 shutting down", then_drop=True))
    ran = program.send(folder, "--patience", "0")
    assert ran.status == 4, ran
    assert (done(ran)["state"], done(ran)["note"]) == ("paused", "relay.busy"), ran
    assert done(ran)["pending"] + done(ran)["deferred"] == 6
    scripted.forget()
    assert done(program.send(folder))["accepted"] == 6
    assert len(scripted.accepted()) == 6
    settled(program, scripted)


def test_patience_ends_also_after_some_were_accepted(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port, "--max-connections", "1")
    folder = make_campaign(tmp_path / "spring", people(6))
    scripted.on("mail", say("421 4.3.2 shutting down", then_drop=True), after=2)
    ran = program.send(folder, "--patience", "0")
    assert (ran.status, done(ran)["accepted"], done(ran)["note"]) == (1, 2, "relay.busy"), ran
    settled(program, scripted)


def test_certificates_that_vanished_stop_the_sending_and_say_so(
    program: Program, ca: Authority, tmp_path: Path
) -> None:
    own = tmp_path / "office.pem"
    shutil.copy(ca.ca_file, own)
    with ScriptedServer(tls=ca.trusted()) as server:
        program.profile(server.port, "--ca-file", own, security="tls")
        folder = make_campaign(tmp_path / "spring", people(3))
        own.unlink()
        ran = program.send(folder)
        assert (ran.status, done(ran)["note"]) == (4, "profile.ca-file"), ran
        assert server.connections == 0
        shutil.copy(ca.ca_file, own)
        assert done(program.send(folder))["accepted"] == 3


def test_a_password_from_the_environment_goes_to_the_worker_by_the_pipe_alone(program: Program, tmp_path: Path) -> None:
    password = "hunter2-geheim"
    gate = threading.Event()
    program.env["SMTPDESK_PASSWORD_OFFICE"] = password
    with ScriptedServer(users={"ana": password}) as server:
        program.profile(server.port, "--username", "ana")
        folder = make_campaign(tmp_path / "spring", people(2))
        server.on("mail", hold(gate))
        with program.start("send", folder, "--yes", "--json") as send:
            server.wait(lambda it: it.count("mail") == 1)
            (worker,) = psutil.Process(send.pid).children()
            shown = [*worker.cmdline(), *worker.environ().values()]
            gate.set()
            ran = send.finish()
    assert done(ran)["accepted"] == 2, ran
    assert not any(password in text for text in shown)


def test_a_profile_named_twice_keeps_its_limits(program: Program, scripted: ScriptedServer, tmp_path: Path) -> None:
    program.profile(scripted.port, "--max-connections", "1")
    folder = make_campaign(tmp_path / "spring", people(30), profile='office", "office')
    ran = program.send(folder)
    assert (ran.status, done(ran)["accepted"]) == (0, 30), ran
    assert scripted.open_most == 1
    settled(program, scripted)


def test_a_waiting_time_that_is_none_is_said_and_nothing_is_sent(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port)
    folder = make_campaign(tmp_path / "spring", people(2))
    ran = program("send", folder, "--yes", env={"SMTPDESK_ANSWER_TIMEOUT": "soon"})
    assert ran.status in {2, 4}, ran
    assert "SMTPDESK_ANSWER_TIMEOUT" in ran.stderr, ran
    assert scripted.connections == 0
