"""What a lane decides, told by plain calls with the time as an argument."""

from __future__ import annotations

import pytest

from smtpdesk.delivery.brake import LAST, MANY_CUT, MANY_REFUSED, REFUSED, Brake
from smtpdesk.delivery.budget import Budget
from smtpdesk.delivery.decisions import LaneDecisions
from smtpdesk.delivery.instant import Instant
from smtpdesk.delivery.message_quota import MessageQuota
from smtpdesk.delivery.profile_blame import ALONE, DOMAINS, IN_A_ROW, WITHHELD
from smtpdesk.delivery.rows_wanted import CLAIM, RowsWanted
from smtpdesk.delivery.shares import Shares
from smtpdesk.domain.campaign import RetryPlan
from smtpdesk.domain.delivery import Blame, Claimed, Outcome, OutcomeKind, Stage
from smtpdesk.domain.profile import Limits
from tests.delivery.lane_world import ACCEPTED, DOUBT, LOST, refusal

NOW = Instant(1000.0, 1_700_000_000.0)
LATER = Instant(1100.0, 1_700_000_100.0)
DENIED = refusal(Stage.RCPT, 550, Blame.PROFILE, "profile.relay-denied")
SPF = refusal(Stage.RCPT, 550, Blame.PROFILE, "profile.domain-authentication")
UNKNOWN = refusal(Stage.RCPT, 550, Blame.RECIPIENT, "recipient.unknown")


def claimed(number: int, domain: str = "example.net", attempts: int = 0) -> Claimed:
    return Claimed(number, number - 1, f"person{number}@{domain}", number, {}, attempts, None, "")


def lane_with(rows: list[Claimed], *, several: bool = False, budget: int | None = None, **limits: int) -> LaneDecisions:
    """A lane that has claimed these rows and has connection 1."""
    shares = Shares({"office": 1, "other": 1} if several else {"office": 1})
    wanted = RowsWanted("office", Budget(budget), shares)
    lane = LaneDecisions("run", "office", Limits(**limits), RetryPlan(), wanted, NOW)  # type: ignore[arg-type]
    exchange = lane.exchange(NOW)
    assert exchange is not None
    lane.exchanged(exchange, rows, NOW)
    lane.connection_ready(1, {})
    return lane


def begin(lane: LaneDecisions, now: Instant = NOW, connection: int = 1) -> Claimed:
    row = lane.next_row(connection, now)
    assert row is not None
    lane.taken(connection, row, now.moment)
    return row


def send(lane: LaneDecisions, outcome: Outcome, now: Instant = NOW) -> Claimed:
    row = begin(lane, now)
    if outcome.stage is Stage.BODY:
        lane.body(row.id)
    lane.answered(row.id, outcome, now)
    return row


def told(lane: LaneDecisions, now: Instant = NOW, claims: list[Claimed] | None = None) -> dict[int, Outcome]:
    """What the ledger gets to hear now, by row."""
    exchange = lane.exchange(now)
    if exchange is None:
        return {}
    lane.exchanged(exchange, claims or [], now)
    return {result.delivery: result.outcome for result in exchange.results}


# -- the ledger -----------------------------------------------------------------------------------------------------


def test_what_the_ledger_could_not_be_told_is_told_the_next_time() -> None:
    lane = lane_with([claimed(1), claimed(2)])
    send(lane, ACCEPTED)
    lost = lane.exchange(NOW)
    assert lost is not None
    lane.not_exchanged(lost)
    send(lane, UNKNOWN)
    again = lane.exchange(NOW)
    assert again is not None
    assert [result.delivery for result in again.results] == [1, 2], "in the order in which they happened"


def test_a_claim_that_fails_takes_nothing_from_the_budget() -> None:
    lane = lane_with([claimed(1)], budget=5)
    send(lane, ACCEPTED)
    for _try in range(3):
        exchange = lane.exchange(NOW)
        assert exchange is not None and exchange.wanted == 4
        lane.not_exchanged(exchange)


def test_a_row_that_is_due_again_at_once_is_held_by_its_new_claim() -> None:
    lane = lane_with([claimed(1)])
    row = begin(lane)
    lane.put_back(1, row.id)
    lane.connection_failed(2, LOST, NOW)
    lane.connection_gone(1, None, [], NOW)
    exchange = lane.exchange(LATER)
    assert exchange is not None
    lane.exchanged(exchange, [claimed(1, attempts=1)] if exchange.results else [], LATER)
    lane.connection_ready(3, {})
    assert lane.rows.get(1) and begin(lane, LATER, 3).id == 1


def test_what_has_begun_is_never_released() -> None:
    lane = lane_with([claimed(number) for number in range(1, 6)])
    for _row in range(3):
        lane.body(begin(lane).id)
    lane.answered(2, ACCEPTED, NOW)
    begin(lane)
    lane.drain()
    release = lane.release(NOW)
    assert release is not None and release.ids == [5]
    assert lane.leftovers().ids == [4, 5]


def test_rows_that_could_not_be_given_back_are_still_held() -> None:
    lane = lane_with([claimed(1), claimed(2)])
    lane.pause(True)
    release = lane.release(NOW)
    assert release is not None and release.ids == [1, 2]
    lane.not_released(release)
    lane.pause(False)
    assert [begin(lane).id, begin(lane).id] == [1, 2]


def test_a_body_whose_end_did_not_leave_is_no_doubt() -> None:
    lane = lane_with([claimed(1)])
    row = begin(lane)
    lane.body(row.id)
    assert lane.leftovers().ids == []
    assert lane.connection_gone(1, LOST, [1], NOW) == [0], "its place in the journal is to be cleared"
    told(lane, LATER)
    assert not lane.rows.never_begun() or lane.leftovers().ids == [1]


# -- connections ----------------------------------------------------------------------------------------------------


def test_a_connection_gets_no_more_than_its_messages_however_fast_it_asks() -> None:
    lane = lane_with([claimed(number) for number in range(1, 10)], per_connection=4)
    got = [row for _ask in range(8) if (row := lane.next_row(1, NOW)) and not lane.taken(1, row, NOW.moment)]
    assert (len(got), lane.quota.used_up(1)) == (4, True)
    lane.put_back(1, got[-1].id)
    assert not lane.quota.used_up(1)
    lane.connection_ready(2, {})
    assert begin(lane, connection=2).id == got[-1].id


def test_what_was_pulled_before_a_connection_was_told_counts() -> None:
    quota = MessageQuota(2)
    quota.take(7)
    quota.opened(7)
    quota.take(7)
    assert (quota.used_up(7), quota.connections) == (True, 1)
    quota.closed(7)
    assert (quota.used_up(7), quota.connections) == (False, 0)


def test_one_connection_first_then_as_many_as_there_is_work_for() -> None:
    lane = lane_with([claimed(number) for number in range(1, 41)], max_connections=3)
    assert lane.connections_wanted(NOW.moment) == 3
    lane.reached = False
    assert lane.connections_wanted(NOW.moment) == 1


# -- who is to blame ------------------------------------------------------------------------------------------------


def test_blame_for_the_profile_is_one_recipients_when_a_later_one_is_accepted() -> None:
    lane = lane_with([claimed(1), claimed(2), claimed(3)])
    send(lane, DENIED)
    assert told(lane) == {}, "nothing is decided yet"
    send(lane, ACCEPTED)
    found = told(lane)
    assert (found[1].kind, found[1].blame, found[1].cause) == (OutcomeKind.REJECTED, Blame.RECIPIENT, ALONE)
    assert lane.failure is None


def test_an_acceptance_of_what_was_under_way_already_decides_nothing() -> None:
    lane = lane_with([claimed(1), claimed(2)])
    denied, other = begin(lane), begin(lane)
    lane.answered(denied.id, DENIED, NOW)
    lane.body(other.id)
    lane.answered(other.id, ACCEPTED, NOW)
    assert set(told(lane)) == {2}


@pytest.mark.parametrize(("domains", "count"), [(DOMAINS, DOMAINS), (1, IN_A_ROW)])
def test_it_is_the_profiles_when_others_confirm_it(domains: int, count: int) -> None:
    lane = lane_with([claimed(number, f"d{number % domains}.test") for number in range(1, 31)])
    for number in range(1, count + 1):
        assert lane.failure is None, number
        send(lane, DENIED)
    assert lane.failure is DENIED and lane.take_closes()
    found = told(lane)
    assert len(found) == count and {outcome.kind for outcome in found.values()} == {OutcomeKind.DEFERRED}


@pytest.mark.parametrize("accepted_before", [True, False])
def test_when_nobody_is_left_to_confirm_it_the_past_decides(accepted_before: bool) -> None:
    lane = lane_with([claimed(1), claimed(2)])
    send(lane, ACCEPTED if accepted_before else UNKNOWN)
    send(lane, DENIED)
    told(lane)
    found = told(lane)
    assert set(found) == {2}
    assert (lane.failure is None, found[2].kind is OutcomeKind.REJECTED) == (accepted_before, accepted_before)


def test_a_lane_that_is_stopped_decides_nothing_about_suspects() -> None:
    lane = lane_with([claimed(1), claimed(2)])
    send(lane, ACCEPTED)
    send(lane, DENIED)
    lane.drain()
    assert told(lane)[2].kind is OutcomeKind.DEFERRED


def test_a_receiver_that_refuses_the_senders_domain_keeps_its_own_people_only() -> None:
    lane = lane_with([claimed(1, "no.test"), claimed(2, "no.test"), claimed(3, "yes.test")])
    send(lane, SPF)
    assert send(lane, ACCEPTED).id == 3
    assert lane.failure is None
    release = lane.release(NOW)
    assert release is not None and dict(release.due) == {2: NOW.at + WITHHELD}
    exchange = lane.exchange(NOW)
    assert exchange is not None and exchange.results[0].due == NOW.at + WITHHELD
    assert lane.blame.all_withheld(NOW.at + WITHHELD) is SPF
    assert lane.blame.all_withheld(NOW.at + 60) is None, "others wait for a time of their own"
    assert lane.revive(Limits()) and lane.blame.withheld("b@no.test", NOW.at) is None


def test_several_receivers_that_refuse_the_senders_domain_stop_the_lane() -> None:
    lane = lane_with([claimed(number, f"d{number}.test") for number in range(1, 9)])
    for _receiver in range(DOMAINS):
        assert lane.failure is None
        send(lane, ACCEPTED)
        send(lane, SPF)
    assert lane.failure is SPF


def test_with_several_lanes_another_one_gets_those_rows_soon() -> None:
    lane = lane_with([claimed(1, "no.test"), claimed(2, "no.test")], several=True)
    send(lane, SPF)
    assert lane.next_row(1, NOW) is None
    release = lane.release(NOW)
    assert release is not None and release.due[2] < NOW.at + 60
    lane.released(release, NOW.moment)
    told(lane)
    told(lane)
    assert lane.failure is SPF, "it has nothing else to do"


# -- the brake ------------------------------------------------------------------------------------------------------


def refuse_many(brake: Brake, refused: int, accepted: int) -> list[str]:
    """What it says, when good and bad come in turns."""
    said = []
    for number in range(refused + accepted):
        bad = number * refused // (refused + accepted) != (number + 1) * refused // (refused + accepted)
        said.append(brake.heard(UNKNOWN if bad else ACCEPTED))
    return [cause for cause in said if cause]


@pytest.mark.parametrize(("refused", "accepted", "stops"), [(100, 0, True), (80, 20, True), (50, 50, False)])
def test_a_list_that_is_far_too_bad_is_asked_about(refused: int, accepted: int, stops: bool) -> None:
    assert (MANY_REFUSED in refuse_many(Brake(), refused, accepted)) is stops


def test_a_short_list_is_sent_to_its_end() -> None:
    assert refuse_many(Brake(), LAST - 1, 0) == []


def test_who_goes_on_in_spite_of_it_is_not_asked_again_until_it_was_well_in_between() -> None:
    for brake in (Brake({MANY_REFUSED}), Brake()):
        brake.excuse()
        assert refuse_many(brake, 200, 0) == []
        assert refuse_many(brake, 0, LAST) == []
        assert MANY_REFUSED in refuse_many(brake, REFUSED + 20, 0), "it counts again"


def test_a_server_that_is_restarted_cuts_once_one_that_cuts_every_body_is_asked_about() -> None:
    brake = Brake()
    assert [brake.heard(DOUBT) for _body in range(32)] == [""] * 32, "all at one moment"
    said = []
    for _connection in range(6):
        brake.connected()
        said.append(brake.heard(DOUBT))
    assert MANY_CUT in said


def test_the_lane_stops_by_its_brake_with_the_servers_words() -> None:
    lane = lane_with([claimed(number) for number in range(1, CLAIM)])
    while lane.failure is None:
        send(lane, UNKNOWN)
    assert (lane.failure.cause, lane.failure.reply) == (MANY_REFUSED, UNKNOWN.reply)
    assert [event.cause for event in lane.events.take()] == [MANY_REFUSED]
    lane.revive(Limits())
    send(lane, UNKNOWN)
    assert lane.failure is None
