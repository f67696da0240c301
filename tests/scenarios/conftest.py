"""What every story shares."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def _unmeasured() -> Iterator[None]:
    """Which lines the processes of a story reach is not measured: it doubles their time.

    The tests of the command line and of the worker start the same processes, and those are measured.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        yield
