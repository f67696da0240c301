"""The window itself: a workspace that cannot be opened, and the question before it closes."""

from __future__ import annotations

from smtpdesk.base.errors import StoreError
from smtpdesk.desktop.pages.home.page import Page
from smtpdesk.desktop.shell.closing import ask_before_closing
from tests.desktop import hands
from tests.desktop.screens_data import half_way, shared
from tests.desktop.screens_stage import WIDE, Stage, scene


@scene("window-1-not-opened", sizes=(WIDE,))
async def not_opened(stage: Stage) -> None:
    error = StoreError(
        "workspace.newer",
        f"The workspace {stage.folder / 'workspace'} was written by a newer version of SMTPDesk.",
        "Install the newest version of SMTPDesk, or choose another workspace. Nothing was changed.",
    )
    stage.window.show()
    stage.window.tasks.spawn(stage.window.could_not_open(error, stage.folder / "workspace"))
    await stage.until(lambda: "newer" in hands.words(stage.window))


@scene("window-2-closing", sizes=(WIDE,))
async def closing(stage: Stage) -> None:
    shared(stage.store)
    stage.at_work(half_way(stage.store).id)
    await stage.show("campaigns", Page)
    stage.window.tasks.spawn(ask_before_closing(stage.window, stage.desk))
    stage.subject = await stage.until(hands.dialog, "the question")
