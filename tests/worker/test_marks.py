"""The mark file tells after a crash which rows are really uncertain."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from smtpdesk.domain.delivery import OutcomeKind
from smtpdesk.worker.marks import MarkFile


def test_marks_say_how_far_each_row_came(tmp_path: Path) -> None:
    marks = MarkFile(tmp_path / "marks", 6)
    marks.start()
    marks.body(1)
    for seq, kind in ((2, OutcomeKind.ACCEPTED), (3, OutcomeKind.DEFERRED), (4, OutcomeKind.REJECTED)):
        marks.body(seq)
        marks.answered(seq, kind)
    marks.body(5)
    marks.clear([5])
    assert [marks.begun()(seq) for seq in range(6)] == [0, 1, 2, 3, 4, 0]
    marks.close()


def test_marks_survive_kill_9(tmp_path: Path) -> None:
    script = """
import sys, os, signal
from pathlib import Path
from smtpdesk.worker.marks import MarkFile
marks = MarkFile(Path(sys.argv[1]), 100)
marks.start()
marks.body(42)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "marks")], check=False)
    assert done.returncode == -signal.SIGKILL
    marks = MarkFile(tmp_path / "marks", 100)
    assert [seq for seq in range(100) if marks.begun()(seq)] == [42]
    marks.close()


def test_after_another_boot_every_claimed_row_counts_as_begun(tmp_path: Path) -> None:
    file = tmp_path / "marks"
    marks = MarkFile(file, 3)
    marks.start()
    marks.close()
    with file.open("r+b") as raw:
        raw.write(b"another-boot".ljust(64, b"\0"))
    marks = MarkFile(file, 3)
    assert [marks.begun()(seq) for seq in range(3)] == [1, 1, 1]
    marks.start()
    assert [marks.begun()(seq) for seq in range(3)] == [0, 0, 0]
    marks.close()


def test_a_mark_file_of_another_size_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "marks").write_bytes(b"\0" * 10)
    marks = MarkFile(tmp_path / "marks", 3)
    assert marks.begun()(0) == 1
    marks.close()
    assert (tmp_path / "marks").stat().st_size == 67
