"""Which campaign a folder holds: the same one after it was moved, renamed or spelled otherwise; a copy is another one.

A small hidden file in the folder says so from the first sending on, and the workspace remembers where it was sent from.
"""

from __future__ import annotations

import logging
import tomllib
import uuid
from pathlib import Path

from smtpdesk.message.paths import write_atomically
from smtpdesk.store import Workspace
from smtpdesk.store.places import kept_folder

#: The file's name. Hidden files are no part of a message.
MARK = ".smtpdesk-campaign"
_MOST = 4096
_WORDS = """\
# By this SMTPDesk knows the campaign, so that nobody gets it twice when this folder is moved or renamed.
# In a copy of the folder it does not count: a copy with another message is a new campaign.
id = "{identity}"
"""
_log = logging.getLogger("smtpdesk.desk")


class Identities:
    """The identities of campaign folders. Synchronous: reads and writes small files."""

    def __init__(self, store: Workspace) -> None:
        self._store = store

    def known(self, folder: Path) -> str:
        """The identity of the campaign in a folder, or "" when it was never sent from this workspace nor another."""
        real = Path(kept_folder(folder))
        named, placed = read_mark(real), self._store.places.identity(real)
        if not named or named == placed:
            return placed
        others = [place for place in self._store.places.folders(named) if not _same(place, real)]
        # Where the campaign was is still one with this very mark: this folder is a copy of it.
        return placed if any(read_mark(place) == named for place in others) else named

    def take(self, folder: Path) -> str:
        """The identity under which the campaign in a folder is sent now; a new campaign gets one.

        A folder that cannot be written is known by its place alone.
        """
        identity = self.known(folder) or uuid.uuid4().hex
        self._store.places.keep(folder, identity)
        mark(folder, identity)
        return identity


def mark(folder: Path, identity: str = "") -> None:
    """Write an identity into a folder; without one, a new one: a new campaign in the place of one that was removed."""
    identity = identity or uuid.uuid4().hex
    if read_mark(folder) == identity:
        return
    try:
        write_atomically(folder / MARK, _WORDS.format(identity=identity).encode())
    except OSError as error:
        _log.warning("the campaign's mark cannot be written: %s", error)


def read_mark(folder: Path) -> str:
    """What the file in a folder says; "" when there is none that can be read."""
    try:
        with (folder / MARK).open("rb") as file:
            found = tomllib.loads(file.read(_MOST).decode()).get("id", "")
    except (OSError, ValueError, RecursionError):
        return ""
    return found if isinstance(found, str) and 8 <= len(found) <= 64 and found.isalnum() and found.isascii() else ""


def _same(place: Path, real: Path) -> bool:
    try:
        return place == real or place.samefile(real)
    except OSError:
        return False
