"""The limits of a profile, counted from one ledger by however many workers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import pytest

from smtpdesk.delivery import allowance_reader as module
from smtpdesk.delivery.allowance import LOOK, NOTICED, Allowance
from smtpdesk.delivery.allowance_reader import refresh
from smtpdesk.delivery.ports import Ledger as LedgerPort
from smtpdesk.domain.profile import DomainLimit, Limits

#: What the wall clock is ahead of the monotonic one.
WALL = 1_700_000_000.0


@dataclass
class Clock:
    moment: float = 5000.0

    def __call__(self) -> float:
        return self.moment


@dataclass
class Ledger:
    """What the allowances ask of the ledger: everything that was sent, and who is at work."""

    sent: list[tuple[float, str]] = field(default_factory=list)
    workers: list[str] = field(default_factory=list)
    asked: int = 0

    def seen_by(self, worker: str) -> LedgerPort:
        return cast(LedgerPort, _Reader(self, worker))


@dataclass
class _Reader:
    ledger: Ledger
    worker: str

    async def sharers(self, profile: str) -> tuple[int, int]:
        others = [name for name in self.ledger.workers if name != self.worker]
        return len(others), sum(1 for name in others if name < self.worker)

    async def sent_in(self, profile: str, since: float, bucket: float) -> list[tuple[float, int]]:
        self.ledger.asked += 1
        return [(at // bucket * bucket, 1) for at, _address in sorted(self.ledger.sent) if at >= since]

    async def sent_to(self, profile: str, since: float) -> list[tuple[float, str]]:
        return [(at, address.partition("@")[2]) for at, address in sorted(self.ledger.sent) if at >= since]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=clock))
    monkeypatch.setattr(module, "now", lambda: WALL + clock.moment)
    yield clock


async def test_nothing_goes_before_the_ledger_was_asked_and_what_it_has_counts(clock: Clock) -> None:
    ledger = Ledger(sent=[(WALL + clock.moment - ago, f"a{ago}@example.net") for ago in (10, 20, 30, 4000)])
    allowance = Allowance(Limits(hourly=5))
    assert allowance.bound and allowance.wait(clock.moment) > 0
    await refresh(allowance, "office", ledger.seen_by("a"))
    assert (allowance.wait(clock.moment), allowance.room(clock.moment)) == (0.0, 2)
    await refresh(allowance, "office", ledger.seen_by("a"))
    clock.moment += LOOK
    await refresh(allowance, "office", ledger.seen_by("a"))
    assert ledger.asked == 1, "alone, it keeps count by itself"


async def test_a_limit_says_how_long_it_is_used_up_and_what_kind_it_is(clock: Clock) -> None:
    allowance = Allowance(Limits(per_minute=2, daily=3))
    await refresh(allowance, "office", Ledger().seen_by("a"))
    for key in (1, 2):
        allowance.take(key, "a@example.net", clock.moment)
    assert allowance.closed(clock.moment) == pytest.approx(60.5)
    assert (allowance.closed_for(clock.moment), allowance.left_today(clock.moment)) == (60.0, 1)
    clock.moment += 61
    allowance.take(3, "a@example.net", clock.moment)
    assert allowance.closed_for(clock.moment) == 86_400.0
    allowance.give_back(3)
    allowance.give_back(3)
    allowance.give_back(99)
    assert (allowance.closed(clock.moment), allowance.closed_for(clock.moment)) == (0.0, 0.0)
    assert allowance.room(clock.moment) == 1


@pytest.mark.parametrize(("ago", "wait"), [(10, 3590), (3700, 0)])
async def test_a_slow_rate_is_kept_over_a_restart_and_a_change(clock: Clock, ago: float, wait: float) -> None:
    ledger = Ledger(sent=[(WALL + clock.moment - ago, "a@example.net")])
    allowance = Allowance(Limits(rate=1, rate_seconds=3600.0))
    await refresh(allowance, "office", ledger.seen_by("a"))
    assert wait <= allowance.wait(clock.moment) <= wait + 3600 / 120, "at most a bucket later"
    changed = allowance.renewed(Limits(rate=1))
    await refresh(changed, "office", ledger.seen_by("a"))
    assert changed.wait(clock.moment) <= 1, "a faster rate does not wait for the slow one's turn"


async def test_a_look_does_not_forget_what_is_under_way(clock: Clock) -> None:
    ledger = Ledger(workers=["a", "b"])
    allowance = Allowance(Limits(hourly=10))
    await refresh(allowance, "office", ledger.seen_by("a"))
    for key in range(4):
        allowance.take(key, "a@example.net", clock.moment)
    ledger.sent.append((WALL + clock.moment, "a@example.net"))
    allowance.settled([0], clock.moment)
    clock.moment += LOOK
    await refresh(allowance, "office", ledger.seen_by("a"))
    assert 0 < (allowance.room(clock.moment) or 0) <= 3, "at most half of the six that are left"
    renewed = allowance.renewed(Limits(hourly=10))
    await refresh(renewed, "office", ledger.seen_by("a"))
    assert (renewed.room(clock.moment) or 0) <= 3


async def test_a_newcomer_waits_until_the_others_have_noticed_it(clock: Clock) -> None:
    allowance = Allowance(Limits(rate=10))
    await refresh(allowance, "office", Ledger(workers=["a", "b"]).seen_by("b"))
    assert allowance.wait(clock.moment) == NOTICED
    assert (allowance.rate, allowance.connections) == (5.0, 1)
    clock.moment += NOTICED
    assert allowance.wait(clock.moment) == 0.0
    free = Allowance(Limits())
    await refresh(free, "office", Ledger(workers=["a", "b"]).seen_by("b"))
    assert free.wait(clock.moment) == 0.0, "there is nothing to share"


async def test_domain_limits_come_from_the_ledger_too(clock: Clock) -> None:
    ledger = Ledger(sent=[(WALL + clock.moment - 10, "bo@big.example")])
    allowance = Allowance(Limits(per_domain=(DomainLimit("big.example", 1, 60.0),)))
    bound = [allowance.bound]
    await refresh(allowance, "office", ledger.seen_by("a"))
    assert [*bound, allowance.bound] == [True, False], "until the ledger was asked"
    assert allowance.domains.wait("ana@big.example", clock.moment) == pytest.approx(50.0)


@pytest.mark.parametrize("limit", [1, 2, 3, 40])
@pytest.mark.parametrize("seed", range(6))
async def test_workers_that_share_a_profile_together_keep_its_limit_and_use_it(
    clock: Clock, limit: int, seed: int
) -> None:
    """Three workers that begin one after another, look at odd times, and need a while to write down what they did."""
    chance = random.Random(seed)
    ledger = Ledger(sent=[(WALL + clock.moment - 30, "old@example.net")][: limit // 2])
    before = len(ledger.sent)
    begins = {"a": 0.0, "b": chance.uniform(0.0, 6.0), "c": chance.uniform(0.0, 9.0)}
    allowances = {name: Allowance(Limits(hourly=limit)) for name in begins}
    under_way: list[tuple[float, str, int]] = []
    start, key = clock.moment, 0
    while clock.moment < start + 90:
        clock.moment += chance.uniform(0.02, 0.3)
        for item in [item for item in under_way if item[0] <= clock.moment]:
            under_way.remove(item)
            ledger.sent.append((WALL + clock.moment, "a@example.net"))
            allowances[item[1]].settled([item[2]], clock.moment)
        for name in chance.sample(list(begins), 3):
            if clock.moment - start < begins[name]:
                continue
            if name not in ledger.workers:
                ledger.workers.append(name)
            await refresh(allowances[name], "office", ledger.seen_by(name))
            for _ in range(chance.randrange(12)):
                if allowances[name].wait(clock.moment) == 0:
                    key += 1
                    allowances[name].take(key, "a@example.net", clock.moment)
                    under_way.append((clock.moment + chance.uniform(0.0, 0.4), name, key))
    assert before + key == limit
