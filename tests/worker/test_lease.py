"""The lease: one worker, one place, nobody from an older copy; and only what is on the disk is remembered outside."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from smtpdesk.base.errors import InputError
from smtpdesk.base.paths import STATE_VARIABLE
from smtpdesk.domain.delivery import RunState
from smtpdesk.store import LeaseLost, RunElsewhere, Workspace
from smtpdesk.worker.lease import Lease, RunRestored, place_of
from smtpdesk.worker.locks import Running
from smtpdesk.worker.rollback_guard import guard_folder
from tests.store.making import person, planned, result


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open(tmp_path / "desk") as opened:
        yield opened


def lease(store: Workspace, run: str = "run-1") -> Lease:
    return Lease(store, store.runs.get(run))


def remembered() -> dict[str, object]:
    (file,) = guard_folder().glob("*.json")
    found: dict[str, object] = json.loads(file.read_text())
    return found


def test_the_token_goes_with_every_writing_and_is_dropped_at_the_end(store: Workspace) -> None:
    run = planned(store, 3)
    mine = lease(store)
    with mine.held(take_over=False) as token:
        assert mine.token == token
        (row,) = store.ledger.claim(run, "office", 1, 1.0, token)
        store.ledger.record(run, [result(row.id)], token=token)
        mine.renew()
    said = remembered()
    assert (said["advanced"], said["reached"]) == (store.ledger.advanced(run), 1)
    with lease(store).held(take_over=False) as later:
        assert later == token + 1
        with pytest.raises(LeaseLost):
            mine.renew()
        with pytest.raises(LeaseLost):
            store.runs.set_state(run, RunState.PAUSED, "late", token)
        with pytest.raises(LeaseLost):
            store.runs.check_lease(run, token)
        with pytest.raises(LeaseLost):
            store.runs.set_in_flight(run, "stamp", token)
        store.runs.check_lease(run, later)
        store.runs.set_in_flight(run, "stamp", later)
    assert store.runs.in_flight(run) == "stamp"
    assert store.runs.get(run).note == ""


def test_a_worker_that_fails_gives_the_lease_back(store: Workspace) -> None:
    planned(store, 1)
    with pytest.raises(ZeroDivisionError), lease(store).held(take_over=False):
        raise ZeroDivisionError
    assert "reached" not in remembered(), "it may have sent something: nobody says that it did not"
    with lease(store).held(take_over=False):
        pass


def test_a_copy_of_the_workspace_is_another_place_and_waits_for_a_person(store: Workspace, tmp_path: Path) -> None:
    planned(store, 1)
    with lease(store).held(take_over=False):
        pass
    store.close()
    shutil.copytree(store.folder, tmp_path / "copy")
    with Workspace.open(tmp_path / "copy") as copy:
        assert place_of(copy.folder) != place_of(store.folder)
        with pytest.raises(RunElsewhere), lease(copy).held(take_over=False):
            pass
        with lease(copy).held(take_over=True):
            pass


def test_the_copies_of_one_workspace_send_a_run_one_at_a_time(store: Workspace) -> None:
    planned(store, 1)
    mine = lease(store)
    mine._guard.lock.parent.mkdir(parents=True)
    with FileLock(mine._guard.lock), pytest.raises(Running), mine.held(take_over=True):
        pass


def test_an_older_copy_is_refused_until_a_person_takes_over(store: Workspace, tmp_path: Path) -> None:
    run = planned(store, 3)
    store.close()
    shutil.copytree(store.folder, tmp_path / "kept")
    with Workspace.open(store.folder) as newer, lease(newer).held(take_over=False) as token:
        newer.ledger.claim(run, "office", 1, 1.0, token)
    shutil.rmtree(store.folder)
    shutil.copytree(tmp_path / "kept", store.folder)
    with Workspace.open(store.folder) as older:
        with pytest.raises(RunRestored) as caught, lease(older).held(take_over=False):
            pass
        assert caught.value.code == "run.restored"
        assert "--take-over" in caught.value.hint and "Take over…" in caught.value.hint
        with lease(older).held(take_over=True):
            pass
        with lease(older).held(take_over=False):
            pass


def test_a_run_that_was_deleted_on_purpose_is_not_missing(store: Workspace) -> None:
    first = planned(store, 2)
    with lease(store).held(take_over=False) as token:
        (row, _other) = store.ledger.claim(first, "office", 2, 1.0, token)
        store.ledger.record(first, [result(row.id)], token=token)
    store.erasure.erase_run(first)
    planned(store, 2, "run-2")
    with lease(store, "run-2").held(take_over=False):
        pass


def test_what_a_power_cut_may_undo_is_not_remembered(store: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A piece of the plan may be lost with the power; the ledger is then no older copy."""
    monkeypatch.setattr("smtpdesk.worker.rollback_guard.INTERVAL", 0.0)
    run = planned(store, 1)
    before = store.ledger.advanced(run)
    seen: list[int] = []
    mine = lease(store)
    with mine.held(take_over=False) as token:
        renew = store.runs.renew_lease

        def meanwhile(*args: object, **named: object) -> None:
            """A piece that is written between reading the counter and the disk's word."""
            assert named["durable"] is True, "what was read is on the disk when this returns"
            renew(*args, **named)  # type: ignore[arg-type]
            store.ledger.plan_piece(run, [(person(9), "")], after=9, done=True, token=token)
            seen.append(store.ledger.advanced(run))

        monkeypatch.setattr(store.runs, "renew_lease", meanwhile)
        mine.renew()
        assert seen == [before + 1]
        assert remembered()["advanced"] == before


def test_an_unknown_run_has_no_lease(store: Workspace) -> None:
    planned(store, 1)
    for asked in (store.runs.in_flight, lambda run: store.runs.check_lease(run, 1)):
        with pytest.raises(InputError) as caught:
            asked("none")
        assert caught.value.code == "run.unknown"
