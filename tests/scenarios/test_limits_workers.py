"""Plans in pieces, companions and fenced-off workers: whoever is killed or stopped, every row is sent once."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from smtpdesk.base.clock import now
from smtpdesk.desk import planning, worker_client
from smtpdesk.domain.delivery import Counts, RunState
from smtpdesk.store import Workspace
from smtpdesk.worker import planner
from tests.scenarios.campaigns import Program, done, make_campaign, people
from tests.scenarios.office import Office, open_office
from tests.scenarios.settled import settled
from tests.servers.proc import wait_until
from tests.servers.scripted import ScriptedServer, hold

#: A worker that writes its plan in small pieces, each once the folder of the test has a file for it, and that kills
#: itself (as kill -9 does) where the file says so.
IN_PIECES = """
import os, pathlib, signal, sys, time
from smtpdesk.store.ledger import Ledger
from smtpdesk.worker import planner
from smtpdesk.worker.main import main

planner.PIECE = 50
write, folder = Ledger.plan_piece, pathlib.Path(os.environ["PIECES"])

def plan_piece(*args, **values):
    number = len(list(folder.glob("done-*")))
    while not (folder / f"piece-{number}").exists():
        time.sleep(0.005)
    if (folder / f"piece-{number}").read_text() == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    written = write(*args, **values)
    (folder / f"done-{number}").touch()
    return written

Ledger.plan_piece = plan_piece
os._exit(main(sys.argv[1:]))
"""
#: A worker that takes its core for busy at once.
BUSY = """
import os, sys
from smtpdesk.worker import companions
from smtpdesk.worker.main import main

companions.BUSY, companions.SPAN, companions.WORTH_SECONDS = -1.0, 0.0, 0.1
os._exit(main(sys.argv[1:]))
"""
#: A worker that trusts its lease for less than a second.
WARY = """
import os, sys
from smtpdesk.worker import book
from smtpdesk.worker.main import main

book.TRUST = 0.7
os._exit(main(sys.argv[1:]))
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as office:
        yield office


def start_as(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """From now on workers are started by a script of ours; the rest of the program is as it is."""
    spawn = worker_client._spawn

    def changed(folder: Path, arguments: list[str]) -> Any:
        assert arguments[1:3] == ["-m", "smtpdesk.worker"]
        return spawn(folder, [arguments[0], "-c", script, *arguments[3:]])

    monkeypatch.setattr(worker_client, "_spawn", changed)


def test_a_plan_in_pieces_survives_kill_9_and_a_stop(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces = tmp_path / "pieces"
    pieces.mkdir()
    monkeypatch.setenv("PIECES", str(pieces))
    monkeypatch.setattr(planning, "HEAD_START", 100)
    monkeypatch.setattr(planner, "PIECE", 50)
    gate = threading.Event()
    with ScriptedServer() as server:
        server.on("body", hold(gate), after=130, times=1)
        office.profile(server.port, max_connections=1)
        folder = office.campaign(people(400))
        with monkeypatch.context() as patched:
            start_as(patched, IN_PIECES)
            run = office.send(folder).id
            view = office.wait(run, lambda view: view.counts.accepted == 100)
            assert (view.counts.total, view.run.planned, view.alive) == (400, False, True), "sent before it is planned"
            (pieces / "piece-0").touch()
            (pieces / "piece-1").write_text("kill")
            office.end(run)
            view = office.wait(run, lambda view: not view.alive)
            assert (view.counts.total, view.run.planned, view.interrupted) == (400, False, True)
            store = Workspace.open(office.workspace)
            assert store.ledger.counts(run).total == 150
            store.close()
            unfinished = office.do(office.desk.sending.unfinished(folder))
            assert unfinished is not None and unfinished.id == run
            (pieces / "piece-1").write_text("")
            assert office.send(folder).id == run
            view = office.wait(run, lambda view: (pieces / "done-1").exists() and view.counts.accepted >= 125)
            assert (view.counts.total, view.run.planned) == (400, False)
            server.wait(lambda it: it.count("body") >= 131)
            office.do(office.desk.sending.stop(run))
            gate.set()
            for number in range(2, 9):
                (pieces / f"piece-{number}").touch()
            view = office.end(run)
        assert (view.run.state, view.counts.total, view.counts.open) == (RunState.STOPPED, 400, 0)
        result = settled(office.workspace, server)
        assert len(result.rows) == 400
        assert result.counts.accepted + result.counts.uncertain + result.counts.cancelled == 400
        assert result.counts.uncertain <= 1


def companion_of(worker: psutil.Process) -> psutil.Process:
    """The companion that a worker has started."""
    (found,) = wait_until(worker.children, 30, "a companion")
    return found


def test_companions_end_with_their_worker_and_leave_nothing_behind(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTPDESK_WORKERS", "2")
    gates = [threading.Event() for _ in range(4)]
    with ScriptedServer() as server:
        server.on("body", hold(gates[0]), after=9, times=1)  # the worker: its companion has time to begin
        server.on("body", hold(gates[1]), after=15, times=1)
        office.profile(server.port, max_connections=2)
        folder = office.campaign(people(700))
        with monkeypatch.context() as patched:
            start_as(patched, BUSY)
            run = office.send(folder).id
            first = office.worker(run)
            helper = companion_of(first)
            server.wait(lambda it: it.open_now == 2 and it.count("body") >= 17, 40)
            first.kill()
            office.end(run)
            office.resume(run)  # the next one waits for the companion, which waits for an answer
            second = office.worker(run)
            assert helper.is_running()
            taken = len(server.taken)
            for gate in gates[:2]:
                gate.set()
            wait_until(lambda: not helper.is_running() or helper.status() == psutil.STATUS_ZOMBIE, 30, "its end")
            server.wait(lambda it: len(it.taken) > taken)
            server.on("body", hold(gates[2]), after=20, times=1)
            killed = companion_of(second)
            server.wait(lambda it: it.open_now == 2 or killed.status() == psutil.STATUS_ZOMBIE, 40)
            killed.kill()
            gates[2].set()
            view = office.end(run)
        assert (view.run.state, view.counts.open) == (RunState.DONE, 0)
        result = settled(office.workspace, server)
        assert result.counts.uncertain <= 3
        assert result.counts.accepted + result.counts.uncertain == 700


def test_a_worker_that_slept_while_another_took_its_run_sends_and_writes_nothing_any_more(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    with ScriptedServer() as server:
        server.on("body", hold(gate), after=10, times=1)
        with monkeypatch.context() as patched:
            start_as(patched, WARY)
            run = office.start(server.port, 40, max_connections=1).id
        server.wait(lambda it: it.count("body") == 11)
        office.wait(run, lambda view: view.counts.accepted == 10)
        worker = office.worker(run)
        os.kill(worker.pid, signal.SIGSTOP)
        stopped = now()
        store = Workspace.open(office.workspace)
        token = store.runs.take_lease(run, "another", "elsewhere", now(), force=True)
        advanced, counts = store.ledger.advanced(run), store.ledger.counts(run)
        wait_until(lambda: now() - stopped > 0.8)
        gate.set()
        os.kill(worker.pid, signal.SIGCONT)
        view = office.end(run)
        assert (view.failed or {}).get("code") == "run.lease-lost"
        assert (store.ledger.advanced(run), store.ledger.counts(run)) == (advanced, counts)
        assert len(server.taken) <= 12, "the one that was on the wire, and the one whose envelope was"
        store.runs.drop_lease(run, token)
        store.close()
        office.do(office.desk.sending.resume(run, take_over=True))
        assert office.end(run).run.state is RunState.DONE
        result = settled(office.workspace, server)
        assert result.counts.accepted == 40, "its marks knew of the answers that it could not write"


def test_only_a_person_takes_a_run_over_from_another_copy(workspace: Path, tmp_path: Path) -> None:
    program = Program(workspace)
    with ScriptedServer() as server:
        program.profile(server.port)
        folder = make_campaign(tmp_path / "spring", people(12))
        assert done(program.send(folder, "--limit", "4"))["accepted"] == 4
        copy = Program(Path(shutil.copytree(workspace, tmp_path / "copy")))
        refused = copy.send(folder)
        assert refused.status != 0 and "run.elsewhere" in refused.stdout, refused
        assert len(server.taken) == 4
        taken = copy.send(folder, "--take-over")
        assert (taken.status, done(taken)["accepted"]) == (0, 12), taken
        settled(copy, server)
        back = program.send(folder)  # the first copy is the older one now
        assert back.status != 0 and "run.restored" in back.stdout, back
        assert len(server.taken) == 12


@pytest.mark.parametrize(
    "counts", [Counts(total=9, sending=1), Counts(total=9, deferred=1), Counts(total=9, accepted=1)]
)
def test_a_run_in_mid_way_has_no_start_that_it_could_miss(counts: Counts) -> None:
    assert not Counts(total=9, pending=8, skipped=1).begun
    assert counts.begun
