"""The dialogue alone: the same 12 KB again and again to Postfix's smtp-sink, ours, aiosmtplib's and smtp-source's."""

from __future__ import annotations

from pathlib import Path

from tests.bench import ours, rivals
from tests.bench.board import Board, interleaved, ratios
from tests.bench.newsletter import HTML
from tests.scenarios.campaigns import people
from tests.servers.sink import running_sink

_ROUNDS = 5
OURS, AIOSMTPLIB, SOURCE = "smtpdesk", "aiosmtplib", "smtp-source (C)"
#: Messages of one round.
_COUNTS = {AIOSMTPLIB: 1_600, SOURCE: 8_000, OURS: 12_800}


def measure(board: Board, base: Path) -> None:
    """Print messages a second on 1, 4 and 16 connections."""
    raw = ours.composer(base, HTML).build(ours.recipient(people(1)[0]), message_id="<1@example.com>", date=0.0)
    for connections in (1, 4, 16):
        with running_sink(keep=False) as sink:
            figures = _figures(sink.port, raw, connections)
        plural = "s" if connections > 1 else ""
        title = f"Dialogue alone, {connections} connection{plural}, median of {_ROUNDS} rounds"
        board.table(title, ("way", "messages/s", "to aiosmtplib"), ratios(figures, AIOSMTPLIB))
        what = f"dialogue, {connections} connection{plural}"
        board.goal("dialogue", f"{what}, against aiosmtplib", figures[OURS] / figures[AIOSMTPLIB], 4, "times")
        if SOURCE in figures:
            board.goal("dialogue", f"{what}, against smtp-source", figures[OURS] / figures[SOURCE], 1.2, "times")


def _figures(port: int, raw: bytes, connections: int) -> dict[str, float]:
    ways = {
        AIOSMTPLIB: lambda: rivals.dialogue_with_aiosmtplib(port, raw, _COUNTS[AIOSMTPLIB], connections),
        OURS: lambda: ours.dialogue(port, raw, _COUNTS[OURS], connections),
    }
    if rivals.smtp_source() is not None:
        ways[SOURCE] = lambda: rivals.with_smtp_source(port, len(raw), _COUNTS[SOURCE], connections)
    return interleaved(ways, _ROUNDS)
