"""What is remembered outside of the workspace: an older copy is known as one, and old files are cleared away."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from smtpdesk.base.clock import now
from smtpdesk.base.paths import STATE_VARIABLE
from smtpdesk.domain.delivery import RunInfo
from smtpdesk.worker.rollback_guard import Origin, RollbackGuard, guard_folder, same_moment
from smtpdesk.worker.rollback_retention import clear_old
from tests.store.making import a_run

DAY = 86_400.0


def leave(stem: str, days: float, *, ended: bool) -> None:
    folder = guard_folder()
    folder.mkdir(parents=True, exist_ok=True)
    said = {"advanced": 3, **({"ended": True} if ended else {})}
    (folder / f"{stem}.json").write_text(json.dumps(said), encoding="utf-8")
    (folder / f"{stem}.lock").touch()
    for file in folder.glob(f"{stem}.*"):
        os.utime(file, (now() - days * DAY, now() - days * DAY))


def left() -> set[str]:
    return {file.name for file in guard_folder().iterdir() if file.suffix}


def both(*stems: str) -> set[str]:
    return {f"{stem}.{kind}" for stem in stems for kind in ("json", "lock")}


def test_only_old_files_that_nobody_holds_are_cleared_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path))
    assert clear_old() == 0  # there is no folder yet
    leave("ended-old-1.000000", 181, ended=True)
    leave("ended-new-1.000000", 179, ended=True)
    leave("open-old-1.000000", 399, ended=False)
    leave("open-ancient-1.000000", 401, ended=False)
    leave("held-1.000000", 401, ended=True)
    with FileLock(guard_folder() / "held-1.000000.lock"):
        (guard_folder() / "held-1.000000.json").touch()
        os.utime(guard_folder() / "held-1.000000.lock", (now() - 401 * DAY,) * 2)
        os.utime(guard_folder() / "held-1.000000.json", (now() - 401 * DAY,) * 2)
        assert clear_old() == 2
        kept = ("ended-new-1.000000", "open-old-1.000000", "held-1.000000")
        assert left() == both(*kept)


def test_they_are_looked_through_once_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path))
    leave("first-1.000000", 181, ended=True)
    assert clear_old() == 1
    leave("second-1.000000", 181, ended=True)
    assert clear_old() == 0
    os.utime(guard_folder() / "cleared", (now() - 2 * DAY,) * 2)
    assert clear_old() == 1
    assert left() == set()


HERE = Origin("w1", "machine:/desk")


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path))
    return tmp_path


def ledger(*runs: tuple[RunInfo, int]) -> Callable[[str, float], int | None]:
    """What a ledger with these runs knows."""

    def known(run_id: str, created: float) -> int | None:
        return next((at for run, at in runs if run.id == run_id and same_moment(run.created_at, created)), None)

    return known


def test_a_run_that_came_further_than_the_ledger_says_is_refused(state: Path) -> None:
    run = a_run()
    guard = RollbackGuard(run, HERE)
    assert not guard.refuses(0, ledger((run, 0)))
    guard.note(7)
    assert not RollbackGuard(run, HERE).refuses(7, ledger((run, 7)))
    assert RollbackGuard(run, HERE).refuses(6, ledger((run, 6)))


@pytest.mark.parametrize(
    "new",
    [
        replace(a_run(), created_at=2000.0),
        replace(a_run("run-2"), created_at=2000.0, digest="another"),
        replace(a_run("run-2"), created_at=2000.0, folder="/renamed/spring"),
    ],
    ids=["made anew", "the message was edited", "the folder was renamed"],
)
@pytest.mark.parametrize(
    "origin", [HERE, Origin("w1", "machine:/copy"), Origin("w2", "machine:/desk")], ids=["here", "a copy", "made anew"]
)
def test_a_run_that_the_ledger_has_forgotten_is_found_by_campaign_or_message(
    state: Path, new: RunInfo, origin: Origin
) -> None:
    RollbackGuard(a_run(), HERE).note(57)
    guard = RollbackGuard(new, origin)
    assert guard.refuses(1, ledger((new, 1)))
    assert not guard.refuses(1, ledger((new, 1), (a_run(), 57)))
    assert guard.refuses(1, ledger((new, 1), (a_run(), 56)))
    guard.take_over(ledger((new, 1)))
    guard.note(1)
    assert not RollbackGuard(new, origin).refuses(1, ledger((new, 1)))


def test_another_workspace_another_campaign_and_a_run_that_reached_nobody_are_no_question(state: Path) -> None:
    RollbackGuard(a_run(), HERE).note(57)
    new = replace(a_run(), created_at=2000.0)
    other = replace(new, folder="/campaigns/autumn", digest="another")
    assert not RollbackGuard(new, Origin("w2", "machine:/other")).refuses(1, ledger((new, 1)))
    assert not RollbackGuard(other, HERE).refuses(1, ledger((other, 1)))
    RollbackGuard(a_run(), HERE).note(57, ended=True, reached=0)
    assert not RollbackGuard(new, HERE).refuses(1, ledger((new, 1)))
    RollbackGuard(a_run(), HERE).note(57, ended=True, reached=3)
    assert RollbackGuard(new, HERE).refuses(1, ledger((new, 1)))
    RollbackGuard(a_run(), HERE).forget()
    assert not RollbackGuard(new, HERE).refuses(1, ledger((new, 1)))


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"advanced": "x"}', '{"advanced": 1e400}'])
def test_a_file_that_cannot_be_read_stops_nobody(state: Path, text: str) -> None:
    guard = RollbackGuard(a_run(), HERE)
    guard.note(7)
    (file,) = guard_folder().glob("*.json")
    file.write_text(text)
    assert not guard.refuses(3, ledger((a_run(), 3)))


def test_the_folder_is_the_same_however_it_is_spelled(state: Path, tmp_path: Path) -> None:
    (tmp_path / "spring").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "spring")
    RollbackGuard(replace(a_run(), folder=str(tmp_path / "spring")), HERE).note(5)
    for spelled in ("link", "spring/../spring"):
        new = replace(a_run("run-2"), folder=str(tmp_path / spelled), digest="another")
        assert RollbackGuard(new, HERE).refuses(1, ledger((new, 1)))
