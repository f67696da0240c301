"""A companion that does not end is no reason for its worker to hang."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from smtpdesk.worker.companions import Companions


def test_a_companion_that_does_not_end_is_killed_and_said_to_have_left_something(tmp_path: Path) -> None:
    companions = Companions([], tmp_path / "errors", {})
    with subprocess.Popen(["sleep", "600"], stdin=subprocess.PIPE) as stuck:
        companions._processes.append(stuck)
        assert companions.alive
        assert asyncio.run(companions.end(patience=0.05))
        assert stuck.returncode == -9
    assert not companions.alive


@pytest.mark.parametrize("status", [0, 1])
def test_one_that_ends_in_order_is_waited_for(tmp_path: Path, status: int) -> None:
    companions = Companions([], tmp_path / "errors", {})
    with subprocess.Popen(["sh", "-c", f"cat; exit {status}"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as one:
        companions._processes.append(one)
        assert asyncio.run(companions.end()) is bool(status)
