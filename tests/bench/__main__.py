"""``make bench``: every goal of the engine, with the figure seen beside it; one run, on this machine, on loopback.

``make bench ARGS="--only dialogue far"`` measures some parts, ``make bench ARGS="--million"`` a million recipients.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench import building, far, ledger, million, second_worker, signing, talking, whole
from tests.bench.board import Board
from tests.bench.newsletter import HTML, plan
from tests.servers.sink import missing

__all__ = ["HTML", "main", "plan"]

PARTS: dict[str, Callable[[Board, Path], None]] = {
    "build": building.measure,
    "dkim": signing.measure,
    "dialogue": talking.measure,
    "far": far.measure,
    "whole": whole.measure,
    "ledger": ledger.measure,
    "workers": second_worker.measure,
}


def main() -> None:
    """Measure what was asked for, then print the goals."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS), help="these parts")
    parser.add_argument("--million", action="store_true", help="a million recipients instead: minutes, 3 GB of disk")
    parser.add_argument("--recipients", type=int, default=1_000_000, help="how many --million takes")
    options = parser.parse_args()
    if reason := missing():
        raise SystemExit(f"the benchmark needs smtp-sink: {reason}")
    board = Board()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="smtpdesk-bench-") as temporary:
        if options.million:
            million.measure(board, Path(temporary), options.recipients)
        else:
            for name in options.only:
                folder = Path(temporary) / name
                folder.mkdir()
                PARTS[name](board, folder)
    board.close()
    board.say(f"{time.monotonic() - began:,.0f} s")


if __name__ == "__main__":
    main()
