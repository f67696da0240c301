"""A second worker process on the same run, with and without; the sink needs a core as well."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from tests.bench import ours
from tests.bench.board import Board
from tests.bench.newsletter import HTML, plan
from tests.scenarios.campaigns import make_campaign, people
from tests.servers.sink import running_sink

#: Enough that ten seconds' worth are left when a second process is found to be worth it.
_COUNT, _CONNECTIONS = 60_000, 4


def measure(board: Board, base: Path) -> None:
    """Print messages a second with one process and with two."""
    folder = make_campaign(base / "second-campaign", people(_COUNT), html=HTML)
    rows = []
    with running_sink(keep=False) as sink:
        for workers in (1, 2):
            workspace = base / f"second-{workers}"
            run = asyncio.run(plan(workspace, folder, sink.port, _CONNECTIONS))
            sent = ours.worker(workspace, run, workers=workers)
            rows.append((f"{workers}", f"{sent.without_start:,.0f}", f"{sent.late:,.0f}"))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    title = f"Worker processes, {_CONNECTIONS} connections, {_COUNT:,} messages, {cores} cores shared with the sink"
    board.table(title, ("processes at most", "messages/s", "in the last third"), rows)
    board.say("by itself a run uses one process less than there are cores, for the server and the window need theirs")
