"""Remembers outside of the workspace how far each run had come, so that an older copy of the workspace is known as one.

A file a run, found by its campaign and by its message, not by the run alone: a workspace that was put back from before
a run, or whose last writings were lost, does not know that run, makes a new one, and would send to everybody again.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smtpdesk.base.ids import digest
from smtpdesk.base.paths import state_folder
from smtpdesk.domain.delivery import RunInfo

_log = logging.getLogger("smtpdesk.worker")
#: Seconds between two writings.
INTERVAL = 1.0
#: Runs are told apart by when they were made, to so many seconds.
_SAME = 1e-5


def guard_folder() -> Path:
    """Where the files are."""
    return state_folder() / "runs"


@dataclass(frozen=True, slots=True)
class Origin:
    """Which workspace it is: the name that it was given when it was made, which its copies share, and its place."""

    workspace: str
    place: str

    def is_of(self, said: dict[str, Any]) -> bool:
        """Whether a file was written by this workspace, a copy of it, or what was at its place before."""
        return (bool(self.workspace) and said.get("workspace") == self.workspace) or said.get("place") == self.place


class RollbackGuard:
    """What is remembered of one run, and of other runs of the same campaign or message."""

    def __init__(self, run: RunInfo, origin: Origin) -> None:
        self._run = run
        self._origin = origin
        self._campaign = _campaign_key(run.folder)
        # A copied workspace has the same runs, made at the same moments; other workspaces have others.
        self._path = guard_folder() / f"{self._campaign}-{run.digest[:8]}-{run.id}-{run.created_at:.6f}.json"
        self._next = 0.0

    @property
    def lock(self) -> Path:
        """Locked by the worker of the run, in whichever copy of the workspace."""
        return self._path.with_suffix(".lock")

    @property
    def due(self) -> bool:
        """True when it is time to write again."""
        return time.monotonic() >= self._next

    def refuses(self, here: int, known: Callable[[str, float], int | None]) -> bool:
        """Whether more was sent than this workspace knows of.

        Args:
            here: the ledger's counter of the run.
            known: the ledger's counter of another run, by its id and when it was made; None when it is not there.
        """
        own = _read(self._path)
        if own is not None and _number(own, "advanced") > here:
            return True
        return any(self._is_ahead(said, known) for _path, said in self._others())

    def take_over(self, known: Callable[[str, float], int | None]) -> None:
        """A person says that this workspace is the one: what others had sent is no question any more."""
        for path, said in self._others():
            if self._is_ahead(said, known):
                _log.warning("%s: taken over although %s was ahead", self._run.id, path.stem)
                path.unlink(missing_ok=True)

    def note(self, advanced: int, *, ended: bool = False, reached: int | None = None) -> None:
        """Remember the ledger's counter, which is on the disk by now. That this cannot be written stops nobody.

        Args:
            ended: the run is over, so that its file may go once it is old.
            reached: how many were sent to, from a worker that left in good order.
        """
        self._next = time.monotonic() + INTERVAL
        said = {
            "advanced": advanced,
            "run": self._run.id,
            "created": self._run.created_at,
            "campaign": self._campaign,
            "message": self._run.digest,
            "workspace": self._origin.workspace,
            "place": self._origin.place,
        }
        said |= {"ended": True} if ended else {}
        said |= {} if reached is None else {"reached": reached}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            new = self._path.with_suffix(".new")
            new.write_text(json.dumps(said), encoding="utf-8")
            new.replace(self._path)
        except OSError as error:
            _log.warning("how far the run had come cannot be remembered: %s", error)

    def forget(self) -> None:
        """The run is deleted on purpose: it is not missing."""
        self._path.unlink(missing_ok=True)

    def _is_ahead(self, said: dict[str, Any], known: Callable[[str, float], int | None]) -> bool:
        if said.get("reached") == 0:
            return False
        here = known(str(said.get("run", "")), _created(said))
        return here is None or here < _number(said, "advanced")

    def _others(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        """What this workspace, or a copy of it, had written of other runs of this campaign or message."""
        found = {
            *guard_folder().glob(f"{self._campaign}-*.json"),
            *guard_folder().glob(f"*-{self._run.digest[:8]}-*.json"),
        }
        for path in sorted(found - {self._path}):
            said = _read(path)
            if said is None or not self._origin.is_of(said):
                continue
            if said.get("campaign") == self._campaign or said.get("message") == self._run.digest:
                yield path, said


def same_moment(one: float, other: float) -> bool:
    """Whether two times of making are of one run."""
    return abs(one - other) < _SAME


def _campaign_key(folder: str) -> str:
    """A campaign's folder as a part of a file's name, however the folder is spelled."""
    return digest(str(Path(folder).resolve()))[:12]


def _read(path: Path) -> dict[str, Any] | None:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        _log.warning("%s cannot be read: %s", path.name, error)
        return None
    return said if isinstance(said, dict) else None


def _number(said: dict[str, Any], name: str) -> int:
    value = said.get(name)
    return value if isinstance(value, int) else 0


def _created(said: dict[str, Any]) -> float:
    value = said.get("created")
    return float(value) if isinstance(value, int | float) else 0.0
