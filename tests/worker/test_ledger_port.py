"""The ledger as the lanes see it: what it gives back, what it waits for, and when nothing may be begun."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpdesk.base.errors import StoreError
from smtpdesk.store import LeaseLost, Workspace
from smtpdesk.worker import book as module
from smtpdesk.worker.book import LedgerBook
from tests.store.making import planned, result


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open(tmp_path / "desk") as opened:
        yield opened


@pytest.fixture
def said() -> list[str]:
    """What the worker is told of troubles: codes, "" when they are over."""
    return []


def ledger_of(store: Workspace, run: str, said: list[str], begun: set[int] | None = None) -> LedgerBook:
    token = store.runs.take_lease(run, "worker", "here", time.time())
    return LedgerBook(
        store,
        run,
        lambda error: said.append(error.code if error else ""),
        token=token,
        renew=lambda: store.runs.renew_lease(run, token, time.time()),
        begun=lambda: lambda seq: int(seq in (begun or set())),
    )


async def test_a_row_that_has_begun_is_not_given_back(store: Workspace, said: list[str]) -> None:
    run = planned(store, 3)
    ledger = ledger_of(store, run, said, begun={1})
    rows = await ledger.step("office", [], 3)
    await ledger.release([row.id for row in rows])
    assert (store.ledger.counts(run).pending, store.ledger.counts(run).sending) == (2, 1)
    assert [row.delivery for row in store.ledger.report(run, ["sending"])] == [rows[1].id]
    ledger.close()


async def test_who_has_lost_the_lease_writes_nothing_and_gives_nothing_back(store: Workspace, said: list[str]) -> None:
    run = planned(store, 2)
    ledger = ledger_of(store, run, said)
    rows = await ledger.step("office", [], 2)
    store.runs.take_lease(run, "another", "there", time.time(), force=True)
    for write in (ledger.step("office", [result(rows[0].id)], 1), ledger.release([rows[1].id]), ledger.heartbeat([])):
        with pytest.raises(LeaseLost):
            await write
    assert store.ledger.counts(run).sending == 2
    ledger.close()


async def test_a_ledger_that_stays_away_is_given_up_and_not_waited_for_again(
    store: Workspace, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_AGAIN", 0.0)
    monkeypatch.setattr(module, "_TRIES", 3)
    ledger, asked = ledger_of(store, planned(store, 1), said), []

    def refuse() -> None:
        asked.append(ledger.trusted())
        raise StoreError("workspace.full", "full", "")

    for tries in (3, 4):
        with pytest.raises(StoreError):
            await ledger.call(refuse)
        assert len(asked) == tries
    assert asked[:3] == [True, False, False], "nothing is begun while it is waited for"
    assert await ledger.call(lambda: 7) == 7
    assert said[0] == "workspace.full" and said[-1] == ""
    with pytest.raises(StoreError):
        await ledger.call(refuse)
    assert len(asked) == 7, "it is waited for again once it has worked"
    ledger.close()


@pytest.mark.parametrize("clock", [0, 1])
async def test_nothing_is_begun_when_the_lease_may_be_anothers(store: Workspace, said: list[str], clock: int) -> None:
    ledger = ledger_of(store, planned(store, 1), said)
    assert ledger.trusted()
    confirmed = [*ledger._confirmed]
    confirmed[clock] -= module.TRUST + 1
    ledger._confirmed = (confirmed[0], confirmed[1])
    assert not ledger.trusted(), "asleep, or the clock was set"
    await ledger.heartbeat([])
    assert ledger.trusted()
    ledger.close()
