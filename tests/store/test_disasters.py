"""A disk that is full and a process that is killed: nothing half-written, nothing forgotten."""

from __future__ import annotations

import sys

import pytest

from smtpdesk.domain.delivery import Counts, OutcomeKind
from smtpdesk.store import Workspace
from tests.store.making import child, people, planned, result

_FULL = """
    import resource, sys
    from pathlib import Path
    from smtpdesk.base.errors import StoreError
    from smtpdesk.domain.delivery import Counts
    from smtpdesk.domain.recipient import Recipient
    from smtpdesk.store import Workspace
    from tests.store.making import a_run, people, person, planned, result

    def limit(size):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def refused(job):
        try:
            job()
        except StoreError as error:
            print(error.code)
        else:
            print("it fitted")

    def import_list():
        with store.lists.writing("Customers") as writer:
            writer.add(long)

    def record():
        words = "x" * 4000
        store.ledger.step("run-1", "office", [result(one.id, text=words) for one in held], 100, 1.0)

    long = [Recipient(f"u{n}@example.com", {"about": "x" * 400}, n) for n in range(20_000)]
    store = Workspace.open(Path(sys.argv[1]))
    planned(store, 3_000)
    with store.lists.writing("Customers") as writer:
        writer.add(people(2))
    held = store.ledger.claim("run-1", "office", 2_000, 1.0)
    store.runs.create(a_run("run-2", digest="d2"))
    limit(4_000_000)
    refused(lambda: store.ledger.plan("run-2", [(one, "") for one in long]))
    refused(import_list)
    refused(record)
    # still full, and still usable
    print(store.ledger.counts("run-2") == Counts(), store.ledger.counts("run-1") == Counts(3000, 1000, 0, 2000))
    print([info.ready for info in store.lists.all()], len(store.ledger.log_ids("run-1")))
    limit(resource.RLIM_INFINITY)
    refused(lambda: store.ledger.plan("run-2", [(one, "") for one in long]))
    refused(import_list)
    refused(record)
    print(store.ledger.counts("run-1") == Counts(3000, 900, 0, 100, 2000), store.lists.get("Customers").ready)
    store.close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX's")
def test_a_full_disk_is_told_and_the_work_goes_on_when_there_is_room(store: Workspace) -> None:
    said, _ = child(_FULL, store.folder).communicate(timeout=100)
    assert said.splitlines() == [
        "workspace.full",
        "workspace.full",
        "workspace.full",
        "True True",
        "[2] 0",
        "it fitted",
        "it fitted",
        "it fitted",
        "True 20000",
    ]
    assert store.ledger.counts("run-2") == Counts(total=20_000, pending=20_000)


def test_the_ledger_waits_for_the_disk_and_an_import_does_not(store: Workspace) -> None:
    def synchronous() -> int:
        with store._database.writer.connect() as connection:
            return int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())

    run = planned(store, 2)
    full, normal = 2, 1  # https://sqlite.org/pragma.html#pragma_synchronous
    assert synchronous() == full
    with store.lists.writing("Customers") as writer:
        writer.add(people(2))
        assert synchronous() == normal
    (held,) = store.ledger.claim(run, "office", 1, 1.0)
    assert synchronous() == full
    store.runs.seen(run, 5.0)
    assert synchronous() == normal
    store.ledger.record(run, [result(held.id)])
    assert synchronous() == full


_WORKER = """
    import sys
    from pathlib import Path
    from smtpdesk.domain.delivery import OutcomeKind
    from smtpdesk.store import Workspace
    from tests.store.making import result
    kinds = (OutcomeKind.ACCEPTED, OutcomeKind.REJECTED, OutcomeKind.UNCERTAIN)
    store = Workspace.open(Path(sys.argv[1]))
    held = store.ledger.claim("run-1", "office", 10, 1.0)
    while held:
        results = [result(one.id, kinds[one.seq % 3]) for one in held]
        print("claimed", *(one.seq for one in held))
        held = store.ledger.step("run-1", "office", results, 10, 1.0)
        print("recorded", *(one.delivery % 2**32 for one in results))
"""


@pytest.mark.parametrize("steps", [1, 5, 30])
def test_what_a_killed_worker_had_claimed_and_recorded_is_known(store: Workspace, steps: int) -> None:
    run = planned(store, 2_000)
    worker = child(_WORKER, store.folder)
    assert worker.stdout is not None
    lines = [worker.stdout.readline() for _ in range(2 * steps)]
    worker.kill()
    lines += worker.communicate(timeout=60)[0].splitlines(keepends=True)
    claimed: set[int] = set()
    recorded: set[int] = set()
    for line in lines:
        if line.endswith("\n"):
            word, *numbers = line.split()
            (claimed if word == "claimed" else recorded).update(map(int, numbers))
    assert len(claimed) >= 10 * steps
    with Workspace.open(store.folder) as reopened:
        kept = {row.delivery % 2**32: row.state.value for row in reopened.ledger.report(run)}
        assert all(kept[seq] == ("accepted", "rejected", "uncertain")[seq % 3] for seq in recorded)
        assert all(kept[seq] != "pending" for seq in claimed)
        counts = reopened.ledger.counts(run)
        assert counts.handled % 10 == 0  # each step is there as a whole, or not at all
        assert counts.sending == 10
        assert len(reopened.ledger.log_ids(run)) == counts.handled
        # the next worker goes on from there
        recovery = reopened.ledger.recover(run, lambda seq: 1)
        assert recovery.uncertain == 10
        held = reopened.ledger.claim(run, "office", 5_000, 1.0)
        assert {one.seq for one in held} == {seq for seq, state in kept.items() if state == "pending"}
        assert reopened.ledger.counts(run).uncertain == 10 + sum(state == "uncertain" for state in kept.values())
        assert len(reopened.ledger.log_ids(run, kinds=[OutcomeKind.UNCERTAIN])) == reopened.ledger.counts(run).uncertain
