"""Copies of one person outside of the database: kept messages of the sandbox, older copies of the workspace, notes."""

from __future__ import annotations

import mmap
from pathlib import Path

from smtpdesk.sandbox import Inbox

#: Text files of the workspace that may name somebody: what a worker that broke has said.
_NOTES = "runs/*/worker.err"
_BACKUPS = "backups/*"
#: Bytes that are looked at in one go.
_PIECE = 1 << 20


def erase_in_files(workspace: Path, address_key: str) -> int:
    """Delete messages, copies and notes that hold an address; returns how many files."""
    gone = Inbox(workspace / "sandbox").remove_to(address_key)
    for pattern in (_NOTES, _BACKUPS):
        for file in sorted(workspace.glob(pattern)):
            if file.is_file() and holds(file, address_key):
                file.unlink()
                gone += 1
    return gone


def holds(file: Path, address_key: str) -> bool:
    """True when the address stands in a file, in capitals or not; without reading it into memory."""
    if file.stat().st_size == 0:
        return False
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        words = address_key.encode()
        pieces = (content[at : at + _PIECE + len(words)] for at in range(0, len(content), _PIECE))
        return any(words in piece.lower() for piece in pieces)
