from __future__ import annotations

from collections.abc import Callable

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.domain.delivery import OutcomeKind
from smtpdesk.domain.recipient import Suppression
from smtpdesk.store import LeaseLost, RunElsewhere, Workspace
from tests.store.making import people, planned, result

HERE, THERE = "desk-1:/home/ana/desk", "desk-2:/copy/desk"


def test_each_taking_gives_a_greater_token(store: Workspace) -> None:
    run = planned(store, 1)
    assert store.runs.take_lease(run, "first", HERE, 100.0) == 1
    # The lock file of the folder is the caller's: whoever held the lease here is dead, however fresh it looks.
    assert store.runs.take_lease(run, "second", HERE, 101.0) == 2
    with Workspace.open(store.folder) as other:
        assert other.runs.take_lease(run, "third", HERE, 500.0) == 3
    with pytest.raises(InputError) as caught:
        store.runs.take_lease("absent", "first", HERE, 100.0)
    assert caught.value.code == "run.unknown"


@pytest.mark.parametrize(("at", "alive"), [(110.0, True), (129.9, True), (130.0, False), (9e9, False)])
def test_a_run_of_another_place_is_taken_only_by_force(store: Workspace, at: float, alive: bool) -> None:
    run = planned(store, 1)
    token = store.runs.take_lease(run, "first", THERE, 100.0)
    with pytest.raises(RunElsewhere) as caught:
        store.runs.take_lease(run, "second", HERE, at)
    error = caught.value
    assert (error.code, error.place, error.seen, error.alive) == ("run.elsewhere", THERE, 100.0, alive)
    assert THERE in error.hint
    assert ("is being sent" in error.sentence) is alive
    store.runs.renew_lease(run, token, at)  # the refusal changed nothing
    assert store.runs.take_lease(run, "second", HERE, at, force=True) == token + 1
    with pytest.raises(RunElsewhere):
        store.runs.take_lease(run, "first", THERE, at + 1)


def test_a_run_that_was_left_in_good_order_still_belongs_to_its_place(store: Workspace) -> None:
    run = planned(store, 1)
    token = store.runs.take_lease(run, "first", THERE, 100.0)
    store.runs.seen(run, 105.0)
    store.runs.drop_lease(run, token)
    with pytest.raises(RunElsewhere) as caught:
        store.runs.take_lease(run, "second", HERE, 106.0)
    assert (caught.value.seen, caught.value.alive) == (105.0, False)
    assert store.runs.take_lease(run, "second", THERE, 106.0) == token + 1


def test_a_lease_is_renewed_and_dropped_only_by_its_holder(store: Workspace) -> None:
    run = planned(store, 1)
    first = store.runs.take_lease(run, "first", HERE, 100.0)
    second = store.runs.take_lease(run, "second", HERE, 101.0)
    with pytest.raises(LeaseLost) as caught:
        store.runs.renew_lease(run, first, 102.0)
    assert caught.value.code == "run.lease-lost"
    store.runs.drop_lease(run, first)
    store.runs.renew_lease(run, second, 120.0)
    with pytest.raises(RunElsewhere) as elsewhere:
        store.runs.take_lease(run, "third", THERE, 149.0)
    assert (elsewhere.value.seen, elsewhere.value.alive) == (120.0, True)
    with pytest.raises(InputError):
        store.runs.renew_lease("absent", second, 120.0)


def test_a_worker_whose_run_was_taken_can_change_nothing(store: Workspace) -> None:
    run = planned(store, 6)
    old = store.runs.take_lease(run, "first", HERE, 100.0)
    held = store.ledger.claim(run, "office", 3, 100.0, token=old)
    with Workspace.open(store.folder) as other:
        new = other.runs.take_lease(run, "second", HERE, 200.0)
    gone = Suppression("user0@example.com", "550", 1.0)
    attempts: list[Callable[[int], object]] = [
        lambda token: store.ledger.claim(run, "office", 1, 100.0, token),
        lambda token: store.ledger.plan_piece(run, [(people(9)[8], "")], after=1, done=True, token=token),
        lambda token: store.ledger.release(run, [held[0].id], {held[0].id: 500.0}, token),
        lambda token: store.ledger.step(run, "office", [result(held[1].id)], 1, 100.0, [gone], token=token),
        lambda token: store.ledger.record(run, [result(held[2].id, OutcomeKind.REJECTED)], token=token),
        lambda token: store.ledger.recover(run, lambda seq: 1, token=token),
        lambda token: store.ledger.cancel_open(run, token),
    ]
    before = (list(store.ledger.report(run)), store.ledger.counts(run), store.ledger.advanced(run))
    for attempt in attempts:
        with pytest.raises(LeaseLost):
            attempt(old)
    assert (list(store.ledger.report(run)), store.ledger.counts(run), store.ledger.advanced(run)) == before
    assert store.suppressions.all() == []
    assert store.ledger.log(run) == []
    for attempt in attempts:
        advanced = store.ledger.advanced(run)
        attempt(new)
        assert store.ledger.advanced(run) == advanced + 1
