from __future__ import annotations

from pathlib import Path

import pytest

from tests.checks.making import Checked


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    """A campaign without any fault, to two people."""
    made = Checked(tmp_path)
    made.put("message.html", '<p>Hi {{ first_name }}</p><a href="{{ unsubscribe_url }}">leave</a>')
    made.people(2, first_name="Bo")
    return made
