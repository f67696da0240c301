"""The lock files of a run's folder: one worker a run, and its helper workers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from smtpdesk.base.errors import InputError, StoreError
from smtpdesk.base.i18n import _

#: Held by the one worker of a run; the file stays, the lock does not outlive the process.
LOCK = "worker.lock"
#: Seconds to wait for a worker that is ending, and for helper workers of one that was killed.
_PATIENCE, HELPERS_END = 2.0, 25.0


class Running(InputError):
    """Another worker of this computer sends the run."""


def running() -> Running:
    """The error for a run that has a worker."""
    return Running("worker.running", _("This run is being sent already."))


@contextlib.contextmanager
def run_lock(folder: Path, helper: int = 0) -> Iterator[None]:
    """Be the one worker of a run; it begins when no helper worker of a former one is at work any more.

    Args:
        folder: the run's.
        helper: the number of a helper worker, which has a lock of its own beside the worker's.

    Raises:
        Running: another worker has it, or a helper worker of one that is gone does not end.
        StoreError: ``worker.lock``: something is in the way of the lock files.
    """
    name = LOCK if not helper else f"companion-{helper}.lock"
    with contextlib.ExitStack() as locks:
        try:
            locks.enter_context(FileLock(folder / name, timeout=_PATIENCE))
            if not helper:
                for left in sorted(folder.glob("companion-*.lock")):
                    with FileLock(left, timeout=HELPERS_END):
                        pass
        except Timeout:
            raise running() from None
        except OSError as error:
            raise StoreError(
                "worker.lock",
                _("This run's folder in the workspace takes no lock, so nothing was sent."),
                _("Look whether the disk is there and may be written to, and take away what is in the way."),
                str(error.filename or folder),
            ) from error
        yield
