"""An open workspace for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpdesk.store import Workspace


@pytest.fixture(scope="session")
def empty_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace just made, to be copied: making one takes longer than most tests here."""
    folder = tmp_path_factory.mktemp("store") / "desk"
    Workspace.open(folder).close()
    return folder


@pytest.fixture
def store(empty_workspace: Path, tmp_path: Path) -> Iterator[Workspace]:
    shutil.copytree(empty_workspace, tmp_path / "desk")
    with Workspace.open(tmp_path / "desk", busy_seconds=10) as opened:
        yield opened
