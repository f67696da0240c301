"""What the ledger costs: the same engine with it, and with a list of rows in memory instead."""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
from pathlib import Path

from tests.bench.board import Board
from tests.bench.newsletter import HTML, plan
from tests.scenarios.campaigns import make_campaign, people
from tests.servers.proc import ROOT, bound_to_us, clean_env
from tests.servers.sink import running_sink

_ROUNDS = 5
_COUNT, _CONNECTIONS = 10_000, 4


def measure(board: Board, base: Path) -> None:
    """Print messages a second and processor time with and without."""
    folder = make_campaign(base / "ledger-campaign", people(2 * _ROUNDS * _COUNT), html=HTML)
    seen: dict[str, list[dict[str, float]]] = {"ledger": [], "memory": []}
    with running_sink(keep=False) as sink:
        workspace = base / "ledger"
        run = asyncio.run(plan(workspace, folder, sink.port, _CONNECTIONS))
        for number in range(_ROUNDS):
            for book in ("ledger", "memory") if number % 2 == 0 else ("memory", "ledger"):
                seen[book].append(_engine(workspace, run, book))
    rate = {book: statistics.median(one["rate"] for one in figures) for book, figures in seen.items()}
    processor = {book: statistics.median(one["processor"] for one in figures) for book, figures in seen.items()}
    cost = (1 - rate["ledger"] / rate["memory"]) * 100
    more = (1 - processor["memory"] / processor["ledger"]) * 100
    rows = [
        (name, f"{rate[book]:,.0f}", f"{processor[book]:,.1f}")
        for book, name in (("memory", "rows in memory, nothing kept"), ("ledger", "ledger, claims and marks"))
    ]
    title = f"The engine with and without its ledger, {_CONNECTIONS} connections, median of {_ROUNDS} rounds"
    board.table(title, ("", "messages/s", "processor, µs a message"), rows)
    board.say(f"the ledger takes {cost:.1f} % of the time and {more:.1f} % of the processor time")
    board.goal("ledger", "share of the wall time", cost, 10, "%", at_most=True)


def _engine(workspace: Path, run: str, book: str) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.engine_alone", str(workspace), run, book, str(_COUNT)]
    done = subprocess.run(
        bound_to_us(command), cwd=ROOT, env=clean_env(), check=True, capture_output=True, text=True, timeout=300
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found
