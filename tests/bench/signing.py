"""DKIM signatures: ours and dkimpy's, both verified by dkimpy before they are measured."""

from __future__ import annotations

from pathlib import Path

from tests.bench import dkim
from tests.bench.board import Board


def measure(board: Board, _base: Path) -> None:
    """Print microseconds a signature, for RSA (2048 bits) and Ed25519."""
    rows = []
    for algorithm, name in (("rsa", "RSA-2048"), ("ed25519", "Ed25519")):
        mine, theirs = dkim.compare(algorithm, 300)
        rows.append((name, f"{theirs:,.0f}", f"{mine:,.0f}", f"{theirs / mine:.1f}"))
        if algorithm == "rsa":
            board.goal("dkim", "RSA-2048 against dkimpy", theirs / mine, 15, "times")
    board.table("DKIM, 12 KB", ("key", "dkimpy, µs", "smtpdesk, µs", "times as fast"), rows)
