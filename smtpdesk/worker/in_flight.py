"""One byte a row in a file: the page cache keeps it when the process is killed.

After a kill -9 it tells which *sending* rows had a body on the wire (uncertain), which had none (pending again), and
which had an answer that did not reach the ledger any more. Whatever it cannot prove counts as begun, and a person
decides: the file is believed only when it is whole and signed with the stamp that the ledger has, with this boot and
with this mount. A power cut or a disk that went away can lose the page cache; a file that was put back is an old one.
A row that was not begun has a byte of its own, so that a hole in the file, which reads as zeros, is none of these.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from smtpdesk.base.mounts import boot_id, mount_id
from smtpdesk.domain.delivery import OutcomeKind

_log = logging.getLogger("smtpdesk.worker")
#: The file's name in the run's folder.
FILE_NAME = "in-flight"
_HEADER = 256
_FORMAT = b"smtpdesk in-flight 1"
#: Any two of these differ in at least four bits: a damaged byte is none of them, or at least not another one.
_IDLE, _BODY = 0x0F, 0x33
_ANSWER = {
    OutcomeKind.ACCEPTED: 0x55,
    OutcomeKind.DEFERRED: 0x69,
    OutcomeKind.REJECTED: 0x96,
    OutcomeKind.UNCERTAIN: _BODY,
}
#: What ``Ledger.recover`` understands: 0 not begun, 1 body begun, 2 accepted, 3 deferred, 4 rejected.
_BEGUN = 1
_FLAG = {_IDLE: 0, _BODY: _BEGUN, 0x55: 2, 0x69: 3, 0x96: 4}


class Doubt(StrEnum):
    """Why a file is not believed, so that all that was claimed counts as begun."""

    MISSING = "missing"
    #: Shorter than it was, without a readable head, or with bytes that mean nothing.
    DAMAGED = "damaged"
    #: Of another session, another boot of the computer, or another mount of the disk.
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class InFlight:
    """What a run's file says: the flag of a seq as ``Ledger.recover`` wants it, and why it is not believed."""

    flag: Callable[[int], int]
    doubt: Doubt | None = None


def read_in_flight(path: Path, stamp: str) -> InFlight:
    """Read what the last worker of a run has left.

    Args:
        stamp: what the ledger says that the file is signed with.

    Raises:
        Nothing: a file that cannot be read is one that is not believed.
    """
    try:
        with path.open("rb") as file:
            signature = _signature(stamp, file.fileno())
            raw = file.read()
    except FileNotFoundError:
        return InFlight(_all_begun, Doubt.MISSING)
    except OSError:
        return InFlight(_all_begun, Doubt.DAMAGED)
    if not stamp or raw[:_HEADER] != signature:
        return InFlight(_all_begun, Doubt.STALE if raw.startswith(_FORMAT) else Doubt.DAMAGED)
    known = bytes(_FLAG)
    damaged = bool(raw[_HEADER:].translate(None, known))
    return InFlight(lambda seq: _flag(raw, seq), Doubt.DAMAGED if damaged else None)


def written_this_boot(path: Path) -> bool | None:
    """Whether a run was last sent since this computer was started; None when its file does not say."""
    try:
        with path.open("rb") as file:
            parts = file.read(_HEADER).split(b"\n")
    except OSError:
        return None
    return parts[2] == boot_id().encode() if parts[0] == _FORMAT and len(parts) > 3 else None


class InFlightJournal:
    """The file of one run while it is sent. Use :meth:`begin`, or :meth:`join` in a helper worker."""

    # Written with pwrite, not through a mapping: a disk that takes nothing is an error there, and a signal here.

    def __init__(self, path: Path, stamp: str) -> None:
        self._path = path
        self.stamp = stamp
        self._file = path.open("r+b", buffering=0)
        #: What the disk did not take, by seq.
        self._unwritten: dict[int, int] = {}

    @classmethod
    def begin(cls, path: Path, rows: int) -> InFlightJournal:
        """Forget the past, after the recovery: a new file of a new stamp, on the disk before it has its name.

        Args:
            rows: how many ledger rows there will be. The blocks are allocated at once.
        """
        stamp = uuid.uuid4().hex
        new = path.with_suffix(".new")
        with new.open("wb") as file:
            file.write(_signature(stamp, file.fileno()) + bytes([_IDLE]) * max(rows, 1))
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        with contextlib.suppress(OSError, AttributeError):  # a system that opens no folders
            folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        return cls(path, stamp)

    @classmethod
    def join(cls, path: Path, stamp: str) -> InFlightJournal | None:
        """The file that the run's worker has begun; None when there is another one in its place."""
        if read_in_flight(path, stamp).doubt in {Doubt.MISSING, Doubt.STALE}:
            return None
        return cls(path, stamp)

    @property
    def in_place(self) -> bool:
        """False once the file was removed or replaced, or its disk went away: then nobody would find what it says."""
        try:
            return os.path.samestat(self._path.stat(), os.fstat(self._file.fileno()))
        except OSError:
            return False

    @property
    def healthy(self) -> bool:
        """False while the disk takes nothing: then no body may be begun. Tries again."""
        return not self._unwritten or all(self._written(seq, mark) for seq, mark in list(self._unwritten.items()))

    def flag(self, seq: int) -> int:
        """As :class:`InFlight`, while it is open."""
        mark = self._unwritten.get(seq)
        return _flag_of(os.pread(self._file.fileno(), 1, _HEADER + seq) if mark is None else bytes([mark]))

    def body(self, seq: int) -> None:
        """A body is about to leave.

        Raises:
            OSError: that cannot be written, so it must not leave.
        """
        if not self._written(seq, _BODY):
            self._unwritten[seq] = _IDLE
            raise OSError(errno.EIO, "the in-flight file cannot be written", str(self._path))

    def answered(self, seq: int, kind: OutcomeKind) -> None:
        """An answer came and is not in the ledger yet."""
        self._written(seq, _ANSWER[kind])

    def clear(self, seqs: Collection[int]) -> None:
        """The ledger has these."""
        for seq in seqs:
            self._written(seq, _IDLE)

    def forget(self) -> None:
        """Nobody holds a row any more: none has begun.

        Raises:
            OSError: that cannot be written.
        """
        rows = os.fstat(self._file.fileno()).st_size - _HEADER
        os.pwrite(self._file.fileno(), bytes([_IDLE]) * rows, _HEADER)
        self._unwritten.clear()

    def close(self) -> None:
        """Close the file; it stays on disk."""
        self._file.close()

    def _written(self, seq: int, mark: int) -> bool:
        try:
            os.pwrite(self._file.fileno(), bytes([mark]), _HEADER + seq)
        except OSError as error:
            if not self._unwritten:
                _log.warning("the in-flight file cannot be written: %s", error)
            self._unwritten[seq] = mark
            return False
        self._unwritten.pop(seq, None)
        return True


def _signature(stamp: str, descriptor: int) -> bytes:
    parts = (_FORMAT, stamp.encode(), boot_id().encode(), mount_id(descriptor).encode())
    return b"\n".join(parts)[: _HEADER - 1].ljust(_HEADER, b"\n")


def _all_begun(_seq: int) -> int:
    return _BEGUN


def _flag(raw: bytes, seq: int) -> int:
    return _flag_of(raw[_HEADER + seq : _HEADER + seq + 1])


def _flag_of(mark: bytes) -> int:
    return _FLAG.get(mark[0], _BEGUN) if mark else _BEGUN
