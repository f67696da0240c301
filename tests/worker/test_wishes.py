"""What is wanted of single lanes: nothing of it is lost when several say so at once."""

from __future__ import annotations

import threading
from pathlib import Path

from smtpdesk.desk.seed import seed_profile
from smtpdesk.store import Workspace
from smtpdesk.worker.wishes import pause_lane, read_wishes, wake_lane
from tests.store.making import planned


def at_once(folder: Path, *jobs: object) -> None:
    """Run each job on a workspace of its own, as processes do, all from the same moment on."""
    gate = threading.Barrier(len(jobs))

    def run(job: object) -> None:
        with Workspace.open(folder) as workspace:
            gate.wait()
            job(workspace)  # type: ignore[operator]

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_lanes_that_are_paused_at_once_are_all_paused(workspace: Path) -> None:
    names = {f"profile-{number}" for number in range(12)}
    with Workspace.open(workspace) as store:
        run = planned(store, 1)
        at_once(workspace, *(lambda own, name=name: pause_lane(own, run, name) for name in names))
        assert read_wishes(store, run).paused == names
        at_once(workspace, *(lambda own, name=name: wake_lane(own, run, name) for name in names))
        wishes = read_wishes(store, run)
        assert wishes.paused == frozenset() and set(wishes.woken) == names


def test_pausing_and_waking_different_lanes_at_once_does_both(workspace: Path) -> None:
    with Workspace.open(workspace) as store:
        run = planned(store, 1)
        for _round in range(10):
            wake_lane(store, run, "office")
            pause_lane(store, run, "backup")
            at_once(workspace, lambda own: pause_lane(own, run, "office"), lambda own: wake_lane(own, run, "backup"))
            assert read_wishes(store, run).paused == {"office"}


def test_a_fresh_workspace_that_two_open_at_once_gets_one_name(tmp_path: Path) -> None:
    Workspace.open(tmp_path / "fresh").close()
    seen: list[str] = []

    def seed(own: Workspace) -> None:
        seed_profile(own)
        seen.append(own.settings.get("vault_scope"))

    at_once(tmp_path / "fresh", *[seed] * 6)
    assert len(set(seen)) == 1
