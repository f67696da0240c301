"""Settings, with the licences folded and open."""

from __future__ import annotations

from smtpdesk.desktop.pages.settings.page import Page
from tests.desktop import hands
from tests.desktop.screens_stage import WIDE, Stage, scene


@scene("settings-1-all", fresh=True)
async def settings(stage: Stage) -> None:
    page = await stage.show("settings", Page)
    await stage.until(lambda: "Looking" not in hands.words(page))


@scene("settings-2-licences", sizes=(WIDE,), fresh=True)
async def licences(stage: Stage) -> None:
    await settings.make(stage)
    hands.press(stage.window, "Licences")
