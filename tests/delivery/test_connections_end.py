"""How a lane takes the end of connections, and what it learns about its server: plain calls, no clock and no socket."""

from __future__ import annotations

import pytest

from smtpdesk.delivery.budget import Budget
from smtpdesk.delivery.carriers import MOST_BROKEN, MOST_REFUSED
from smtpdesk.delivery.decisions import LaneDecisions
from smtpdesk.delivery.instant import Instant
from smtpdesk.delivery.rows_wanted import RowsWanted
from smtpdesk.delivery.shares import Shares
from smtpdesk.domain.campaign import RetryPlan
from smtpdesk.domain.delivery import Blame, Claimed, Outcome, OutcomeKind, Reply, Stage
from smtpdesk.domain.profile import Limits
from smtpdesk.domain.server_traits import Lesson, ServerTraits

NOW = Instant(100.0, 1_000_000.0)
ACCEPTED = Outcome(OutcomeKind.ACCEPTED, Stage.BODY, reply=Reply(250, "queued"), cause="accepted")
UNKNOWN = Outcome(OutcomeKind.REJECTED, Stage.RCPT, Blame.RECIPIENT, Reply(550, "no"), "recipient.unknown")
RESET = Outcome(OutcomeKind.DEFERRED, Stage.MAIL, Blame.NETWORK, Reply(0, "reset"), "network.disconnected", 5.0)
BUSY = Outcome(OutcomeKind.DEFERRED, Stage.GREETING, Blame.RELAY, Reply(421, "busy"), "relay.busy", 60.0)


def row(number: int, attempts: int = 0) -> Claimed:
    return Claimed(number, number, f"to{number}@example.com", number, {}, attempts, None, f"<{number}@x>")


def lane(rows: int = 20, *, limits: Limits | None = None, traits: ServerTraits | None = None) -> LaneDecisions:
    wanted = RowsWanted("office", Budget(None), Shares({"office": 1}))
    made = LaneDecisions(
        *("run", "office", limits or Limits(max_connections=4), RetryPlan(), wanted, NOW),
        traits=traits or ServerTraits(),
    )
    made.rows.add([row(number) for number in range(1, rows + 1)])
    return made


def send(decisions: LaneDecisions, connection: int, outcome: Outcome) -> None:
    found = decisions.next_row(connection, NOW)
    assert found is not None
    decisions.taken(connection, found, NOW.moment)
    decisions.answered(found.id, outcome, NOW)


def begin(decisions: LaneDecisions, connection: int) -> int:
    found = decisions.next_row(connection, NOW)
    assert found is not None
    decisions.taken(connection, found, NOW.moment)
    return found.id


def opened(decisions: LaneDecisions, *connections: int) -> None:
    for connection in connections:
        decisions.connection_ready(connection, {})


@pytest.mark.parametrize("cause", ["network.disconnected", "relay.connection-used-up"])
def test_a_connection_that_carried_mail_is_renewed_at_once(cause: str) -> None:
    decisions = lane()
    opened(decisions, 1)
    for _ in range(3):
        send(decisions, 1, ACCEPTED)
    why = Outcome(OutcomeKind.DEFERRED, Stage.MAIL, Blame.RELAY, Reply(421, "enough"), cause, 1.0)
    decisions.connection_gone(1, why, [begin(decisions, 1)], NOW)
    assert decisions.may_begin(NOW.moment), "it does not rest"
    assert decisions.connections_wanted(NOW.moment) > 0


def test_connections_that_break_at_once_are_tried_again_at_once_a_few_times() -> None:
    decisions = lane()
    for number in range(1, MOST_BROKEN + 1):
        opened(decisions, number)
        decisions.connection_gone(number, RESET, [begin(decisions, number)], NOW)
        assert decisions.may_begin(NOW.moment), number
    opened(decisions, 99)
    decisions.connection_gone(99, RESET, [begin(decisions, 99)], NOW)
    assert not decisions.may_begin(NOW.moment), "it is more than bad luck"


def test_rows_of_a_broken_connection_are_due_at_once_a_few_times() -> None:
    for attempts in range(6):
        decisions = lane(0)
        decisions.rows.add([row(1, attempts)])
        opened(decisions, 1)
        decisions.connection_gone(1, RESET, [begin(decisions, 1)], NOW)
        (result,) = decisions.rows.take_results()
        assert result.due is not None
        assert (result.due <= NOW.at) == (attempts < MOST_BROKEN), attempts


@pytest.mark.parametrize("why", [RESET, BUSY], ids=["closed", "421"])
@pytest.mark.parametrize("late", [False, True], ids=["while it opens", "at its first message"])
def test_one_connection_too_many_lowers_the_number_and_rests_nobody(why: Outcome, late: bool) -> None:
    decisions = lane(40)
    opened(decisions, 1, 2)
    send(decisions, 1, ACCEPTED)
    assert decisions.connections_wanted(NOW.moment) == 4
    if late:
        opened(decisions, 3)
        decisions.connection_gone(3, why, [begin(decisions, 3)], NOW)
    else:
        decisions.connection_failed(3, why, NOW)
    assert decisions.may_begin(NOW.moment)
    assert decisions.connections_wanted(NOW.moment) == 2
    if why is RESET:
        assert not any(result.outcome.cause == RESET.cause for result in decisions.rows.take_results())


def test_trouble_with_the_only_connection_is_trouble() -> None:
    decisions = lane()
    decisions.connection_failed(1, BUSY, NOW)
    assert not decisions.may_begin(NOW.moment)


def test_a_connection_is_worn_after_eight_refusals() -> None:
    decisions = lane()
    opened(decisions, 1, 2)
    for number in range(MOST_REFUSED):
        assert not decisions.carriers.worn(1), number
        send(decisions, 1, UNKNOWN)
    assert (decisions.carriers.worn(1), decisions.carriers.worn(2)) == (True, False)
    assert decisions.connection_gone(1, None, [], NOW) == []
    assert not decisions.carriers.worn(1)


def test_a_full_session_is_remembered_once_the_next_one_works() -> None:
    decisions = lane()
    opened(decisions, 1)
    for _ in range(3):
        send(decisions, 1, ACCEPTED)
    key = begin(decisions, 1)
    decisions.learned(Lesson.SESSION_FULL, 3)
    decisions.connection_gone(1, None, [key], NOW)
    assert decisions.server.to_keep() is None, "perhaps it was the account's limit"
    opened(decisions, 2)
    send(decisions, 2, ACCEPTED)
    assert decisions.server.to_keep() == ServerTraits(per_session=3)
    for _ in range(2):
        send(decisions, 2, ACCEPTED)
    assert decisions.quota.used_up(2), "the next one is renewed before the server has to say it"


def test_ending_after_the_same_number_twice_is_a_habit() -> None:
    for counts, limit in (((3, 3), 3), ((3, 4), None), ((0, 0), None), ((3, 4, 4), 4)):
        decisions = lane(40)
        for number, count in enumerate(counts, 1):
            opened(decisions, number)
            for _ in range(count):
                send(decisions, number, ACCEPTED)
            decisions.connection_gone(number, RESET, [begin(decisions, number)], NOW)
        assert decisions.quota.limit == limit, counts


def test_what_was_learned_before_counts_from_the_start() -> None:
    traits = ServerTraits(chunking=False, per_session=2)
    decisions = lane(limits=Limits(per_connection=50), traits=traits)
    assert (decisions.server.in_flight.most, decisions.quota.limit) == (0, 2)
    assert lane(limits=Limits(per_connection=1), traits=traits).quota.limit == 1


def test_chunking_that_goes_wrong_is_remembered() -> None:
    decisions = lane()
    opened(decisions, 1)
    refused = Outcome(OutcomeKind.DEFERRED, Stage.BODY, Blame.RELAY, Reply(503, "what?"), "relay.protocol", 60.0)
    send(decisions, 1, refused)
    assert decisions.take_closes()
    opened(decisions, 2)
    send(decisions, 2, ACCEPTED)
    assert decisions.server.to_keep() == ServerTraits(chunking=False)


def test_a_body_behind_a_refused_envelope_is_told_to_the_journal() -> None:
    decisions = lane()
    opened(decisions, 1)
    key = begin(decisions, 1)
    seq = decisions.body(key).seq
    assert decisions.connection_gone(1, None, [key], NOW) == [seq]
    assert key in decisions.leftovers().ids
