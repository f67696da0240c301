"""Where things are: the shipped resources, and the workspace on the person's disk."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

#: Names the folder of what belongs to this computer.
STATE_VARIABLE = "SMTPDESK_STATE"
_PACKAGE = Path(__file__).resolve().parent.parent


def resources() -> Path:
    """The folder of shipped data files: inside the installed package, or beside it in a checkout."""
    inside = _PACKAGE / "resources"
    return inside if inside.is_dir() else _PACKAGE.parent / "resources"


def default_workspace() -> Path:
    """``SMTPDESK_WORKSPACE`` when set, else the platform's user data folder."""
    named = os.environ.get("SMTPDESK_WORKSPACE")
    return Path(named) if named else Path(platformdirs.user_data_dir("SMTPDesk", appauthor=False))


def state_folder() -> Path:
    """What belongs to this computer and not to a workspace: ``SMTPDESK_STATE`` when set, else the platform's place."""
    named = os.environ.get(STATE_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_state_dir("SMTPDesk", appauthor=False))
