"""The in-flight file tells after a crash which rows are really uncertain; what it cannot prove counts as begun."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from smtpdesk.domain.delivery import OutcomeKind
from smtpdesk.worker.in_flight import Doubt, InFlightJournal, read_in_flight

HEADER = 256


@pytest.fixture
def left(tmp_path: Path) -> tuple[Path, str]:
    """The file that a killed worker has left: row 1 begun, row 2 accepted, the others not begun."""
    path = tmp_path / "in-flight"
    journal = InFlightJournal.begin(path, 6)
    journal.body(1)
    journal.body(2)
    journal.answered(2, OutcomeKind.ACCEPTED)
    journal.close()
    return path, journal.stamp


def flags(path: Path, stamp: str, rows: int = 6) -> tuple[list[int], Doubt | None]:
    found = read_in_flight(path, stamp)
    return [found.flag(seq) for seq in range(rows)], found.doubt


def test_it_says_how_far_each_row_came(tmp_path: Path) -> None:
    path = tmp_path / "in-flight"
    journal = InFlightJournal.begin(path, 6)
    journal.body(1)
    for seq, kind in ((2, OutcomeKind.ACCEPTED), (3, OutcomeKind.DEFERRED), (4, OutcomeKind.REJECTED)):
        journal.body(seq)
        journal.answered(seq, kind)
    journal.body(5)
    journal.clear([5])
    assert [journal.flag(seq) for seq in range(6)] == [0, 1, 2, 3, 4, 0]
    assert flags(path, journal.stamp) == ([0, 1, 2, 3, 4, 0], None)
    journal.close()


def test_it_survives_kill_9(tmp_path: Path) -> None:
    script = """
import sys, os, signal
from pathlib import Path
from smtpdesk.worker.in_flight import InFlightJournal
journal = InFlightJournal.begin(Path(sys.argv[1]), 100)
journal.body(42)
print(journal.stamp, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "in-flight")], check=False, capture_output=True, text=True
    )
    assert done.returncode == -signal.SIGKILL
    found, doubt = flags(tmp_path / "in-flight", done.stdout.strip(), 100)
    assert ([seq for seq, flag in enumerate(found) if flag], doubt) == ([42], None)


def test_a_new_session_begins_with_a_clean_file_of_another_stamp(left: tuple[Path, str]) -> None:
    path, stamp = left
    journal = InFlightJournal.begin(path, 8)
    assert journal.stamp != stamp
    assert flags(path, journal.stamp, 8) == ([0] * 8, None)
    journal.close()


def _overwrite(at: int, new: bytes) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        with path.open("r+b") as raw:
            raw.seek(at)
            raw.write(new)

    return damage


def _of_another(part: int) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        raw = path.read_bytes()
        parts = raw[:HEADER].rstrip(b"\n").split(b"\n")
        parts[part] = b"another"
        path.write_bytes(b"\n".join(parts).ljust(HEADER, b"\n") + raw[HEADER:])

    return change


@pytest.mark.parametrize(
    ("harm", "doubt"),
    [
        (Path.unlink, Doubt.MISSING),
        (lambda path: path.write_bytes(b""), Doubt.DAMAGED),
        (lambda path: path.write_bytes(b"\0" * path.stat().st_size), Doubt.DAMAGED),
        (lambda path: os.truncate(path, 100), Doubt.STALE),
        (lambda path: path.write_bytes(os.urandom(path.stat().st_size)), Doubt.DAMAGED),
        (lambda path: (path.unlink(), path.mkdir()), Doubt.DAMAGED),
        (_overwrite(3, b"?"), Doubt.DAMAGED),
        (_of_another(1), Doubt.STALE),
        (_of_another(2), Doubt.STALE),
        (_of_another(3), Doubt.STALE),
    ],
    ids=["missing", "empty", "zeros", "cut in the head", "noise", "a folder", "head", "stamp", "boot", "mount"],
)
def test_a_file_that_cannot_be_believed_says_begun_of_every_row(
    left: tuple[Path, str], harm: Callable[[Path], object], doubt: Doubt
) -> None:
    path, stamp = left
    harm(path)
    assert flags(path, stamp) == ([1] * 6, doubt)


def test_without_a_stamp_in_the_ledger_no_file_is_believed(left: tuple[Path, str]) -> None:
    assert flags(left[0], "") == ([1] * 6, Doubt.STALE)


def test_a_hole_or_a_lost_end_is_begun_and_the_rest_is_still_known(left: tuple[Path, str]) -> None:
    path, stamp = left
    _overwrite(HEADER + 3, b"\0\xff")(path)
    os.truncate(path, HEADER + 5)
    found = read_in_flight(path, stamp)
    assert [found.flag(seq) for seq in range(6)] == [0, 1, 2, 1, 1, 1]
    assert found.doubt is Doubt.DAMAGED


@pytest.mark.parametrize("bit", range(8))
def test_no_single_bit_makes_another_known_row_of_one(left: tuple[Path, str], bit: int) -> None:
    path, stamp = left
    raw = bytearray(path.read_bytes())
    for seq in range(6):
        raw[HEADER + seq] ^= 1 << bit
    path.write_bytes(raw)
    assert flags(path, stamp) == ([1] * 6, Doubt.DAMAGED)


def test_a_helper_worker_joins_only_the_file_that_its_worker_began(left: tuple[Path, str]) -> None:
    path, stamp = left
    joined = InFlightJournal.join(path, stamp)
    assert joined is not None and joined.flag(1) == 1
    assert joined.in_place
    path.unlink()
    assert not joined.in_place
    InFlightJournal.begin(path, 6).close()
    assert not joined.in_place, "another file is in its place"
    joined.close()
    assert InFlightJournal.join(path, stamp) is None
    path.unlink()
    assert InFlightJournal.join(path, stamp) is None


@contextlib.contextmanager
def memory_disk(place: Path) -> Iterator[None]:
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can mount a disk")
    place.mkdir(exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], capture_output=True, check=False, text=True
    )
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", place], check=True)


def test_another_mount_at_the_same_place_is_another(tmp_path: Path) -> None:
    """What the page cache had is gone with the mount; the copy that comes back is from before."""
    disk = tmp_path / "disk"
    with memory_disk(disk):
        journal = InFlightJournal.begin(disk / "in-flight", 3)
        old = (disk / "in-flight").read_bytes()
        journal.body(1)
        journal.close()
        assert flags(disk / "in-flight", journal.stamp, 3) == ([0, 1, 0], None)
    with memory_disk(disk):
        (disk / "in-flight").write_bytes(old)
        assert flags(disk / "in-flight", journal.stamp, 3) == ([1, 1, 1], Doubt.STALE)


def test_a_disk_that_takes_nothing_lets_no_body_begin(left: tuple[Path, str]) -> None:
    path, stamp = left
    journal = InFlightJournal(path, stamp)
    good, journal._file = journal._file, path.open("rb", buffering=0)  # a descriptor that may not be written to
    with pytest.raises(OSError, match="cannot be written"):
        journal.body(3)
    assert not journal.healthy
    journal.answered(1, OutcomeKind.ACCEPTED)  # an answer is never lost while the process lives
    assert (journal.flag(1), journal.flag(3)) == (2, 0)
    journal._file.close()
    journal._file = good
    assert journal.healthy
    assert flags(path, stamp)[0][:4] == [0, 2, 2, 0]
    journal.close()
