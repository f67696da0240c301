"""What a database or disk failure means to a person: the one place where it is decided."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError, IntegrityError

from smtpdesk.base.errors import StoreError
from smtpdesk.base.i18n import _

#: Below this many free bytes a failed write is taken for a full disk.
_NEARLY_FULL = 1_000_000
_FULL_ERRNO = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG} if hasattr(errno, "EDQUOT") else {errno.ENOSPC, errno.EFBIG}
_REFUSED_ERRNO = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def translated(folder: Path) -> Iterator[None]:
    """Let what the database raises leave as :class:`StoreError`.

    A broken constraint is a mistake of the program and passes through unchanged.
    """
    try:
        yield
    except (IntegrityError, sqlite3.IntegrityError):
        raise
    except DBAPIError as error:
        raise database_error(error.orig, folder) from error
    except sqlite3.Error as error:
        raise database_error(error, folder) from error


@contextmanager
def translated_opening(folder: Path) -> Iterator[None]:
    """As :func:`translated`, and also for the file system calls made while a workspace is opened or copied."""
    try:
        with translated(folder):
            yield
    except OSError as error:
        raise system_error(error, folder) from error


def database_error(error: BaseException | None, folder: Path) -> StoreError:
    """The :class:`StoreError` for what the database driver raised (https://sqlite.org/rescode.html)."""
    code = getattr(error, "sqlite_errorcode", None) or 0
    primary = code & 0xFF
    if primary in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return locked(folder)
    if primary == sqlite3.SQLITE_IOERR and (failing := _failing(folder)) is not None:
        return failing
    if primary == sqlite3.SQLITE_FULL or (primary == sqlite3.SQLITE_IOERR and _out_of_room(code, folder)):
        return full(folder)
    if primary in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
        return read_only(folder)
    if primary in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return damaged(folder)
    return unreachable(folder, str(error))


def system_error(error: OSError, folder: Path) -> StoreError:
    """The :class:`StoreError` for a file system call that failed."""
    if error.errno in _FULL_ERRNO:
        return full(folder)
    if error.errno in _REFUSED_ERRNO:
        return read_only(folder)
    return unreachable(folder, error.strerror or str(error))


def _failing(folder: Path) -> StoreError | None:
    """What keeps the disk from taking anything, if that is not its size: it became read-only, or it does not answer."""
    try:
        # The time of a file can be set on a full disk, but not on one that takes nothing.
        os.utime(folder / "workspace.lock")
    except FileNotFoundError:
        return None
    except OSError as error:
        return system_error(error, folder)
    return None


def _out_of_room(code: int, folder: Path) -> bool:
    # Whatever keeps a file from growing (a quota, a file size limit) reaches SQLite as a failed write.
    if code in {sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_TRUNCATE}:
        return True
    try:
        return shutil.disk_usage(folder).free < _NEARLY_FULL
    except OSError:
        return False


def full(folder: Path) -> StoreError:
    """``workspace.full``."""
    return StoreError(
        "workspace.full",
        _("The disk with the workspace {folder} is full.").format(folder=folder),
        _("Nothing was half-written. Make room on this disk, then try again."),
    )


def locked(folder: Path) -> StoreError:
    """``workspace.locked``."""
    return StoreError(
        "workspace.locked",
        _("Another program is writing to the workspace {folder} and did not finish in time.").format(folder=folder),
        _("Wait for its job to end, or close it, then try again."),
    )


def read_only(folder: Path) -> StoreError:
    """``workspace.read-only``."""
    return StoreError(
        "workspace.read-only",
        _("The workspace {folder} may not be written to.").format(folder=folder),
        _("Give yourself permission to write in this folder, or choose another workspace."),
    )


def damaged(folder: Path) -> StoreError:
    """``workspace.damaged``."""
    return StoreError(
        "workspace.damaged",
        _("The database in the workspace {folder} is damaged or is not one of SMTPDesk's.").format(folder=folder),
        _("Copies made before upgrades are in its folder “backups”: put the newest in the place of workspace.db."),
    )


def newer(folder: Path) -> StoreError:
    """``workspace.newer``."""
    return StoreError(
        "workspace.newer",
        _("The workspace {folder} was written by a newer version of SMTPDesk.").format(folder=folder),
        _("Install the newest version of SMTPDesk, or choose another workspace. Nothing was changed."),
    )


def unreachable(folder: Path, words: str) -> StoreError:
    """``workspace.unreachable``: any other trouble with the disk, with the system's own words."""
    return StoreError(
        "workspace.unreachable",
        _("The workspace {folder} cannot be used: {words}.").format(folder=folder, words=words.rstrip(".")),
        _("Check that the disk is connected and works, then try again."),
    )


def slow(folder: Path) -> StoreError:
    """``workspace.slow``: the disk takes long to answer."""
    return StoreError(
        "workspace.slow",
        _("The disk with the workspace {folder} does not answer.").format(folder=folder),
        _("Check that it is connected and not busy with something else. Sending goes on by itself."),
    )


def closed(folder: Path) -> StoreError:
    """``workspace.closed``: used after :meth:`Workspace.close`."""
    return StoreError("workspace.closed", _("The workspace {folder} is already closed.").format(folder=folder))


class LeaseLost(StoreError):
    """``run.lease-lost``: another process has taken over the run; the one that is told must stop writing for it."""


def lease_lost() -> LeaseLost:
    """``run.lease-lost``."""
    return LeaseLost(
        "run.lease-lost",
        _("Another process has taken over this run."),
        _("This one stops here. What it had not written down is decided by the other one."),
    )
