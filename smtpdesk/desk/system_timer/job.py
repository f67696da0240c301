"""What the system is to start, and when; the same for every system."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

#: More moments than this are not written down: the command itself writes the next ones when it has run.
MOST = 24


@dataclass(frozen=True, slots=True)
class Job:
    """One command at several moments (seconds since the epoch, in order). ``name`` tells workspaces apart."""

    name: str
    command: tuple[str, ...]
    moments: tuple[float, ...]
    description: str = "SMTPDesk: start scheduled campaigns"


def job_for(workspace: Path, moments: Iterable[float]) -> Job:
    """The job that starts what a workspace has scheduled; it reads passwords from the keyring."""
    folder = str(workspace.absolute())
    name = f"smtpdesk-schedule-{hashlib.sha256(folder.encode('utf-8', 'surrogateescape')).hexdigest()[:10]}"
    command = (sys.executable, "-m", "smtpdesk", "schedule", "run", "--workspace", folder)
    return Job(name, command, tuple(sorted(set(moments)))[:MOST])
