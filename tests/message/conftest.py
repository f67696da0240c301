from __future__ import annotations

from pathlib import Path

import pytest

from smtpdesk.domain.campaign import Campaign
from tests.message.making import Made


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """A campaign with a text message; tests put in what they need."""
    folder = tmp_path / "spring"
    folder.mkdir()
    made = Made(folder, Campaign("Spring", subject="Hello", text="message.txt"))
    made.put("message.txt", "Good morning\n")
    return made
