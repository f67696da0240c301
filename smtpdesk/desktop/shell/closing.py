"""Closing the window while something is being sent. The worker is a process of its own and can go on by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desktop.components import choose
from smtpdesk.domain.delivery import RunInfo

if TYPE_CHECKING:
    from smtpdesk.desk import Desk

#: Set once a person has been told that sending goes on without the window, and wanted it so.
_TOLD = "closing.told"


async def runs_at_work(desk: Desk) -> list[RunInfo]:
    """The runs that are being sent now, one whose worker is just starting included; none that waits for its time."""
    return [view.run for view in await desk.sending.at_work() if view.alive and view.waits_until is None]


async def ask_before_closing(parent: QWidget, desk: Desk) -> bool:
    """Whether the window may close; pauses the runs when the person says so.

    Who has kept sending in the background once knows that it goes on, and is not asked again.
    """
    runs = await runs_at_work(desk)
    if not runs or await desk.settings.get(_TOLD, False):
        return True
    title = ngettext("“{name}” is still being sent", "{n} campaigns are still being sent", len(runs))
    body = _(
        "Sending does not need this window: it can go on in the background and you see the result when you come "
        "back. If you pause, nothing is lost; press Continue later."
    )
    answer = await choose(
        parent,
        title.format(name=runs[0].campaign, n=len(runs)),
        body,
        [("cancel", _("Cancel")), ("pause", _("Pause and close")), ("keep", _("Keep sending in the background"))],
        primary="keep",
    )
    if answer == "pause":
        for run in runs:
            await desk.sending.pause(run.id)
    if answer == "keep":
        await desk.settings.set(_TOLD, True)
    return answer in ("pause", "keep")
