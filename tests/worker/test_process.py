"""The worker as a process: what it says, and that it needs nobody to listen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from smtpdesk.worker.protocol import VERSION, line, parse


def run(workspace: Path, *options: str, input: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "smtpdesk.worker", "--workspace", str(workspace), *options],
        input=input,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_messages_go_through_a_line_and_back() -> None:
    assert parse(line("beat", words="grüße\n")) == {"v": VERSION, "event": "beat", "words": "grüße\n"}
    assert line("beat", words="a\nb").count("\n") == 1


def test_what_is_no_message_of_ours_is_not_taken_for_one() -> None:
    assert parse("DeprecationWarning: something") is None
    assert parse('{"v": 99, "event": "beat"}') is None
    assert parse("[1, 2]") is None


def test_an_unknown_run_is_told_in_words_not_in_a_traceback(workspace: Path) -> None:
    done = run(workspace, "--run", "nothing-1")
    assert done.returncode == 2
    said = parse(done.stdout.splitlines()[-1])
    assert said is not None
    assert (said["event"], said["code"]) == ("failed", "run.unknown")
    assert "Traceback" not in done.stdout + done.stderr


def test_something_in_the_way_of_the_lock_is_told_in_words(workspace: Path) -> None:
    (workspace / "runs" / "some-1" / "worker.lock").mkdir(parents=True)
    done = run(workspace, "--run", "some-1")
    said = parse(done.stdout.splitlines()[-1])
    assert said is not None
    assert (said["event"], said["code"]) == ("failed", "worker.lock")
    assert "Traceback" not in done.stdout + done.stderr
