"""Runs whose start was missed, because the computer was off or asleep: asked about when the program opens."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from smtpdesk.base.clock import now
from smtpdesk.base.i18n import _
from smtpdesk.desk.schedule_words import missed_sentence
from smtpdesk.desktop.components import choose
from smtpdesk.domain.delivery import RunInfo

if TYPE_CHECKING:
    from smtpdesk.desk import Desk


async def ask_about_missed(parent: QWidget, desk: Desk, run: RunInfo, go: Callable[..., object]) -> None:
    """Send it now, choose another time, or leave it as it is: paused."""
    standing = await desk.scheduling.standing(run.id)
    body = " ".join((missed_sentence(standing.schedule, now()), _("The computer was off or asleep. Nothing was sent.")))
    answer = await choose(
        parent,
        _("The start of “{name}” was missed").format(name=run.campaign),
        body,
        [("", _("Not now")), ("later", _("Choose another time…")), ("now", _("Send now"))],
        primary="now",
    )
    if answer == "now":
        await desk.scheduling.send_now(run.id)
        go("sending", run_id=run.id)
    elif answer == "later":
        go("sending", run_id=run.id, change_time=True)
