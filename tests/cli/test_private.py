"""What is kept is the person's alone, and no process that is started carries a secret in its environment."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from smtpdesk.base import secret_variables
from smtpdesk.sandbox import dismiss
from smtpdesk.sandbox.process import read_running
from tests.servers.proc import ROOT, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="file modes are POSIX's")
SECRETS = {
    "SMTPDESK_PASSWORD_OFFICE": "correct-horse-1",
    "SMTPDESK_REFRESH_TOKEN_OFFICE": "correct-horse-2",
    "SMTPDESK_SANDBOX_PASSWORD": "correct-horse-3",
    "SMTPDESK_PASSWORD_EXAMPLE_COM_DESK1": "correct-horse-4",
}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "new" / "workspace"
    yield folder
    running = read_running(folder / "sandbox")
    dismiss(folder / "sandbox")
    if running is not None:
        wait_until(lambda: not psutil.pid_exists(running.pid), 20, "the sandbox to end")


def smtpdesk(place: Path, *args: object) -> subprocess.CompletedProcess[str]:
    environ = os.environ | SECRETS | {"SMTPDESK_WORKSPACE": str(place), "SMTPDESK_STATE": str(place.parent / "state")}
    command = [sys.executable, "-m", "smtpdesk", *map(str, args)]
    return subprocess.run(command, cwd=ROOT, env=environ, umask=0, capture_output=True, text=True, timeout=120)


def too_open(*folders: Path) -> list[str]:
    entries = [entry for folder in folders for entry in (folder, *folder.rglob("*"))]
    assert len(entries) >= 5
    modes = {entry: stat.S_IMODE(entry.stat().st_mode) for entry in entries}
    return [f"{mode:o} {entry}" for entry, mode in modes.items() if mode != (0o700 if entry.is_dir() else 0o600)]


@pytest.mark.leaves
def test_a_whole_run_leaves_nothing_that_others_may_read(place: Path) -> None:
    """With a umask that lets everybody write everything."""
    ran = smtpdesk(place, "demo", "--headless")
    assert ran.returncode == 0, ran.stderr
    assert list((place / "sandbox").glob("*.eml")) and (place / "logs").is_dir()
    assert too_open(place, place.parent / "state") == []
    running = read_running(place / "sandbox")
    assert running is not None
    inherited = psutil.Process(running.pid).environ()
    assert not [value for value in inherited.values() if "correct-horse" in value]
    assert "PATH" in inherited


def test_a_first_look_leaves_nothing_that_others_may_read(place: Path) -> None:
    assert smtpdesk(place, "profile", "list").returncode == 0
    assert too_open(place) == []


def test_what_libraries_start_inherits_no_secret_and_we_still_know_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(secret_variables, "_taken", {})
    secret_variables.take_out()
    said = subprocess.run(["env"], capture_output=True, text=True, check=True).stdout
    assert "correct-horse" not in said and "PATH=" in said
    assert secret_variables.environment()["SMTPDESK_PASSWORD_OFFICE"] == "correct-horse-1"
