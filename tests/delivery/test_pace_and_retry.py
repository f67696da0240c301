"""How fast a lane goes, and when a row is tried again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpdesk.delivery.budget import Budget
from smtpdesk.delivery.pace import Pace
from smtpdesk.delivery.retry import result_of
from smtpdesk.domain.campaign import RetryPlan
from smtpdesk.domain.delivery import Blame, Claimed, Outcome, OutcomeKind, Reply, Stage
from smtpdesk.domain.profile import format_rate, parse_rate

PLAN = RetryPlan(delays=(10.0, 60.0), give_up_after=1000.0)


def claimed(attempts: int = 0, first_tried: float | None = None) -> Claimed:
    return Claimed(7, 3, "a@example.com", 4, {}, attempts, first_tried, "")


def outcome(kind: OutcomeKind, blame: Blame, retry_after: float | None = None) -> Outcome:
    return Outcome(kind, Stage.RCPT, blame, Reply(451, "later", "4.7.1"), "some.cause", retry_after)


@given(rate=st.integers(1, 50), seconds=st.sampled_from([1.0, 60.0]), eager=st.floats(0.0, 0.5))
def test_never_more_than_the_rate_in_any_stretch(rate: int, seconds: float, eager: float) -> None:
    pace, moment, sent = Pace(rate / seconds), 1000.0, []
    for _message in range(200):
        moment += pace.wait(moment) + eager * seconds / rate
        pace.take(moment)
        sent.append(moment)
    for index in range(len(sent)):
        stretch = [at for at in sent[index:] if at - sent[index] < seconds]
        assert len(stretch) <= rate * (1 + Pace.SLACK / seconds) + 1


def test_lost_time_is_not_made_up_for_in_a_burst() -> None:
    pace = Pace(10)
    pace.take(0.0)
    burst = 0
    while pace.wait(100.0) == 0:
        pace.take(100.0)
        burst += 1
    assert burst <= 4


def test_no_limit_means_no_waiting() -> None:
    pace = Pace(None)
    pace.take(5.0)
    assert pace.wait(5.0) == 0


@pytest.mark.parametrize(("attempts", "least"), [(0, 10.0), (1, 60.0), (5, 60.0)])
def test_a_deferred_row_waits_as_the_plan_says(attempts: int, least: float) -> None:
    result = result_of(claimed(attempts, 100.0), outcome(OutcomeKind.DEFERRED, Blame.RECIPIENT), "p", 200.0, PLAN)
    assert result.outcome.kind is OutcomeKind.DEFERRED
    assert result.due is not None
    assert 200 + least <= result.due <= 200 + least * 1.1


@pytest.mark.parametrize(
    ("plan", "known", "least", "most"),
    [
        (RetryPlan(), 7200.0, 7200.0, 8000.0),  # a full mailbox is not emptied in a quarter of a minute
        (RetryPlan(), 180.0, 15.0, 17.0),  # greylisting often is over sooner
        (PLAN, 7200.0, 10.0, 11.0),  # a person's own plan is kept
    ],
)
def test_a_known_long_wait_goes_before_the_usual_plan(plan: RetryPlan, known: float, least: float, most: float) -> None:
    wished = outcome(OutcomeKind.DEFERRED, Blame.RECIPIENT, retry_after=known)
    result = result_of(claimed(), wished, "p", 0.0, plan)
    assert result.due is not None and least <= result.due <= most


def test_after_the_final_time_the_servers_last_words_reject_the_row() -> None:
    deferred = outcome(OutcomeKind.DEFERRED, Blame.RECIPIENT)
    result = result_of(claimed(9, 0.0), deferred, "p", 1000.0, PLAN)
    assert result.outcome.kind is OutcomeKind.REJECTED
    assert result.outcome.reply.text == "later"


@pytest.mark.parametrize("blame", [Blame.PROFILE, Blame.RELAY, Blame.NETWORK])
@pytest.mark.parametrize("kind", [OutcomeKind.REJECTED, OutcomeKind.DEFERRED])
def test_what_is_not_the_rows_fault_never_rejects_it(blame: Blame, kind: OutcomeKind) -> None:
    result = result_of(claimed(9, 0.0), outcome(kind, blame), "p", 5000.0, PLAN)
    assert result.outcome.kind is OutcomeKind.DEFERRED
    assert result.due is not None


def test_accepted_and_uncertain_are_final_whatever_the_blame() -> None:
    for kind in (OutcomeKind.ACCEPTED, OutcomeKind.UNCERTAIN):
        assert result_of(claimed(), outcome(kind, Blame.NETWORK), "p", 0.0, PLAN).outcome.kind is kind


def test_a_budget_is_given_out_once() -> None:
    budget = Budget(5)
    assert [budget.take(3), budget.take(3), budget.take(3)] == [3, 2, 0]
    assert budget.spent
    budget.give_back(1)
    assert budget.take(9) == 1
    assert Budget(None).take(100) == 100


@pytest.mark.parametrize(
    ("text", "rate"), [("14/s", (14, 1.0)), ("30/min", (30, 60.0)), ("500/h", (500, 3600.0)), ("7", (7, 1.0))]
)
def test_rates_are_read_and_written(text: str, rate: tuple[int, float]) -> None:
    assert parse_rate(text) == rate
    assert parse_rate(format_rate(*rate)) == rate


@pytest.mark.parametrize("text", ["", "fast", "0/s", "-1/s", "5/week", f"{10**400}/s"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_rate(text)
