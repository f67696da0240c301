"""An open workspace for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpdesk.store import Workspace


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open(tmp_path / "desk", busy_seconds=10) as opened:
        yield opened
