"""Witnesses of runs that are over are cleared away; those that may still be wanted, and locked ones, stay."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from filelock import FileLock

from smtpdesk.base.clock import now
from smtpdesk.base.paths import STATE_VARIABLE
from smtpdesk.worker.witnesses import clear_old, witness_folder

DAY = 86_400.0


def leave(stem: str, days: float, *, ended: bool) -> None:
    folder = witness_folder()
    folder.mkdir(parents=True, exist_ok=True)
    said = {"advanced": 3, **({"ended": True} if ended else {})}
    (folder / f"{stem}.json").write_text(json.dumps(said), encoding="utf-8")
    (folder / f"{stem}.lock").touch()
    for file in folder.glob(f"{stem}.*"):
        os.utime(file, (now() - days * DAY, now() - days * DAY))


def left() -> set[str]:
    return {file.name for file in witness_folder().iterdir() if file.suffix}


def both(*stems: str) -> set[str]:
    return {f"{stem}.{kind}" for stem in stems for kind in ("json", "lock")}


def test_only_old_witnesses_that_nobody_holds_are_cleared_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path))
    assert clear_old() == 0  # there is no folder yet
    leave("ended-old-1.000000", 31, ended=True)
    leave("ended-new-1.000000", 29, ended=True)
    leave("open-old-1.000000", 399, ended=False)
    leave("open-ancient-1.000000", 401, ended=False)
    leave("held-1.000000", 401, ended=True)
    with FileLock(witness_folder() / "held-1.000000.lock"):
        (witness_folder() / "held-1.000000.json").touch()
        os.utime(witness_folder() / "held-1.000000.lock", (now() - 401 * DAY,) * 2)
        os.utime(witness_folder() / "held-1.000000.json", (now() - 401 * DAY,) * 2)
        assert clear_old() == 2
        kept = ("ended-new-1.000000", "open-old-1.000000", "held-1.000000")
        assert left() == both(*kept)


def test_they_are_looked_through_once_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path))
    leave("first-1.000000", 31, ended=True)
    assert clear_old() == 1
    leave("second-1.000000", 31, ended=True)
    assert clear_old() == 0
    os.utime(witness_folder() / "cleared", (now() - 2 * DAY,) * 2)
    assert clear_old() == 1
    assert left() == set()
