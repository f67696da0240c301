"""End to end: the worker process with its ledger, against EmailMessage and plain aiosmtplib on as many connections."""

from __future__ import annotations

import asyncio
import statistics
from pathlib import Path

from tests.bench import ours, rivals
from tests.bench.board import Board
from tests.bench.newsletter import HTML, plan
from tests.scenarios.campaigns import make_campaign, people
from tests.servers.sink import running_sink

_ROUNDS = 3
_COUNT, _FEW = 20_000, 400


def measure(board: Board, base: Path) -> None:
    """Print messages a second on 1 and on 4 connections."""
    rows = people(_COUNT)
    folder = make_campaign(base / "campaign", rows, html=HTML)
    for connections in (1, 4):
        theirs: list[float] = []
        mine: list[ours.Sent] = []
        with running_sink(keep=False) as sink:
            stdlib = rivals.with_smtplib(sink.port, rows[:_FEW], HTML)
            for number in range(_ROUNDS):
                workspace = base / f"whole-{connections}-{number}"
                run = asyncio.run(plan(workspace, folder, sink.port, connections))
                theirs.append(rivals.with_aiosmtplib(sink.port, rows[:_FEW], HTML, connections))
                mine.append(ours.worker(workspace, run))
        _show(board, connections, stdlib, statistics.median(theirs), mine)


def _show(board: Board, connections: int, stdlib: float, theirs: float, mine: list[ours.Sent]) -> None:
    whole = statistics.median(sent.with_start for sent in mine)
    without = statistics.median(sent.without_start for sent in mine)
    processor = statistics.median(sent.processor / sent.messages * 1e6 for sent in mine)
    memory = max(sent.memory for sent in mine)
    plural = "s" if connections > 1 else ""
    rows = [
        ("smtplib, one connection", f"{stdlib:,.0f}", f"{stdlib / theirs:.1f}"),
        ("EmailMessage + aiosmtplib", f"{theirs:,.0f}", "1.0"),
        ("smtpdesk, start and end of the process included", f"{whole:,.0f}", f"{whole / theirs:.1f}"),
        ("smtpdesk, first to last attempt", f"{without:,.0f}", f"{without / theirs:.1f}"),
    ]
    title = f"End to end, {connections} connection{plural}, ledger on, {_COUNT:,} messages, median of {_ROUNDS} rounds"
    board.table(title, ("way", "messages/s", "to aiosmtplib"), rows)
    board.say(f"worker: {processor:,.0f} µs of processor a message, start included; {memory / 1e6:,.0f} MB at most")
    what = f"end to end, {connections} connection{plural}"
    board.goal("whole", f"{what}, start included", whole / theirs, 15, "times")
    board.goal("whole", f"{what}, first to last", without / theirs, 15, "times")
