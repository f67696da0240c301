"""Why a run has no worker although it should have one: what its starter saw, or what the files still say."""

from __future__ import annotations

import logging
import signal
import sys
from pathlib import Path

from smtpdesk.worker.in_flight import FILE_NAME, written_this_boot

_log = logging.getLogger("smtpdesk.desk")
#: Causes in the book of replies.
KILLED, CRASHED, REBOOTED, GONE = "worker.killed", "worker.crashed", "worker.rebooted", "worker.gone"
#: In the run's folder: the cause, from whoever started a worker that ended without a word.
_FILE = "worker.exit"


def keep_exit(folder: Path, status: int) -> None:
    """Write down how a worker ended that said nothing (negative: the signal that ended it)."""
    try:
        (folder / _FILE).write_text(_cause_of(status), encoding="ascii")
    except OSError as error:
        _log.info("how the worker ended cannot be kept: %s", error)


def forget_exit(folder: Path) -> None:
    """Another worker begins."""
    try:
        (folder / _FILE).unlink(missing_ok=True)
    except OSError as error:
        _log.info("how a worker ended cannot be forgotten: %s", error)


def cause_left(folder: Path) -> str:
    """The cause, as far as it can be told, for a run's folder."""
    try:
        found = (folder / _FILE).read_text(encoding="ascii")
    except (OSError, ValueError):
        found = ""
    if found in {KILLED, CRASHED}:
        return found
    return REBOOTED if written_this_boot(folder / FILE_NAME) is False else GONE


def _cause_of(status: int) -> str:
    faults = {signal.SIGSEGV, signal.SIGABRT, signal.SIGILL, signal.SIGFPE}
    if sys.platform != "win32":
        faults.add(signal.SIGBUS)
    return KILLED if status < 0 and -status not in faults else CRASHED
