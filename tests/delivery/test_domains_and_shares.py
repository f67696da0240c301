"""Limits towards one recipient domain, and how the rows of a run are spread over its lanes."""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from hypothesis import given
from hypothesis import strategies as st

from smtpdesk.delivery.domains import LATEST, DomainPaces
from smtpdesk.delivery.shares import AHEAD, ASKING, Shares
from smtpdesk.domain.profile import DomainLimit

ANA = "ana@big.example"


@given(
    count=st.integers(1, 60),
    late=st.lists(st.floats(0.0, 1.0), min_size=40, max_size=40),
)
def test_a_backlog_leaves_in_turn_never_more_often_than_the_limit_and_without_gaps(
    count: int, late: list[float]
) -> None:
    gap = 60.0 / count
    paces = DomainPaces([DomainLimit("big.example", count, 60.0)])
    queue = [(0.0, number) for number in range(40)]
    heapify(queue)
    sent: list[tuple[float, int]] = []
    clock = 0.0
    for _step in range(400):
        if not queue:
            break
        due, number = heappop(queue)
        clock = max(clock, due + min(late[number] * gap * 0.4, LATEST))  # nobody looks at the very moment
        if paces.wait(ANA, clock):
            heappush(queue, (clock + paces.turn(ANA, clock), number))
            continue
        paces.take(ANA, clock)
        sent.append((clock, number))
    moments = [moment for moment, _number in sent]
    assert len(sent) == 40
    for first, moment in enumerate(moments):
        assert sum(1 for other in moments[first:] if other - moment < 60.0) <= count + 1
    assert moments[-1] <= 39 * gap * 1.5 + gap, "no turn is lost because somebody was late"


def test_a_row_whose_turn_is_far_asks_again_and_takes_nobodys_turn() -> None:
    paces = DomainPaces([DomainLimit("big.example", 1, 60.0)])
    paces.take(ANA, 100.0)
    assert [paces.turn(ANA, 100.0, 10.0) for _row in range(5)] == [10.0] * 5, "another lane may send it sooner"
    first = paces.turn(ANA, 100.0)
    assert 30.0 < first <= 60.0, "those five have not put it off further"
    assert paces.turn(ANA, 100.0) == first + 60.0


def test_a_domain_without_a_limit_goes_freely_and_a_star_stands_for_the_rest() -> None:
    named = DomainPaces([DomainLimit("big.example", 1, 60.0)])
    named.take(ANA, 10.0)
    named.take("bo@small.example", 10.0)
    assert named.wait("ANA@BIG.EXAMPLE", 10.0) > 0
    assert named.wait("bo@small.example", 10.0) == 0
    assert named.turn("bo@small.example", 10.0) == 0
    rest = DomainPaces([DomainLimit("big.example", 60, 60.0), DomainLimit("*", 1, 60.0)])
    for address in (ANA, "bo@small.example", "cy@other.example"):
        assert rest.wait(address, 10.0) == 0
        rest.take(address, 10.0)
    assert rest.wait(ANA, 12.0) == 0
    assert rest.wait("bo@small.example", 12.0) > 50, "each other domain by itself"
    assert not DomainPaces([]).bound


def test_the_ledger_never_makes_a_domain_open_sooner_nor_a_wrong_clock_much_later() -> None:
    paces = DomainPaces([DomainLimit("big.example", 1, 60.0)])
    paces.take(ANA, 100.0)
    before = paces.wait(ANA, 100.0)
    paces.load({"big.example": 50.0}, 100.0)
    assert paces.wait(ANA, 100.0) == before, "what is under way is not in the ledger yet"
    paces.load({"big.example": 9000.0}, 100.0)
    assert paces.wait(ANA, 100.0) <= 60.0


def test_with_two_workers_each_goes_half_as_often() -> None:
    limits = [DomainLimit("big.example", 60, 60.0)]
    paces = DomainPaces(limits)
    paces.share(limits, 2)
    sent, moment = 0, 100.0
    while moment < 160.0:
        if not paces.wait(ANA, moment):
            paces.take(ANA, moment)
            sent += 1
        moment += 0.1
    assert 29 <= sent <= 31


# -- shares ---------------------------------------------------------------------------------------------------------


def test_equal_lanes_take_by_their_weight() -> None:
    shares = Shares({"big": 3, "small": 1})
    taken = {"big": 0, "small": 0}
    for round_ in range(400):
        for name in taken:  # both always want more
            granted = shares.grant(name, 50, round_ * 0.05)
            shares.took(name, granted)
            taken[name] += granted
            if abs(taken["big"] / 3 - taken["small"]) > AHEAD + 50:
                raise AssertionError(taken)
    assert sum(taken.values()) > 4000, "nobody stands still"
    assert abs(taken["big"] - 3 * taken["small"]) <= 4 * AHEAD


def test_a_lane_that_is_slow_by_its_limits_holds_nobody_up() -> None:
    shares = Shares({"fast": 1, "slow": 1})
    fast = 0
    for tenth in range(600):
        moment = tenth / 10
        if tenth % 5 == 0:  # twice a second it has room for one
            shares.took("slow", shares.grant("slow", 1, moment, bounded=True))
        granted = shares.grant("fast", 100, moment)
        shares.took("fast", granted)
        fast += granted
    assert fast == 600 * 100


def test_a_resting_lane_holds_nobody_up_and_does_not_flood_when_it_is_back() -> None:
    shares = Shares({"steady": 1, "resting": 1})
    for name in ("steady", "resting"):
        shares.took(name, shares.grant(name, 100, 0.0))
    moment = ASKING
    for _ in range(50):
        moment += 0.1
        granted = shares.grant("steady", 100, moment)
        shares.took("steady", granted)
    assert moment > 5
    assert shares.grant("steady", 100, moment) == 100, "nobody asks beside it"
    back = shares.grant("resting", 10_000, moment)
    assert back <= AHEAD
    shares.took("resting", back)
    assert shares.grant("steady", 50, moment) == 50, "and the other one goes on"


def test_rows_given_back_are_not_held_against_a_lane() -> None:
    shares = Shares({"one": 1, "two": 1})
    shares.grant("two", 1, 0.0)
    shares.took("one", shares.grant("one", 10_000, 0.0))
    assert shares.grant("one", 10, 0.1) == 0
    shares.took("one", -100)
    shares.grant("two", 1, 0.1)
    assert shares.grant("one", 1000, 0.2) == 100


def test_a_weight_of_nothing_counts_as_one() -> None:
    assert Shares({"one": 0, "two": 1}).grant("one", 5, 0.0) == 5
