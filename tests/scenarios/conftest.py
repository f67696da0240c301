"""What every story shares."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which lines the processes of a story reach is not measured: it doubles their time.

    The tests of the command line and of the worker start the same processes, and those are measured.
    """
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
