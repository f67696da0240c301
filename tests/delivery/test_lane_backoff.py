"""When a lane rests and when it gives up."""

from __future__ import annotations

import pytest

from smtpdesk.delivery.lane_backoff import LONGEST_REST, SAME_REFUSALS, LaneBackoff
from smtpdesk.domain.delivery import Blame, Outcome, OutcomeKind, Reply, Stage

#: Monotonic.
NOW = 100.0


def outcome(blame: Blame, cause: str = "some.cause", retry_after: float | None = None) -> Outcome:
    return Outcome(OutcomeKind.DEFERRED, Stage.MAIL, blame, Reply(421, "busy"), cause, retry_after)


def test_rests_grow_and_an_acceptance_makes_them_short_again() -> None:
    backoff, rests = LaneBackoff(), []
    for _trouble in range(12):
        backoff.trouble(outcome(Blame.NETWORK), NOW)
        rests.append(round(backoff.resting(NOW)))
    assert rests == sorted(rests)
    assert rests[0] < 2
    assert rests[-1] <= LONGEST_REST
    backoff.accepted()
    fresh = LaneBackoff()
    fresh.trouble(outcome(Blame.NETWORK), NOW)
    assert fresh.resting(NOW) < 2
    assert not backoff.troubled


def test_a_known_time_bounds_the_rest_after_a_broken_line() -> None:
    backoff = LaneBackoff()
    for _trouble in range(12):
        backoff.trouble(outcome(Blame.RELAY, retry_after=5.0), NOW)
    assert backoff.resting(NOW) <= 5.0


def test_a_limit_of_the_account_takes_the_providers_time_and_does_not_fail() -> None:
    backoff = LaneBackoff()
    backoff.trouble(outcome(Blame.PROFILE, retry_after=300.0), NOW)
    assert 299 < backoff.resting(NOW) <= 300
    assert backoff.failure is None


def test_a_wrong_password_fails_at_once() -> None:
    backoff = LaneBackoff()
    wrong = outcome(Blame.PROFILE, "profile.password")
    backoff.trouble(wrong, NOW)
    assert backoff.failure is wrong


@pytest.mark.parametrize("interrupted", [False, True])
def test_the_same_refusal_again_and_again_asks_for_a_person(interrupted: bool) -> None:
    backoff = LaneBackoff()
    for number in range(SAME_REFUSALS):
        if interrupted and number == SAME_REFUSALS - 2:
            backoff.accepted()
        backoff.refused(outcome(Blame.MESSAGE, "message.spam"))
    assert (backoff.failure is None) is interrupted


def test_different_refusals_do_not_add_up() -> None:
    backoff = LaneBackoff()
    for number in range(3 * SAME_REFUSALS):
        backoff.refused(outcome(Blame.MESSAGE, f"message.{number % 2}"))
    assert backoff.failure is None
