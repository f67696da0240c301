"""Never twice, never lost: crashes, hang-ups and second thoughts, each a story with a real worker process."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.scenarios.campaigns import Program, addresses, done, make_campaign, people
from tests.scenarios.settled import settled
from tests.servers.proc import wait_until
from tests.servers.scripted import ScriptedServer, drop, hang, hold, say


@pytest.fixture
def program(workspace: Path) -> Iterator[Program]:
    yield Program(workspace)
    for worker in workers(workspace):
        worker.kill()
        worker.wait(10)


def workers(workspace: Path) -> list[psutil.Process]:
    """The worker processes of a workspace, whoever started them."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = process.info["cmdline"] or []
        if "smtpdesk.worker" in line and str(workspace) in line:
            found.append(process)
    return found


def the_worker(workspace: Path) -> psutil.Process:
    return wait_until(lambda: next(iter(workers(workspace)), None), 30, "a worker process")


def test_hang_up_after_the_final_dot_is_uncertain_and_only_a_person_sends_it_again(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port, "--max-connections", "1")
    folder = make_campaign(tmp_path / "spring", people(4))
    scripted.on("body", drop(), times=1, after=1)
    ran = program.send(folder)
    assert ran.status == 1, ran
    assert (done(ran)["accepted"], done(ran)["uncertain"]) == (3, 1)
    (doubtful,) = [item for item in program.report(folder).values() if item["state"] == "uncertain"]
    assert len(scripted.taken) == 4
    settled(program, scripted)

    again = program.send(folder)
    assert len(scripted.taken) == 4, "sending again does not touch an uncertain message"
    assert (again.status, done(again)["uncertain_before"]["uncertain"]) == (1, 1), "nobody says that all have it"

    retried = program("retry", done(ran)["run"], "--only", "uncertain", "--json")
    assert retried.status == 0, retried
    assert len(scripted.taken) == 5
    assert scripted.taken[-1].recipients == (doubtful["address"],)


def test_kill_9_of_the_terminal_leaves_the_worker_sending(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    gate = threading.Event()
    program.profile(scripted.port, "--max-connections", "1")
    folder = make_campaign(tmp_path / "spring", people(30))
    scripted.on("body", hold(gate), after=3, times=1)
    with program.start("send", folder, "--yes", "--json") as send:
        scripted.wait(lambda server: server.count("body") == 4)
        send.kill()
        send.process.wait(10)
    second = program.send(folder)
    gate.set()
    assert second.status == 2, second
    assert second.json[-1]["code"] == "sending.running"
    wait_until(lambda: len(scripted.accepted()) == 30, 30, "all messages although the terminal is gone")
    wait_until(lambda: not workers(program.workspace), 30, "the worker's end")
    assert sorted(taken.recipients[0] for taken in scripted.taken) == sorted(addresses(people(30)))
    settled(program, scripted)


def test_ctrl_c_pauses_in_order_and_the_same_command_goes_on(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port, "--rate", "20/s")
    folder = make_campaign(tmp_path / "spring", people(40))
    with program.start("send", folder, "--yes", "--json") as send:
        scripted.wait(lambda server: len(server.taken) >= 5)
        send.interrupt()
        first = send.finish()
    assert first.status == 130, first
    assert done(first)["state"] == "paused"
    assert done(first)["uncertain"] == 0
    assert done(first)["accepted"] == len(scripted.accepted()) < 40
    second = program.send(folder)
    assert (second.status, done(second)["accepted"]) == (0, 40), second
    assert sorted(taken.recipients[0] for taken in scripted.taken) == sorted(addresses(people(40)))
    settled(program, scripted)


def test_sigterm_of_the_worker_pauses_in_order(program: Program, scripted: ScriptedServer, tmp_path: Path) -> None:
    program.profile(scripted.port, "--rate", "20/s")
    folder = make_campaign(tmp_path / "spring", people(30))
    with program.start("send", folder, "--yes", "--json") as send:
        scripted.wait(lambda server: len(server.taken) >= 3)
        os.kill(the_worker(program.workspace).pid, signal.SIGTERM)
        first = send.finish()
    assert done(first)["state"] == "paused", first
    assert done(first)["uncertain"] == 0
    assert done(program.send(folder))["accepted"] == 30
    assert len(scripted.taken) == 30
    settled(program, scripted)


def test_a_finished_campaign_is_not_sent_again_unless_asked(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port)
    rows = people(3)
    folder = make_campaign(tmp_path / "spring", rows)
    assert program.send(folder).status == 0
    again = program.send(folder)
    assert (again.status, done(again)["skipped"]) == (0, 3), again
    assert len(scripted.taken) == 3

    make_campaign(folder, [*rows, {"Email": "new@example.net", "First name": "New", "Order": "9"}])
    more = program.send(folder)
    assert (done(more)["accepted"], done(more)["skipped"]) == (1, 3), more
    assert scripted.taken[-1].recipients == ("new@example.net",)

    meant = program.send(folder, "--again")
    assert done(meant)["accepted"] == 4, meant
    assert len(scripted.taken) == 8


def test_limit_sends_a_part_and_the_next_command_the_rest(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port)
    folder = make_campaign(tmp_path / "spring", people(10))
    first = program.send(folder, "--limit", "4")
    assert first.status == 0, first
    assert (done(first)["accepted"], done(first)["pending"]) == (4, 6)
    assert len(scripted.taken) == 4
    second = program.send(folder)
    assert (second.status, done(second)["accepted"]) == (0, 10), second
    assert sorted(taken.recipients[0] for taken in scripted.taken) == sorted(addresses(people(10)))
    settled(program, scripted)


def test_a_changed_message_does_not_silently_continue_an_unfinished_run(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port)
    folder = make_campaign(tmp_path / "spring", people(6))
    assert done(program.send(folder, "--limit", "2"))["accepted"] == 2
    make_campaign(folder, people(6), html="<p>Another text for {{ first_name }}</p>")
    refused = program.send(folder)
    assert (refused.status, refused.json[-1]["code"]) == (2, "sending.unfinished"), refused
    assert len(scripted.taken) == 2
    finished = program.send(folder, "--continue")
    assert done(finished)["accepted"] == 6
    assert not any(b"Another text" in taken.raw for taken in scripted.taken)
    settled(program, scripted)


def test_two_workers_never_have_the_same_run(program: Program, scripted: ScriptedServer, tmp_path: Path) -> None:
    gate = threading.Event()
    program.profile(scripted.port, "--max-connections", "1")
    folder = make_campaign(tmp_path / "spring", people(20))
    scripted.on("body", hold(gate), after=2, times=1)
    with program.start("send", folder, "--yes", "--json") as send:
        scripted.wait(lambda server: server.count("body") == 3)
        second = program.send(folder)
        gate.set()
        assert second.status == 2, second
        ran = send.finish()
    assert done(ran)["accepted"] == 20
    assert len(scripted.taken) == 20
    settled(program, scripted)


def test_a_server_that_restarts_in_the_middle_costs_no_message(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port, "--max-connections", "1")
    folder = make_campaign(tmp_path / "spring", people(12))
    scripted.on("mail", say("421 4.3.2 restarting", then_drop=True), times=1, after=5)
    scripted.on("connect", drop(), times=1, after=1)
    ran = program.send(folder)
    assert (ran.status, done(ran)["accepted"]) == (0, 12), ran
    assert sorted(taken.recipients[0] for taken in scripted.taken) == sorted(addresses(people(12)))
    settled(program, scripted)


def test_a_hang_up_in_the_envelope_is_sent_again_by_itself(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port, "--max-connections", "1")
    folder = make_campaign(tmp_path / "spring", people(5))
    scripted.on("rcpt", drop(), times=1, after=2)
    ran = program.send(folder)
    assert (ran.status, done(ran)["accepted"]) == (0, 5), ran
    assert len(scripted.taken) == 5
    settled(program, scripted)


def test_pause_while_the_answer_is_outstanding_keeps_the_row_truthful(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    gate = threading.Event()
    program.profile(scripted.port, "--max-connections", "1", "--rate", "6/min")
    folder = make_campaign(tmp_path / "spring", people(3))
    scripted.on("body", hold(gate), times=1)
    with program.start("send", folder, "--yes", "--json") as send:
        scripted.wait(lambda server: server.count("body") == 1)
        send.interrupt()
        gate.set()
        ran = send.finish()
    assert ran.status == 130, ran
    assert done(ran)["accepted"] == 1
    assert done(ran)["uncertain"] == 0
    settled(program, scripted)


def test_whom_a_dead_worker_was_sending_to_is_not_waited_for_without_end(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    """The same message from a copy of the folder; what the first run had in hand is decided by the second's worker."""
    program.profile(scripted.port, "--max-connections", "2")
    first, second = (make_campaign(tmp_path / name, people(6)) for name in ("spring", "copy"))
    scripted.on("body", hang(), times=1)
    with program.start("send", first, "--yes", "--json") as dying:
        scripted.wait(lambda it: it.taken, 30)
        dead = the_worker(program.workspace)
        with program.start("send", second, "--yes", "--json", "--only-new") as going:
            wait_until(lambda: len(workers(program.workspace)) == 2, 30, "the second worker")
            going.wait_for('"event": "progress"')
            dying.process.kill()
            dead.kill()
            ended = done(going.finish())
    assert (ended["state"], ended["accepted"], ended["skipped"]) == ("done", 5, 1), ended
    assert len({message.recipients for message in scripted.taken}) == len(scripted.taken) == 6
    assert [item["state"] for item in program.report(first).values()].count("uncertain") == 1
