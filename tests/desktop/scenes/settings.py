"""Settings, with the licences folded and open."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton, QScrollArea

from smtpdesk.desktop.pages.settings.page import Page
from tests.desktop import hands
from tests.desktop.screens_stage import WIDE, Stage, scene


@scene("settings-1-all", fresh=True)
async def settings(stage: Stage) -> None:
    page = await stage.show("settings", Page)
    await stage.until(lambda: "Looking" not in hands.words(page) and page.kept.timer_words.text())


@scene("settings-2-licences", sizes=(WIDE,), fresh=True)
async def licences(stage: Stage) -> None:
    await settings.make(stage)
    page = stage.window.page("settings")
    assert page is not None
    down = next(hands.seen(page, QScrollArea)).verticalScrollBar()
    await stage.until(down.maximum)
    down.setValue(down.maximum())
    await stage.until(lambda: hands.named(page, QAbstractButton, "Licences"))
    hands.press(page, "Licences")
