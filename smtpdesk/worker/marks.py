"""One byte a row in a memory-mapped file: the page cache keeps it when the process is killed.

After a kill -9 it tells which *sending* rows had a body on the wire (uncertain), which had none (pending again), and
which had an answer that did not reach the ledger any more. A power cut can lose the page cache, so the file carries
the boot it belongs to: after another boot every claimed row counts as begun, and a person decides.
"""

from __future__ import annotations

import mmap
import time
from collections.abc import Callable, Collection
from pathlib import Path

from smtpdesk.domain.delivery import OutcomeKind

_HEADER = 64
_BODY = 1
_ANSWER = {
    OutcomeKind.ACCEPTED: 2,
    OutcomeKind.DEFERRED: 3,
    OutcomeKind.REJECTED: 4,
    OutcomeKind.UNCERTAIN: _BODY,
}


class MarkFile:
    """The marks of one run. ``rows`` is the number of ledger rows; the blocks are allocated at once."""

    def __init__(self, path: Path, rows: int) -> None:
        size = _HEADER + max(rows, 1)
        self._same_boot = _prepare(path, size)
        self._file = path.open("r+b")
        self._map = mmap.mmap(self._file.fileno(), size)

    def begun(self) -> Callable[[int], int]:
        """What ``Ledger.recover`` asks of a row: 0 not begun, 1 body begun, 2 accepted, 3 deferred, 4 rejected."""
        if not self._same_boot:
            return lambda _seq: _BODY
        return lambda seq: self._map[_HEADER + seq]

    def start(self) -> None:
        """Forget the past (after recovery) and sign the file with this boot."""
        self._map[:] = b"\0" * len(self._map)
        stamp = boot_id()
        self._map[: len(stamp)] = stamp
        self._map.flush()
        self._same_boot = True

    def body(self, seq: int) -> None:
        """A body is about to leave."""
        self._map[_HEADER + seq] = _BODY

    def answered(self, seq: int, kind: OutcomeKind) -> None:
        """An answer came and is not in the ledger yet."""
        self._map[_HEADER + seq] = _ANSWER[kind]

    def clear(self, seqs: Collection[int]) -> None:
        """The ledger has these."""
        for seq in seqs:
            self._map[_HEADER + seq] = 0

    def close(self) -> None:
        """Unmap the file; it stays on disk."""
        self._map.close()
        self._file.close()


def _prepare(path: Path, size: int) -> bool:
    """Make the file if needed; True when what it says was written since this computer was started."""
    if not path.exists() or path.stat().st_size != size:
        known = path.exists()
        path.write_bytes(b"\0" * size)
        return not known
    with path.open("rb") as file:
        stamp = file.read(_HEADER).rstrip(b"\0")
    return stamp in {b"", boot_id()}


def boot_id() -> bytes:
    """A name for the time since this computer was started (at most 63 bytes)."""
    kernel = Path("/proc/sys/kernel/random/boot_id")
    if kernel.exists():
        return kernel.read_bytes().strip()[:63]
    # Elsewhere: the moment of the boot, coarse enough that a clock correction does not look like another boot.
    return str(round((time.time() - time.monotonic()) / 600)).encode()
