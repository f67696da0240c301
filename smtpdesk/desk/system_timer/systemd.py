"""Linux: a service and a timer of the user's systemd. Text only; nothing is run here."""

from __future__ import annotations

import math
from collections.abc import Mapping

from smtpdesk.base.clock import utc
from smtpdesk.desk.system_timer.job import Job


def files(job: Job) -> Mapping[str, str]:
    """The unit files by name, for ``~/.config/systemd/user``."""
    return {f"{job.name}.service": service(job), f"{job.name}.timer": timer(job)}


def service(job: Job) -> str:
    """Runs until everything is sent that was due; what it started ends with it."""
    return f"""[Unit]
Description={_plain(job.description)}

[Service]
Type=exec
ExecStart={" ".join(_quoted(part) for part in job.command)}
"""


def timer(job: Job) -> str:
    """Persistent: a moment at which the computer was off is caught up when the user's systemd starts again."""
    moments = "".join(f"OnCalendar={_moment(at)}\n" for at in job.moments)
    return f"""[Unit]
Description={_plain(job.description)}

[Timer]
{moments}Persistent=true
AccuracySec=1s

[Install]
WantedBy=timers.target
"""


def _moment(at: float) -> str:
    """Rounded up: a second too late is no harm, one too early finds nothing due."""
    return utc(math.ceil(at)).strftime("%Y-%m-%d %H:%M:%S UTC")


def _quoted(part: str) -> str:
    """A word of ExecStart: specifiers (%) and variables ($) are doubled, the rest is quoted as in C."""
    safe = part.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return '"' + safe.replace("\n", "\\n").replace("\t", "\\t") + '"'


def _plain(words: str) -> str:
    return " ".join(words.split()).replace("%", "%%")
