"""Light and dark are switched while something is on show that has nothing to write."""

from __future__ import annotations

from pathlib import Path

from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.desktop.theme import look
from tests.desktop import hands
from tests.desktop.conftest import QtLoop


def test_a_campaign_that_cannot_be_opened_stays_calm(window: MainWindow, qloop: QtLoop, tmp_path: Path) -> None:
    (tmp_path / "campaign.toml").write_text("name = ", "utf-8")
    window.go("campaign", folder=tmp_path)
    qloop.until(lambda: "campaign.toml" in hands.words(window))
    look.set_mode("dark")
    qloop.settle()
    look.set_mode("light")
    qloop.settle()
    assert "Something went wrong" not in hands.words(window)
