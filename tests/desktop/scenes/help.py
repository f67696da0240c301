"""Help: every topic that comes with the program."""

from __future__ import annotations

from smtpdesk.desktop.pages.help.page import Page
from tests.desktop.screens_stage import WIDE, Stage, scene


@scene("help-1-first")
async def first(stage: Stage) -> None:
    await stage.show("help", Page)


@scene("help-2-errors", sizes=(WIDE,))
async def errors(stage: Stage) -> None:
    await stage.show("help", Page, topic="what-errors-mean")


@scene("help-3-templates", sizes=(WIDE,))
async def templates(stage: Stage) -> None:
    await stage.show("help", Page, topic="templates-and-fields")
