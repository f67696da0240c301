"""File names in a campaign: relative to its folder, and never outside of it."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from pathlib import Path, PurePosixPath

from smtpdesk.base import files
from smtpdesk.base.errors import InputError
from smtpdesk.base.files import TEXT_LIMIT
from smtpdesk.base.i18n import _
from smtpdesk.domain.campaign import Campaign

#: Where attachments live; their names may be given with or without it.
ATTACHMENTS = "attachments"
CAMPAIGN_FILE = "campaign.toml"

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DRIVE = re.compile(r"[A-Za-z]:")


def relative(name: str, where: str = "") -> str:
    """The name in its one spelling: forward slashes, no ``.`` parts.

    Raises:
        InputError: ``message.outside-folder`` when it is absolute, has ``..`` in it or is no file name at all.
    """
    slashed = name.strip().replace("\\", "/")
    path = PurePosixPath(slashed)
    if not path.parts or path.is_absolute() or ".." in path.parts or _DRIVE.match(slashed) or _CONTROL.search(slashed):
        raise outside(name, where)
    return path.as_posix()


def inside(folder: Path, name: str, where: str = "") -> Path:
    """The path of a file of the campaign; it need not exist.

    Raises:
        InputError: ``message.outside-folder``, also when a symbolic link leads out of the folder.
    """
    path = folder / relative(name, where)
    if not _within(folder, path):
        raise outside(name, where)
    return path


def attachment(folder: Path, name: str, where: str = "") -> Path:
    """The path of an attachment: in the folder, else in its ``attachments/``; the first that is a file.

    Raises:
        InputError: ``message.outside-folder`` or ``message.attachment-missing``.
    """
    for spelling in (name, f"{ATTACHMENTS}/{name}"):
        path = inside(folder, spelling, where)
        if path.exists() and not path.is_dir():
            return path  # what it is, is asked when it is read
    raise InputError(
        "message.attachment-missing",
        _("The attachment “{name}” is not in the campaign folder.").format(name=name),
        _("Put the file there, or correct its name."),
        where,
    )


def recipients_file(folder: Path, campaign: Campaign) -> Path:
    """The spreadsheet a campaign is sent to (not for campaigns sent to a list of the workspace).

    Raises:
        InputError: ``message.outside-folder``.
    """
    return inside(folder, campaign.recipients, CAMPAIGN_FILE)


def read_text(folder: Path, name: str, where: str = "") -> str:
    """A message file as text: UTF-8, with or without a byte-order mark, line ends as ``\\n``.

    Raises:
        InputError: ``message.file-missing``, ``message.not-utf8``, ``message.outside-folder``; ``file.…`` when it is no
            ordinary file, too large, or changes meanwhile.
    """
    path = inside(folder, name, where)
    try:
        raw = files.read(path, TEXT_LIMIT, where)
    except OSError as error:
        raise InputError(
            "message.file-missing",
            _("“{name}” cannot be read: {reason}").format(name=name, reason=error.strerror or str(error)),
            _("Put the file into the campaign folder, or correct its name in campaign.toml."),
            where,
        ) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(
            "message.not-utf8",
            _("“{name}” is not saved as UTF-8.").format(name=name),
            _("Open it in your editor and save it with the encoding UTF-8."),
            f"{name}:{line}",
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file in one step: after a crash there is the old one or the new one, never a part.

    Raises:
        OSError: the disk is full, or the folder cannot be written.
    """
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        _take_mode(path, Path(temporary))
        os.replace(temporary, path)  # noqa: PTH105 - the one call that is atomic on every platform
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _take_mode(old: Path, new: Path) -> None:
    # mkstemp makes files only the owner can read; a campaign folder may well be shared.
    if old.exists():
        new.chmod(old.stat().st_mode & 0o777)
    else:
        mask = os.umask(0)
        os.umask(mask)
        new.chmod(0o666 & ~mask)


def _within(folder: Path, path: Path) -> bool:
    try:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            path.stat()  # raises for a loop of links, which resolve() lets pass from Python 3.13 on
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # a loop of links, a name the system cannot hold
        return False


def outside(name: str, where: str = "") -> InputError:
    """The error for a file name that leaves the campaign folder."""
    return InputError(
        "message.outside-folder",
        _("“{name}” is not a file inside the campaign folder.").format(name=name),
        _("Files are named relative to the campaign folder, without “..” and without links that lead out of it."),
        where,
    )
