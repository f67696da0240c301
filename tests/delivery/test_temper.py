"""When a lane rests and when it gives up."""

from __future__ import annotations

import pytest

from smtpdesk.delivery.temper import LONGEST_REST, SAME_REFUSALS, Temper
from smtpdesk.domain.delivery import Blame, Outcome, OutcomeKind, Reply, Stage


def outcome(blame: Blame, cause: str = "some.cause", retry_after: float | None = None) -> Outcome:
    return Outcome(OutcomeKind.DEFERRED, Stage.MAIL, blame, Reply(421, "busy"), cause, retry_after)


def test_rests_grow_and_an_acceptance_makes_them_short_again() -> None:
    temper, rests = Temper(), []
    for _trouble in range(12):
        temper.trouble(outcome(Blame.NETWORK))
        rests.append(round(temper.resting))  # it goes down while we look
    assert rests == sorted(rests)
    assert rests[0] < 2
    assert rests[-1] <= LONGEST_REST
    temper.accepted()
    fresh = Temper()
    fresh.trouble(outcome(Blame.NETWORK))
    assert fresh.resting < 2
    assert not temper.troubled


def test_a_known_time_bounds_the_rest_after_a_broken_line() -> None:
    temper = Temper()
    for _trouble in range(12):
        temper.trouble(outcome(Blame.RELAY, retry_after=5.0))
    assert temper.resting <= 5.0


def test_a_limit_of_the_account_takes_the_providers_time_and_does_not_fail() -> None:
    temper = Temper()
    temper.trouble(outcome(Blame.PROFILE, retry_after=300.0))
    assert 299 < temper.resting <= 300
    assert temper.failure is None


def test_a_wrong_password_fails_at_once() -> None:
    temper = Temper()
    wrong = outcome(Blame.PROFILE, "profile.password")
    temper.trouble(wrong)
    assert temper.failure is wrong


@pytest.mark.parametrize("interrupted", [False, True])
def test_the_same_refusal_again_and_again_asks_for_a_person(interrupted: bool) -> None:
    temper = Temper()
    for number in range(SAME_REFUSALS):
        if interrupted and number == SAME_REFUSALS - 2:
            temper.accepted()
        temper.refused(outcome(Blame.MESSAGE, "message.spam"))
    assert (temper.failure is None) is interrupted


def test_different_refusals_do_not_add_up() -> None:
    temper = Temper()
    for number in range(3 * SAME_REFUSALS):
        temper.refused(outcome(Blame.MESSAGE, f"message.{number % 2}"))
    assert temper.failure is None
