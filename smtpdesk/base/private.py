"""Files and folders for the person alone, whatever the umask says: folders 0700, files 0600."""

from __future__ import annotations

import contextlib
import itertools
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

FOLDER, FILE = 0o700, 0o600
#: Entries below a folder that are looked at when the folder itself was private already.
_GLANCE = 5_000


def start_private() -> None:
    """Everything that this process makes from now on is the person's alone: for processes that write nothing else."""
    os.umask(0o077)


def make_folder(folder: Path) -> Path:
    """Make a folder of ours, and those above it that are not there, private; an older one becomes private.

    Raises:
        OSError: it cannot be made. One whose mode cannot be changed is no error.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=FOLDER, exist_ok=True)
    _narrow(folder, FOLDER)
    return folder


def opener(path: str, flags: int) -> int:
    """For ``open(…, opener=opener)``: a file that is made is private."""
    return os.open(path, flags, FILE)


def write_text(path: Path, text: str) -> None:
    """Write a private file; one that was there becomes private."""
    with open(path, "w", encoding="utf-8", opener=opener) as stream:
        stream.write(text)
    _narrow(path, FILE)


def repair(folder: Path, files: Iterable[str], trees: Iterable[str] = ()) -> None:
    """Make a folder of ours private again: itself, what these patterns name, and all that is below ``trees``.

    Other entries are not ours, and links are not followed. Raises nothing: a disk without modes has none to repair.
    """
    with contextlib.suppress(OSError):
        # What is below a folder that was private all the time is out of reach: a glance is enough.
        glance = _GLANCE if not stat.S_IMODE(folder.lstat().st_mode) & 0o077 else None
        _narrow(folder, FOLDER)
        for pattern in files:
            for entry in folder.glob(pattern):
                _narrow(entry, FOLDER if entry.is_dir() else FILE)
        below = itertools.chain.from_iterable(_below(folder / name) for name in trees)
        for entry, mode in itertools.islice(below, glance):
            _narrow(entry, mode)


def _below(folder: Path) -> Iterator[tuple[Path, int]]:
    if folder.is_symlink() or not folder.is_dir():
        return
    yield folder, FOLDER
    for place, folders, files in os.walk(folder):
        yield from ((Path(place, name), FOLDER) for name in folders)
        yield from ((Path(place, name), FILE) for name in files)


def _narrow(path: Path, mode: int) -> None:
    """Take from others what they may; a link, and what belongs to somebody or everybody else, is left alone."""
    if os.name == "nt":  # the rights of a profile folder are inherited there
        return
    with contextlib.suppress(OSError):
        found = path.lstat()
        ours = found.st_uid == os.geteuid() and not found.st_mode & stat.S_ISVTX
        if ours and found.st_mode & 0o077 and (stat.S_ISDIR(found.st_mode) or stat.S_ISREG(found.st_mode)):
            path.chmod(stat.S_IMODE(found.st_mode) & mode)
