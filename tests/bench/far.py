"""The dialogue on one connection to a server that is 50 ms away, with PIPELINING and with CHUNKING."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench import ours, rivals
from tests.bench.board import Board, ratios
from tests.bench.newsletter import HTML
from tests.bench.talking import AIOSMTPLIB, OURS, SOURCE
from tests.scenarios.campaigns import people
from tests.servers.proc import bound_to_us, end
from tests.servers.sink import running_sink

#: Seconds there and back.
ROUND_TRIP = 0.05


def measure(board: Board, base: Path) -> None:
    """Print messages a second on one connection."""
    raw = ours.composer(base, HTML).build(ours.recipient(people(1)[0]), message_id="<1@example.com>", date=0.0)
    with running_sink(keep=False) as sink, _server("proxy", str(sink.port), str(ROUND_TRIP / 2)) as port:
        pipelining = _figures(port, raw, 250)
    with _server("chunking_sink") as near, _server("proxy", str(near), str(ROUND_TRIP / 2)) as port:
        chunking = _figures(port, raw, 500)
    columns = ("way", "messages/s", "to aiosmtplib")
    board.table("50 ms away, one connection, PIPELINING", columns, ratios(pipelining, AIOSMTPLIB))
    board.table("50 ms away, one connection, PIPELINING and CHUNKING", columns, ratios(chunking, AIOSMTPLIB))
    board.say("opening the connection is included")
    board.goal("far", "50 ms, PIPELINING", pipelining[OURS], 19, "messages/s")
    board.goal("far", "50 ms, CHUNKING", chunking[OURS], 70, "messages/s")


def _figures(port: int, raw: bytes, count: int) -> dict[str, float]:
    figures = {AIOSMTPLIB: rivals.dialogue_with_aiosmtplib(port, raw, 15, 1)}
    if rivals.smtp_source() is not None:
        figures[SOURCE] = rivals.with_smtp_source(port, len(raw), 15, 1)
    figures[OURS] = ours.dialogue(port, raw, count, 1)
    return figures


@contextlib.contextmanager
def _server(module: str, *arguments: str) -> Iterator[int]:
    """A server of this package in a process of its own; its port."""
    command = [sys.executable, "-m", f"tests.bench.{module}", *arguments]
    process = subprocess.Popen(bound_to_us(command), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        end(process)
