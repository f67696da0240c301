"""Never mail and sent before are asked by the claim itself, whatever was planned and whoever asks at the same time."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from smtpdesk.domain.delivery import OutcomeKind
from smtpdesk.domain.recipient import Recipient
from smtpdesk.store import Workspace
from tests.store.making import a_run, people, planned, result


def states(store: Workspace, run: str = "run-1") -> dict[str, str]:
    return {row.address: row.state for row in store.ledger.report(run)}


def run_of(store: Workspace, run_id: str, identity: str, count: int = 5, digest: str = "") -> str:
    """A run of a campaign with an identity."""
    store.runs.create(replace(a_run(run_id, digest=digest or run_id), identity=identity))
    store.ledger.plan(run_id, [(person, "") for person in people(count)])
    return run_id


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("ana@example.com", "ana@example.com"),
        ("Ana.Perez@example.com", "ANA.PEREZ@Example.COM"),
        ("ana@example.com", "@example.com"),
        ("ana@example.com", "EXAMPLE.com"),
        ("ana@xn--bcher-kva.example", "ana@bücher.example"),
        ("ana@xn--bcher-kva.example", "@BÜCHER.example"),
        ("ana@xn--bcher-kva.example", "XN--BCHER-KVA.example"),
        ("jürgen@example.com", "JÜRGEN@example.com"),
        ("ana@example.com", "*@example.com"),
        ("ana@example.com", '"Ana" <ana@example.com>'),
        ("ana@example.com", "<ana@example.com>"),
    ],
)
def test_who_is_suppressed_after_the_plan_is_not_claimed(store: Workspace, address: str, target: str) -> None:
    store.runs.create(a_run())
    others = [Recipient(f"o{n}@other.example", {}, n) for n in range(3)]
    store.ledger.plan("run-1", [(row, "") for row in (Recipient(address, {}, 9), *others)])
    store.suppressions.add([target], "asked")
    claimed = store.ledger.claim("run-1", "office", 10, 5.0)
    assert [one.address for one in claimed] == [row.address for row in others]
    assert states(store)[address] == "skipped"
    counts = store.ledger.counts("run-1")
    assert (counts.skipped, counts.sending, counts.pending, counts.total) == (1, 3, 0, 4)
    assert store.ledger.skips("run-1") == {"suppressed": 1}


def test_who_waits_for_another_try_is_asked_about_again(store: Workspace) -> None:
    run = planned(store, 2)
    first, second = store.ledger.claim(run, "office", 2, 5.0)
    store.ledger.record(run, [result(one.id, OutcomeKind.DEFERRED, due=10.0) for one in (first, second)])
    before = store.ledger.advanced(run)
    store.suppressions.add([first.address], "asked")
    assert [one.id for one in store.ledger.claim(run, "office", 2, 20.0)] == [second.id]
    counts = store.ledger.counts(run)
    assert (counts.skipped, counts.sending, counts.deferred) == (1, 1, 0)
    assert store.ledger.advanced(run) > before
    (row,) = [row for row in store.ledger.report(run) if row.address == first.address]
    assert (row.cause, row.code, row.text) == ("suppressed", 0, "suppressed")


def test_a_claim_of_nobody_but_suppressed_people_is_written_down_too(store: Workspace) -> None:
    run = planned(store, 2)
    store.suppressions.add(["@example.com"], "asked")
    assert store.ledger.claim(run, "office", 10, 5.0) == []
    assert store.ledger.counts(run).skipped == 2
    assert store.ledger.next_due(run) is None


def test_others_come_in_the_place_of_those_who_are_skipped(store: Workspace) -> None:
    run = planned(store, 500)
    store.suppressions.add([f"user{n}@example.com" for n in range(450)], "asked")
    assert len(store.ledger.claim(run, "office", 50, 5.0)) == 50
    assert store.ledger.counts(run).skipped == 450


@pytest.mark.parametrize("same", ["digest", "identity"])
def test_who_has_it_from_another_run_is_skipped_at_the_claim(store: Workspace, same: str) -> None:
    one = run_of(store, "one", "spring", digest="d")
    two = run_of(store, "two", "spring" if same == "identity" else "other", digest="d" if same == "digest" else "e")
    taken = store.ledger.claim(one, "office", 3, 5.0)
    kinds = (OutcomeKind.ACCEPTED, OutcomeKind.UNCERTAIN, OutcomeKind.REJECTED)
    store.ledger.record(one, [result(row.id, kind) for row, kind in zip(taken, kinds, strict=True)])
    claimed = store.ledger.claim(two, "office", 10, 5.0)
    assert [row.address for row in claimed] == [f"user{n}@example.com" for n in (2, 3, 4)]
    assert store.ledger.skips(two) == {"sent-before": 2}


def test_a_run_that_another_is_sending_to_is_asked_again_later(store: Workspace) -> None:
    one, two = run_of(store, "one", "spring", 2), run_of(store, "two", "spring", 2)
    first, second = store.ledger.claim(one, "office", 2, 5.0)
    assert store.ledger.claim(two, "office", 2, 5.0) == []
    assert (store.ledger.counts(two).pending, store.ledger.counts(two).skipped) == (2, 0)
    store.ledger.record(one, [result(first.id), result(second.id, OutcomeKind.REJECTED)])
    assert [row.address for row in store.ledger.claim(two, "office", 2, 60.0)] == [second.address]
    assert store.ledger.skips(two) == {"sent-before": 1}


def test_a_run_that_sends_again_on_purpose_and_other_campaigns_are_not_held_up(store: Workspace) -> None:
    one = run_of(store, "one", "spring", digest="d")
    store.ledger.record(one, [result(row.id) for row in store.ledger.claim(one, "office", 9, 5.0)])
    with store.lists.writing("file", columns=("email",)) as writer:
        writer.add(people(5))
    again = run_of(store, "two", "spring", digest="d")
    store.runs.set_source(again, store.lists.get("file").id, True, 5)
    assert len(store.ledger.claim(again, "office", 9, 5.0)) == 5
    assert len(store.ledger.claim(run_of(store, "three", "summer"), "office", 9, 5.0)) == 5
    assert len(store.ledger.claim(run_of(store, "four", ""), "office", 9, 5.0)) == 5
    assert len(store.ledger.claim(run_of(store, "five", ""), "office", 9, 5.0)) == 5


def test_two_workers_at_once_never_both_have_a_person(store: Workspace) -> None:
    """Both claim and record through databases of their own, as processes do."""
    runs = [run_of(store, name, "spring", 400) for name in ("one", "two")]
    got: dict[str, list[str]] = {run: [] for run in runs}
    begin = threading.Barrier(2)

    def work(run: str) -> None:
        with Workspace.open(store.folder) as mine:
            begin.wait()
            moment = 5.0
            while mine.ledger.counts(run).open:
                rows = mine.ledger.claim(run, "office", 7, moment)
                got[run] += [row.address for row in rows]
                mine.ledger.record(run, [result(row.id) for row in rows])
                moment += 10.0

    threads = [threading.Thread(target=work, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    everybody = got["one"] + got["two"]
    assert sorted(everybody) == sorted({person.address for person in people(400)})
    assert sum(store.ledger.counts(run).accepted for run in runs) == 400
    assert sum(store.ledger.counts(run).skipped for run in runs) == 400


def test_the_claim_looks_into_indexes_only(store: Workspace) -> None:
    from smtpdesk.store import address_sets

    run_of(store, "one", "spring")
    with store._database.reading() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {address_sets._REACHED}", ("[]", "[]")).all()
    steps = [row[3] for row in rows]
    assert any("SEARCH d USING" in step and "run=? AND address_key=?" in step for step in steps), steps
