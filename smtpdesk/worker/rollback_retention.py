"""Clears away what is remembered of old runs: each leaves two small files, and nobody else takes them away."""

from __future__ import annotations

import contextlib
import json
import logging
from pathlib import Path

from filelock import FileLock, Timeout

from smtpdesk.base.clock import now
from smtpdesk.worker.rollback_guard import guard_folder

_log = logging.getLogger("smtpdesk.worker")
_DAY = 86_400.0
#: Seconds that the file of a run that has ended is kept, that of any run, and between two clearings.
KEPT_ENDED, KEPT, _PAUSE = 180 * _DAY, 400 * _DAY, _DAY
#: Its age says when it was cleared the last time.
_STAMP = "cleared"
_KINDS = {".json", ".lock", ".new"}


def clear_old() -> int:
    """Take old files away, at most once a day; returns of how many runs. What is locked stays. Raises nothing."""
    folder = guard_folder()
    try:
        stamp = folder / _STAMP
        if not folder.is_dir() or _age(stamp) < _PAUSE:
            return 0
        stamp.touch()
        ages: dict[str, float] = {}
        for file in folder.iterdir():
            if file.suffix in _KINDS:
                ages[file.stem] = min(_age(file), ages.get(file.stem, float("inf")))
        old = [(folder / f"{stem}.json", age) for stem, age in ages.items() if age > KEPT_ENDED]
        return sum(_clear(file) for file, age in old if age > KEPT or _has_ended(file))
    except OSError as error:
        _log.warning("what is remembered of old runs cannot be cleared away: %s", error)
        return 0


def _age(file: Path) -> float:
    """Seconds since it was written; endless for one that is not there."""
    try:
        return now() - file.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _clear(file: Path) -> bool:
    lock = file.with_suffix(".lock")
    held = FileLock(lock, timeout=0)
    try:
        held.acquire()
    except Timeout:
        return False
    refused = False
    try:
        for part in (file, file.with_suffix(".new")):
            part.unlink(missing_ok=True)
        try:
            lock.unlink(missing_ok=True)
        except PermissionError:  # Windows takes no file away that is open
            refused = True
    finally:
        held.release()
    if refused:
        with contextlib.suppress(PermissionError):  # somebody has it now
            lock.unlink(missing_ok=True)
    return True


def _has_ended(file: Path) -> bool:
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("ended") is True
