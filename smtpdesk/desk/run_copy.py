"""The frozen copy of the message that a run sends: whole, made again where that is possible, or said to be gone."""

from __future__ import annotations

import logging
import shutil
from dataclasses import replace
from pathlib import Path

from smtpdesk.base.errors import DeskError, InputError, StoreError
from smtpdesk.base.i18n import _
from smtpdesk.base.shell import quoted
from smtpdesk.domain.campaign import Campaign
from smtpdesk.domain.delivery import RunInfo, RunState
from smtpdesk.message import digest, load_campaign, load_frozen, save_campaign, snapshot
from smtpdesk.message.paths import CAMPAIGN_FILE
from smtpdesk.store import Workspace

_log = logging.getLogger("smtpdesk.desk")


def whole_copy(workspace: Path, run: RunInfo, folder: Path | None = None) -> None:
    """See that a run has the copy it was made with; freeze it again when the campaign folder still has that message.

    Args:
        folder: where the campaign is by now, if that is not where the run began.

    Raises:
        InputError: ``run.message-gone``: neither has it. StoreError: the copy cannot be written.
    """
    copy, folder = workspace / run.snapshot, folder or Path(run.folder)
    if _is_it(copy, run):
        return
    if not _is_it(folder, run):
        raise _gone(run)
    _log.warning("%s: its copy of the message is made again", run.id)
    schedule = None
    if (copy / CAMPAIGN_FILE).is_file():
        try:
            schedule = load_frozen(copy).schedule
        except DeskError as error:
            _log.info("its schedule cannot be read: %s", error.code)
    campaign = load_campaign(folder)
    try:
        shutil.rmtree(copy, ignore_errors=True)
        snapshot(folder, campaign, copy)
        if schedule is not None and schedule != campaign.schedule:
            save_campaign(copy, replace(load_campaign(copy), schedule=schedule))
    except OSError as error:
        raise StoreError(
            "run.copy",
            _("The message cannot be copied into the workspace: {reason}.").format(reason=error.strerror or error),
            _("Make room on its disk, then try again."),
        ) from error


def copy_or_pause(store: Workspace, run: RunInfo) -> None:
    """As :func:`whole_copy` before a run is sent; one without is paused, with the reason.

    Raises:
        InputError: ``run.message-gone``. StoreError.
    """
    try:
        whole_copy(store.folder, run)
    except InputError as error:
        store.runs.set_state(run.id, RunState.PAUSED, error.code)
        raise


def _is_it(folder: Path, run: RunInfo) -> bool:
    """Whether a folder holds the very message of a run."""
    if not (folder / CAMPAIGN_FILE).is_file():
        return False
    try:
        campaign: Campaign = load_campaign(folder)
        return digest(folder, campaign) == run.digest
    except (DeskError, OSError):
        return False


def _gone(run: RunInfo) -> InputError:
    return InputError(
        "run.message-gone",
        _("The copy of the message that this run sends is missing from the workspace, or damaged."),
        _(
            "The campaign folder has another message by now. Send that one: smtpdesk send {folder} --new, or “Stop "
            "sending” in the window and send again. To go on with this run, put the message back as it was."
        ).format(folder=quoted(run.folder)),
    )
