"""One message, from a row to bytes: ours and the standard library's."""

from __future__ import annotations

import statistics
from pathlib import Path

from tests.bench import ours, rivals
from tests.bench.board import Board
from tests.bench.newsletter import HTML
from tests.scenarios.campaigns import people

_ROUNDS = 5


def measure(board: Board, base: Path) -> None:
    """Print microseconds a message."""
    rows = people(1500)
    composer = ours.composer(base, HTML)
    size = ours.build_all(composer, rows[:50]) // 50
    mine, theirs = [], []
    for _round in range(_ROUNDS):
        theirs.append(rivals.timed(lambda: [rivals.build(row, HTML).as_bytes() for row in rows[:200]], 200))
        mine.append(rivals.timed(lambda: ours.build_all(composer, rows), len(rows)))
    slow, quick = statistics.median(theirs), statistics.median(mine)
    board.table(
        f"Building a message of {size:,} bytes",
        ("way", "µs a message", "times as fast"),
        [("stdlib EmailMessage", f"{slow:,.0f}", "1.0"), ("smtpdesk", f"{quick:,.1f}", f"{slow / quick:.1f}")],
    )
    board.goal("build", "message against stdlib", slow / quick, 15, "times")
