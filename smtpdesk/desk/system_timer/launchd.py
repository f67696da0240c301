"""macOS: an agent of the user's launchd. A property list only; nothing is run here."""

from __future__ import annotations

import math
import plistlib
from datetime import datetime

from smtpdesk.desk.system_timer.job import Job


def label(job: Job) -> str:
    """The agent's name, and that of its file in ``~/Library/LaunchAgents``."""
    return f"io.smtpdesk.{job.name}"


def property_list(job: Job) -> bytes:
    """The agent: at these moments, and when the user signs in. A moment in a sleep is caught up on waking.

    launchd knows no year: a moment comes again after a year, and then finds nothing to do.
    """
    return plistlib.dumps(
        {
            "Label": label(job),
            "ProgramArguments": list(job.command),
            "RunAtLoad": True,
            "StartCalendarInterval": [_calendar(at) for at in job.moments],
            "ProcessType": "Background",
        }
    )


def _calendar(at: float) -> dict[str, int]:
    """By the computer's clock, to the minute, never before the moment."""
    then = datetime.fromtimestamp(math.ceil(at / 60) * 60)
    return {"Month": then.month, "Day": then.day, "Hour": then.hour, "Minute": then.minute}
