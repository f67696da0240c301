"""A window that is sending dies, with and without its worker: everybody gets the mail, and nobody gets it twice."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from smtpdesk.base.clock import now
from smtpdesk.domain.profile import Limits, Profile, Relay, Security
from smtpdesk.store import Workspace
from tests.scenarios.campaigns import addresses, make_campaign, people
from tests.servers.proc import Running, clean_env, start_cli, wait_until
from tests.servers.scripted import ScriptedServer, hold

PEOPLE = people(60)
#: So many are answered; then the server keeps silent until a test lets it speak.
ANSWERED = 20
OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}


@pytest.fixture
def gate(scripted: ScriptedServer) -> Iterator[threading.Event]:
    """Lets the server speak again."""
    opened = threading.Event()
    scripted.on("body", hold(opened), after=ANSWERED)
    yield opened
    opened.set()


@pytest.fixture
def store(workspace: Path, scripted: ScriptedServer, gate: threading.Event) -> Iterator[Workspace]:
    """The workspace, with a profile for the server; no worker is left at the end."""
    with Workspace.open(workspace) as opened:
        relay = Relay(scripted.host, scripted.port, Security.NONE)
        opened.profiles.save(Profile("office", relay, limits=Limits(max_connections=1)))
        yield opened
    for worker in workers(workspace):
        worker.kill()
        worker.wait(10)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_campaign(tmp_path / "spring", PEOPLE)


def window(workspace: Path, *options: str | Path) -> Running:
    """A window in a process of its own, with somebody in front of it."""
    command = [sys.executable, "-m", "tests.desktop.window_program", str(workspace), *map(str, options)]
    return Running(command, clean_env(OFFSCREEN))


def send(workspace: Path, folder: Path) -> Running:
    """A window whose button *Send* was pressed."""
    return window(workspace, "--open", folder, "--press", "Send to 60 people")


def workers(workspace: Path) -> list[psutil.Process]:
    """The worker processes of a workspace, whoever started them."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = process.info["cmdline"] or []
        if "smtpdesk.worker" in line and str(workspace) in line:
            found.append(process)
    return found


def kill(processes: Sequence[psutil.Process]) -> None:
    """``kill -9``."""
    for process in processes:
        process.kill()
    psutil.wait_procs(processes, 10)


def in_the_middle(server: ScriptedServer) -> bool:
    """Some have it, and one message waits for its answer."""
    return server.count("body") == ANSWERED + 1


def die_in_the_middle(workspace: Path, folder: Path, server: ScriptedServer, gate: threading.Event) -> None:
    """A window begins to send; then it and its worker are killed, and the server is well again."""
    with send(workspace, folder) as first:
        server.wait(in_the_middle, 60)
        kill([psutil.Process(first.pid), *workers(workspace)])
    server.forget()
    gate.set()


def taken(server: ScriptedServer) -> Counter[str]:
    """How many messages each address got."""
    return Counter(address for message in server.taken for address in message.recipients)


def finished(store: Workspace) -> dict[str, str]:
    """Address to state, once nobody waits any more and the worker has gone home."""
    (run,) = store.runs.all()
    wait_until(lambda: not store.ledger.counts(run.id).open, 60, "the end of the run")
    wait_until(lambda: not workers(store.folder), 30, "the worker's end")
    return {row.address: str(row.state) for row in store.ledger.report(run.id)}


def nobody_twice_nobody_lost(server: ScriptedServer, report: dict[str, str]) -> None:
    """The one message whose answer the worker did not live to hear is uncertain; all others have arrived."""
    got = taken(server)
    assert set(got.values()) == {1}, "nobody gets it twice"
    assert sorted(report) == sorted(addresses(PEOPLE))
    assert Counter(report.values()) == {"accepted": 59, "uncertain": 1}
    assert {address for address, state in report.items() if state == "accepted"} <= set(got), "accepted has arrived"


def test_the_worker_outlives_the_window_and_the_next_window_finds_the_run(
    store: Workspace, folder: Path, scripted: ScriptedServer, gate: threading.Event
) -> None:
    with send(store.folder, folder) as first:
        scripted.wait(in_the_middle, 60)
        first.kill()
        first.process.wait(10)
    (worker,) = workers(store.folder)
    with window(store.folder) as second:
        second.wait_for("sees: 33%")  # the card at the foot of the rail: 20 of 60
        gate.set()
        second.wait_for("“Spring sale” is done: 60 of 60 accepted")
    wait_until(lambda: not worker.is_running(), 30, "the worker's end")
    assert taken(scripted) == Counter(addresses(PEOPLE))
    assert set(finished(store).values()) == {"accepted"}


def test_the_next_window_takes_up_a_run_whose_worker_died_with_the_window(
    store: Workspace, folder: Path, scripted: ScriptedServer, gate: threading.Event
) -> None:
    die_in_the_middle(store.folder, folder, scripted, gate)
    with window(store.folder) as second:
        second.wait_for("Sending goes on where it was cut off: “Spring sale”")
        nobody_twice_nobody_lost(scripted, finished(store))


def test_the_plain_program_takes_it_up_too(
    store: Workspace, folder: Path, scripted: ScriptedServer, gate: threading.Event
) -> None:
    die_in_the_middle(store.folder, folder, scripted, gate)
    with start_cli([], store.folder, OFFSCREEN):
        nobody_twice_nobody_lost(scripted, finished(store))


def test_a_run_that_was_cut_off_long_ago_waits_for_a_person(
    store: Workspace, folder: Path, scripted: ScriptedServer, gate: threading.Event
) -> None:
    die_in_the_middle(store.folder, folder, scripted, gate)
    (run,) = store.runs.all()
    store.runs.seen(run.id, now() - 3600)
    before = len(scripted.taken)
    with window(store.folder) as second:
        second.wait_for("Sending was cut off: “Spring sale”")
        second.wait_for("Nothing is lost and nobody gets it twice")
        assert not workers(store.folder), "nobody expects a computer that comes out of a drawer to send mail"
    assert len(scripted.taken) == before
    with window(store.folder, "--press", "Go on sending", "Continue sending"):
        nobody_twice_nobody_lost(scripted, finished(store))
