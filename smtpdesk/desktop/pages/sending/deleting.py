"""Asks before a run is deleted, or all runs of a campaign, and deletes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desktop.components import confirm

if TYPE_CHECKING:
    from smtpdesk.desk import Desk
    from smtpdesk.domain.delivery import RunInfo


async def delete_run(parent: QWidget, desk: Desk, run_id: str) -> bool:
    """Ask, and delete one run; False when the person keeps it."""
    view = await desk.sending.view(run_id)
    open_ = view.counts.open
    body = _("Its people, its log and its copy of the message are deleted for good. Nobody gets it twice all the same.")
    if open_:
        left = ngettext(
            "{n} person has not got it yet, and will not.", "{n} people have not got it yet, and will not.", open_
        )
        body = f"{left.format(n=f'{open_:,}')} {body}"
    title = _("Delete this run of “{name}”?").format(name=view.run.campaign)
    if not await confirm(parent, title, body, _("Delete"), danger=True):
        return False
    await desk.erasing.delete_run(run_id, unfinished=True)
    return True


async def delete_campaigns_runs(parent: QWidget, desk: Desk, run: RunInfo) -> int:
    """Ask, and delete all runs of a campaign that are over; returns how many went."""
    runs = await desk.erasing.runs_of(run)
    title = ngettext("Delete what was sent of “{name}”?", "Delete all {n} runs of “{name}”?", len(runs)).format(
        name=run.campaign, n=f"{len(runs):,}"
    )
    body = _(
        "Their people, logs and copies of the message are deleted for good. What is being sent, is scheduled or is not "
        "finished stays. The campaign itself stays, and nobody gets it twice all the same."
    )
    if not await confirm(parent, title, body, _("Delete"), danger=True):
        return 0
    return await desk.erasing.delete_runs(runs)
