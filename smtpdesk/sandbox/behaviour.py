"""How the sandbox treats mail: which share it refuses, puts off or is too busy for, and how slow it is."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from pathlib import Path

from smtpdesk.base import files, private
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _

_log = logging.getLogger(__name__)

BEHAVIOUR_FILE = "behaviour.json"


class Verdict(StrEnum):
    """What happens to one recipient at the first try."""

    ACCEPT = "accept"
    REJECT = "reject"
    DEFER = "defer"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Shares from 0 to 1 of all recipients, and seconds a message takes.

    ``reject``: 550 5.1.1 each time. ``defer``: 451 4.7.1 at the first try. ``busy``: 421 and the connection closed at
    the first try. The shares add up to 1 at most. Which recipients are meant depends on their addresses alone, so that
    a demo goes the same way each time.

    Raises:
        InputError: ``sandbox.share`` or ``sandbox.delay`` when a value is out of range.
    """

    reject: float = 0.0
    defer: float = 0.0
    busy: float = 0.0
    delay: float = 0.0

    def __post_init__(self) -> None:
        shares = (self.reject, self.defer, self.busy)
        if not all(0 <= share <= 1 for share in shares) or sum(shares) > 1 + 1e-9:
            raise InputError(
                "sandbox.share",
                _("These shares do not fit together."),
                _("Each share is between 0 and 1, and together they are 1 at most."),
            )
        if not 0 <= self.delay <= 3600:
            raise InputError("sandbox.delay", _("The delay must be between 0 and 3600 seconds."))

    def verdict(self, recipient: str) -> Verdict:
        """What happens to this recipient at the first try."""
        draw = int.from_bytes(hashlib.sha256(recipient.casefold().encode()).digest()[:8], "big") / 2**64
        for share, verdict in ((self.reject, Verdict.REJECT), (self.defer, Verdict.DEFER), (self.busy, Verdict.BUSY)):
            if draw < share:
                return verdict
            draw -= share
        return Verdict.ACCEPT


def save_behaviour(folder: Path, behaviour: Behaviour) -> None:
    """Write it so that a running sandbox of this folder takes it over at once; never half-written."""
    private.make_folder(folder)
    half = folder / f".{BEHAVIOUR_FILE}.{os.getpid()}.tmp"
    private.write_text(half, json.dumps(asdict(behaviour), indent=2) + "\n")
    half.replace(folder / BEHAVIOUR_FILE)


def load_behaviour(folder: Path) -> Behaviour:
    """What the folder says; the kind default when it says nothing or nothing that can be read."""
    return BehaviourFile(folder).current()


class BehaviourFile:
    """Follows behaviour.json: :meth:`current` reads it again only when it changed."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / BEHAVIOUR_FILE
        self._seen: tuple[int, int, int] | None = None
        self._behaviour = Behaviour()

    def current(self) -> Behaviour:
        """The behaviour now. A file that cannot be read leaves the one before in force."""
        try:
            stat = self._path.stat()
        except OSError:
            self._seen, self._behaviour = None, Behaviour()
            return self._behaviour
        mark = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if mark != self._seen:
            self._seen = mark
            try:
                self._behaviour = _read(self._path)
            except (OSError, ValueError, TypeError, AttributeError, RecursionError, InputError):
                _log.warning("%s cannot be read; the sandbox goes on as before", self._path.name)
        return self._behaviour


def _read(path: Path) -> Behaviour:
    stated = json.loads(files.read(path, files.SMALL_LIMIT))
    known = {field.name for field in fields(Behaviour)}
    return Behaviour(**{name: float(value) for name, value in stated.items() if name in known})
