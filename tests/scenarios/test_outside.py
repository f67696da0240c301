"""What happens to the computer and the network while a run goes on: locks, full disks, clocks, sleep, cut cables."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from smtpdesk.domain.delivery import RunState
from smtpdesk.store.opening import FILE_NAME
from tests.scenarios.office import DEPTH, DIALOGUES, Office, open_office
from tests.scenarios.settled import settled
from tests.servers.scripted import ScriptedServer, call, hold, say


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as office:
        yield office


# -- the ledger ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("killed", [False, True], ids=["patient", "killed meanwhile"])
def test_a_ledger_locked_by_another_program_is_waited_for(office: Office, killed: bool) -> None:
    """The server answers all of it while nothing can be written down."""
    gate = threading.Event()
    with ScriptedServer() as server, closing(sqlite3.connect(office.workspace / FILE_NAME, isolation_level=None)) as db:
        server.on("body", hold(gate), times=1)
        run = office.start(server.port, 12, max_connections=1).id
        server.wait(lambda it: len(it.taken) == 1, 30)
        db.execute("BEGIN IMMEDIATE")
        gate.set()
        server.wait(lambda it: len(it.taken) == 12, 30)
        assert office.view(run).counts.accepted == 0
        if killed:
            # The last answer has left; the mark of a row is made when it is heard.
            server.wait(lambda it: it.open_now == 0 or it.count("body") == 12)
            office.worker(run).kill()
            office.end(run)
        db.execute("ROLLBACK")
        if killed:
            office.resume(run)
        view = office.end(run)
        result = settled(office.workspace, server)
        assert view.run.state is RunState.DONE
        assert result.counts.uncertain <= (1 if killed else 0), "the marks know what was answered"
        assert result.counts.accepted + result.counts.uncertain == 12


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[Path]:
    """A disk of its own in memory; skips where that may not be mounted."""
    place.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


def fill(disk: Path) -> Path:
    """Take all the room there is; the file that has it."""
    hog = disk / "hog"
    with hog.open("wb", buffering=0) as file:
        try:
            for size in (65536, 1):
                while True:
                    file.write(b"\0" * size)
        except OSError as error:
            assert error.errno == errno.ENOSPC
    return hog


def test_a_disk_that_is_full_for_a_while_costs_no_row(tmp_path: Path) -> None:
    gate = threading.Event()
    with small_disk(tmp_path / "disk", 6) as disk, ScriptedServer() as server, open_office(disk) as office:
        server.on("body", hold(gate), after=19, times=1)
        run = office.start(server.port, 400).id
        server.wait(lambda it: len(it.taken) >= 20, 30)
        hog = fill(disk)
        gate.set()
        office.wait(run, lambda view: view.trouble == "workspace.full")
        assert office.view(run).alive, "it waits for room"
        hog.unlink()
        view = office.end(run)
        assert (view.run.state, view.counts.accepted) == (RunState.DONE, 400)
        settled(office.workspace, server)


# -- the clock ----------------------------------------------------------------------------------------------------


FAKETIME = "libfaketimeMT.so.1"


def faketime() -> str:
    """The library that lies to a process about the time."""
    found = [str(lib) for place in ("/usr/lib", "/usr/lib64") for lib in Path(place).glob(f"**/faketime/{FAKETIME}")]
    if not found and os.environ.get("CI"):  # where the whole suite is promised to run, it is there
        pytest.fail("libfaketime (Debian: libfaketime) is not installed")
    if not found:
        pytest.skip("libfaketime (Debian: libfaketime) is not installed")
    return found[0]


def test_a_clock_set_forward_and_back_in_mid_run(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = tmp_path / "clock"
    clock.write_text("+0\n")
    held = threading.Semaphore(0)
    with ScriptedServer() as server, monkeypatch.context() as lied_to:
        lied_to.setenv("LD_PRELOAD", faketime())
        lied_to.setenv("FAKETIME_TIMESTAMP_FILE", str(clock))
        lied_to.setenv("FAKETIME_CACHE_DURATION", "1")
        lied_to.setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        gates = [threading.Event() for _ in range(3)]
        for number, gate in enumerate(gates):
            # Somebody waits for a second try whenever the clock is changed.
            server.on("rcpt", say("450 4.2.0 greylisted"), match=f"person{3 + 10 * number}@", times=1)
            server.on("body", call(held.release), match=f"{5 + 10 * number:06d} ", times=1)
            server.on("mail", hold(gate), after=7 + 10 * number, times=1)
        run = office.start(server.port, 40, max_connections=1).id
        for days, gate in zip((1, -2, 0), gates, strict=True):
            assert held.acquire(timeout=60)
            clock.write_text(f"{days:+d}d\n")
            office.wait(run, lambda view, days=days: round((view.run.seen_at - time.time()) / 86_400) == days)
            gate.set()
        view = office.end(run)
        assert (view.run.state, view.counts.accepted) == (RunState.DONE, 40)
        settled(office.workspace, server)


# -- sleep and the network ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialogue", DIALOGUES)
def test_sleep_then_a_cut_cable_then_a_black_hole_in_one_run(
    office: Office, monkeypatch: pytest.MonkeyPatch, dialogue: str
) -> None:
    """The computer sleeps for longer than the server waits; later every line is cut; later packets only vanish."""
    monkeypatch.setenv("SMTPDESK_ANSWER_TIMEOUT", "1.5")
    sleeping, cut = threading.Event(), threading.Event()
    with ScriptedServer(extensions=DIALOGUES[dialogue]) as server:
        server.on("body", hold(sleeping), match="000010 ", times=1)
        server.on("body", hold(cut), match="000040 ", times=1)
        server.on("body", call(server.freeze), match="000070 ", times=1)
        run = office.start(server.port, 90, max_connections=1).id

        server.wait(lambda it: has(it, 10), 60)
        worker = office.worker(run)
        worker.suspend()
        server.idle = 0.2
        sleeping.set()
        server.wait(lambda it: it.open_now == 0)
        server.idle = None
        worker.resume()
        server.wait(lambda it: has(it, 40), 60)
        assert office.view(run).counts.uncertain == 0, "the answers lay in the socket while it slept"

        server.down()
        office.wait(run, lambda view: view.counts.uncertain and (view.counts.deferred or view.lanes[0].note))
        server.up()
        first = office.wait(run, lambda view: has(server, 70)).counts.uncertain
        office.wait(run, lambda view: view.counts.uncertain > first)
        server.freeze(False)

        view = office.end(run)
        assert view.run.state is RunState.DONE
        result = settled(office.workspace, server)
        assert result.counts.accepted + result.counts.uncertain == 90
        assert 2 <= result.counts.uncertain <= 2 * DEPTH[dialogue]


def has(server: ScriptedServer, number: int) -> bool:
    """Whether the message of one person has arrived, answered or not."""
    return server.per_recipient()[f"person{number}@example.net"] > 0


def test_a_pace_slower_than_the_server_waits_loses_no_message(office: Office) -> None:
    with ScriptedServer(idle=0.05) as server:
        run = office.start(server.port, 5, rate=5, max_connections=1).id
        view = office.end(run)
        assert (view.run.state, view.counts.accepted, view.counts.uncertain) == (RunState.DONE, 5, 0)
        assert server.connections > 1
        settled(office.workspace, server)


def test_an_answer_that_comes_after_the_patience_is_no_second_message(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTPDESK_ANSWER_TIMEOUT", "1")
    gate = threading.Event()
    with ScriptedServer() as server:
        server.on("body", hold(gate), after=4, times=1)
        run = office.start(server.port, 20, max_connections=1).id
        office.wait(run, lambda view: view.counts.uncertain == 1)
        gate.set()
        assert office.end(run).counts.accepted == 19
        assert {row.cause for row in settled(office.workspace, server).troubles} >= {"uncertain.no-answer"}
