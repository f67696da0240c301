"""kill -9 of the worker at random moments, again and again in one run: nobody twice, nobody lost, few in doubt.

``TESTS_KILLS`` says how often in each run (``make torture``: a hundred times), ``TESTS_SEED`` at which moments.
"""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from smtpdesk.domain.delivery import RunState
from tests.scenarios.campaigns import people
from tests.scenarios.office import DEPTH, DIALOGUES, Office, open_office
from tests.scenarios.settled import settled
from tests.servers.proc import wait_until
from tests.servers.scripted import ScriptedServer, call
from tests.servers.sink import Sink

KILLS = int(os.environ.get("TESTS_KILLS", "2"))
SEED = os.environ.get("TESTS_SEED", "20261124")
CONNECTIONS = 2
#: Messages that a worker sends at most before it is killed.
LIFE = 40
#: Where a kill hits: in the ways of the dialogue, or "" as soon as the process is there.
MOMENTS = ["", "connect", "ehlo", *["mail", "rcpt", "data", "middle", "body", "body"] * 2]
Trap = Callable[[psutil.Process], Callable[[], bool]]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as office:
        yield office


def torture(office: Office, server: ScriptedServer | Sink, depth: int, trap: Trap) -> None:
    """Send a list, killing the worker as ``trap`` says; then compare, and compare the doubts with what was possible."""
    rows = KILLS * LIFE * 2
    office.profile(server.port, max_connections=CONNECTIONS)
    run = office.send(office.campaign(people(rows))).id
    doubts = 0
    for kill in range(1, KILLS + 1):
        worker = office.worker(run)
        over = trap(worker)
        wait_until(lambda over=over, worker=worker: over() or not worker.is_running(), 120, "the moment to kill")
        # Not yet seen by the trap's moment, or too late for it: now is a moment as good as any.
        with contextlib.suppress(psutil.NoSuchProcess):
            worker.kill()
        counts = office.end(run).counts
        assert counts.uncertain - doubts <= CONNECTIONS * depth, f"kill {kill}: more in doubt than was on the wire"
        doubts = counts.uncertain
        office.resume(run)
    last = office.end(run, 300)
    assert last.run.state is RunState.DONE
    result = settled(office.workspace, server)
    assert result.counts.accepted + result.counts.uncertain == rows
    assert result.counts.uncertain - doubts <= CONNECTIONS * depth
    print(f"\nseed {SEED}: {KILLS} kills, {rows} recipients: {result.counts.uncertain} uncertain, 0 twice, 0 lost")


@pytest.mark.timeout(60 + 6 * KILLS)
@pytest.mark.parametrize("dialogue", DIALOGUES)
def test_kill_9_at_any_moment_of_the_dialogue(office: Office, dialogue: str) -> None:
    chance = random.Random(f"{SEED} {dialogue}")
    with ScriptedServer(extensions=DIALOGUES[dialogue]) as server:

        def trap(worker: psutil.Process) -> Callable[[], bool]:
            stage = chance.choice(MOMENTS)
            server.forget()
            begun, at = len(server.taken), chance.randrange(LIFE)
            if stage:
                server.on(stage, call(worker.kill), times=1, after=0 if stage in {"connect", "ehlo"} else at)
            return lambda: not stage or len(server.taken) - begun > at + LIFE // 2

        torture(office, server, DEPTH[dialogue], trap)


@pytest.mark.timeout(60 + 6 * KILLS)
def test_kill_9_at_any_moment_against_a_real_server(office: Office, sink: Sink) -> None:
    chance = random.Random(SEED)

    def trap(worker: psutil.Process) -> Callable[[], bool]:
        at = sink.messages() + chance.randrange(LIFE)
        return lambda: sink.messages() > at

    torture(office, sink, DEPTH["pipelining"], trap)
