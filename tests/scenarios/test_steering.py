"""Who steers a run: pauses at awkward moments, two workers, two desks, and starters that die."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpdesk.base.clock import now
from smtpdesk.base.errors import DeskError
from smtpdesk.desk import Desk
from smtpdesk.desk.runs import UnfinishedRun
from smtpdesk.domain.delivery import RunState
from tests.scenarios.campaigns import Program, people
from tests.scenarios.office import DIALOGUES, Office, open_office
from tests.scenarios.settled import settled
from tests.servers.certificates import Authority
from tests.servers.proc import ROOT, clean_env, wait_until
from tests.servers.scripted import ScriptedServer, drop, hold, say


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as office:
        yield office


@contextlib.contextmanager
def deaf_listener() -> Iterator[tuple[int, list[socket.socket]]]:
    """A port where connections are taken and nothing is ever said: no TLS hand-shake ends there."""
    links: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def take() -> None:
            with contextlib.suppress(OSError):
                while True:
                    links.append(listener.accept()[0])

        taking = threading.Thread(target=take)
        taking.start()
        try:
            yield int(listener.getsockname()[1]), links
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            taking.join()
            for link in links:
                link.close()


def test_pause_ends_a_tls_hand_shake_that_never_would(office: Office, ca: Authority) -> None:
    with deaf_listener() as (port, links):
        office.profile(port, security="tls", ca_file=ca.ca_file)
        run = office.send(office.campaign(people(9))).id
        wait_until(lambda: links, 30, "a connection")
        office.pause(run)
        assert office.end(run, 20).run.state is RunState.PAUSED
    with ScriptedServer(tls=ca.trusted(), port=port) as server:
        office.resume(run)
        assert office.end(run).counts.accepted == 9
        settled(office.workspace, server)


def test_stop_ends_a_tls_upgrade_that_never_would(office: Office, ca: Authority) -> None:
    with ScriptedServer(tls=ca.trusted(), starttls=True) as server:
        server.on("starttls", say("220 2.0.0 go ahead", then_hang=True))
        office.profile(server.port, security="starttls", ca_file=ca.ca_file)
        run = office.send(office.campaign(people(9))).id
        server.wait(lambda it: it.count("starttls") == 1, 30)
        office.do(office.desk.sending.stop(run))
        view = office.end(run, 20)
        assert (view.run.state, view.counts.cancelled) == (RunState.STOPPED, 9)
        settled(office.workspace, server)


def test_stop_while_an_answer_is_outstanding_waits_for_it(office: Office) -> None:
    gate = threading.Event()
    with contextlib.ExitStack() as stack:
        runs = {}
        for dialogue, extensions in DIALOGUES.items():
            server = stack.enter_context(ScriptedServer(extensions=extensions))
            server.on("body", hold(gate), after=4, times=1)
            runs[office.start(server.port, 60, dialogue, max_connections=1).id] = server
        for run, server in runs.items():
            server.wait(lambda it: len(it.taken) == 5, 30)
            office.do(office.desk.sending.stop(run))
        gate.set()
        for run, server in runs.items():
            view = office.end(run)
            assert (view.run.state, view.counts.uncertain) == (RunState.STOPPED, 0)
            result = settled(office.workspace, server, run=run)
            assert result.counts.accepted + result.counts.cancelled == 60
            assert result.counts.accepted >= 5


def test_two_workers_started_at_once_send_the_run_once(office: Office) -> None:
    with ScriptedServer() as server:
        office.profile(server.port)
        run = office.do(office.desk.sending.plan(office.campaign(people(60)))).id
        command = [sys.executable, "-m", "smtpdesk.worker", "--workspace", str(office.workspace), "--run", run]
        workers = [
            subprocess.Popen(
                command, cwd=ROOT, env=clean_env(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            for _ in range(2)
        ]
        said = [worker.communicate(timeout=60)[0] for worker in workers]
        assert 0 in {worker.returncode for worker in workers}, said
        assert office.view(run).run.state is RunState.DONE
        assert settled(office.workspace, server).counts.accepted == 60


def test_two_desks_that_start_one_campaign_at_once_send_it_once(office: Office) -> None:
    """The window and the command line are each a desk on the workspace."""

    async def both(folder: Path) -> list[object]:
        other = await Desk.open(office.workspace)
        try:
            return await asyncio.gather(
                office.desk.sending.start(folder), other.sending.start(folder), return_exceptions=True
            )
        finally:
            for run in await other.sending.alive():
                await other.sending.finished(run.id)
            await other.close()

    with ScriptedServer() as server:
        office.profile(server.port)
        ends = office.do(both(office.campaign(people(40))))
        assert all(not isinstance(end, BaseException) or isinstance(end, DeskError) for end in ends), ends
        runs = office.do(office.desk.reports.runs())
        for run in runs:
            office.end(run.id)
        wait_until(lambda: not office.do(office.desk.sending.alive()), 60, "the end of every worker")
        assert set(server.per_recipient().values()) == {1}, f"{len(runs)} runs"
        assert len(server.taken) == 40
        settled(office.workspace, server, run=next(run.id for run in runs if office.view(run.id).counts.accepted))


def test_two_who_ask_for_everybody_at_once_send_it_once_however_fast_the_first_is(office: Office) -> None:
    with ScriptedServer() as server:
        office.profile(server.port)
        folder = office.campaign(people(3))
        asked = now()
        office.end(office.send(folder, again=True, asked=asked).id)
        with pytest.raises(UnfinishedRun, match="just now") as refused:
            office.send(folder, again=True, asked=asked)
        assert refused.value.code == "sending.just-sent"
        assert len(server.taken) == 3
        office.end(office.send(folder, again=True).id)
        assert set(server.per_recipient().values()) == {2}, "whoever asks later means it"


def test_the_command_line_leaves_alone_what_the_window_sends(office: Office) -> None:
    gate = threading.Event()
    program = Program(office.workspace)
    with ScriptedServer() as server:
        server.on("body", hold(gate), after=3, times=1)
        office.profile(server.port)
        folder = office.campaign(people(30))
        run = office.send(folder).id
        server.wait(lambda it: len(it.taken) >= 4, 30)
        refused = program.send(folder)
        assert (refused.status, refused.json[-1]["code"]) == (2, "sending.running"), refused
        gate.set()
        assert office.end(run).counts.accepted == 30
        settled(program, server)


def test_kill_9_of_the_command_and_its_worker_leaves_one_in_doubt(office: Office) -> None:
    gate = threading.Event()
    program = Program(office.workspace)
    with ScriptedServer() as server:
        office.profile(server.port, max_connections=1)
        folder = office.campaign(people(30))
        server.on("body", hold(gate), after=3, times=1)
        with program.start("send", folder, "--yes", "--json") as send:
            server.wait(lambda it: len(it.taken) == 4, 30)
            worker = office.worker_of(send.pid)
            send.kill()
            worker.kill()
            send.process.wait(10)
        wait_until(lambda: not worker.is_running(), 20, "the worker's end")
        gate.set()
        again = office.send(folder).id
        assert office.end(again).counts.uncertain == 1
        assert settled(program, server).counts.accepted == 29


def test_kill_9_while_the_run_is_being_planned_leaves_nothing_half_begun(office: Office) -> None:
    program = Program(office.workspace)
    with ScriptedServer() as server:
        office.profile(server.port)
        folder = office.campaign(people(600))
        with program.start("send", folder, "--yes", "--json") as send:
            # The frozen copy of the campaign comes first; the rows are being written when the signal hits.
            wait_until(lambda: list(office.workspace.glob("runs/*/campaign")), 60, "the run's copy of the campaign")
            send.kill()
            send.process.wait(10)
        assert not server.taken
        run = office.send(folder).id
        assert office.end(run).counts.accepted == 600
        settled(program, server, run=run)


def half_sent(office: Office, server: ScriptedServer) -> str:
    """A run of 40 that was paused after some were sent."""
    gate = threading.Event()
    server.on("body", hold(gate), after=9, times=1)
    run = office.start(server.port, 40, max_connections=1).id
    server.wait(lambda it: len(it.taken) == 10, 30)
    office.pause(run)
    gate.set()
    assert office.end(run).counts.open
    return run


def test_a_copy_of_the_workspace_does_not_send_the_run_as_well(tmp_path: Path) -> None:
    with ScriptedServer() as server, open_office(tmp_path / "here") as here:
        run = half_sent(here, server)
        shutil.copytree(here.workspace, tmp_path / "copy" / "workspace")
        with open_office(tmp_path / "copy") as copy:
            before = len(server.taken)
            copy.resume(run)
            assert (copy.end(run).failed or {}).get("code") == "run.elsewhere"
            assert len(server.taken) == before
        here.resume(run)
        assert here.end(run).counts.accepted == 40
        settled(here.workspace, server)


def test_an_older_copy_that_was_put_back_does_not_send_again_what_was_sent(tmp_path: Path) -> None:
    """A backup of the workspace, restored at its place, knows less than the people who have their mail."""
    kept = tmp_path / "kept"
    with ScriptedServer() as server:
        with open_office(tmp_path / "here") as office:
            run = half_sent(office, server)
            shutil.copytree(office.workspace, kept)
            office.resume(run)
            assert office.end(run).counts.accepted == 40
            settled(office.workspace, server)
        shutil.rmtree(office.workspace)
        shutil.copytree(kept, office.workspace)
        with open_office(tmp_path / "here") as office:
            office.resume(run)
            assert (office.end(run).failed or {}).get("code") == "run.restored"
        assert len(server.taken) == 40


def test_a_server_that_never_answers_is_left_within_the_patience(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTPDESK_ANSWER_TIMEOUT", "0.5")
    with deaf_listener() as (port, links):
        office.profile(port)
        run = office.send(office.campaign(people(6)), patience=0.0).id
        view = office.end(run, 40)
        assert links
        assert (view.run.state, view.counts.open) == (RunState.PAUSED, 6)
    monkeypatch.setenv("SMTPDESK_ANSWER_TIMEOUT", "40")
    with ScriptedServer(port=port) as server:
        server.on("connect", drop(), times=1)
        office.resume(run)
        assert office.end(run).counts.accepted == 6
        settled(office.workspace, server)


def test_a_run_that_has_just_ended_is_neither_paused_nor_stopped(office: Office, scripted: ScriptedServer) -> None:
    run = office.start(scripted.port, 3).id
    office.end(run)
    office.pause(run)
    office.do(office.desk.sending.stop(run))
    assert office.view(run).run.state is RunState.DONE
