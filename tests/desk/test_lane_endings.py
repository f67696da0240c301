"""What is said of a profile that did not end a run well."""

from __future__ import annotations

from smtpdesk.base.clock import now
from smtpdesk.desk.lane_endings import lane_ending, lane_endings
from smtpdesk.domain.delivery import LaneInfo, LaneState
from smtpdesk.domain.profile import Limits

FULL = Limits(per_minute=30, hourly=500, daily=2000)


def said(lane: LaneInfo, limits: Limits | None = FULL) -> str:
    found = lane_ending(lane, limits, now())
    return found.sentence if found else ""


def test_the_limit_that_holds_is_named_with_its_figure() -> None:
    at = now()
    soon = LaneInfo("a", LaneState.LIMIT, until=at + 20)
    assert "its limit of 30 in a minute; it can go on " in said(soon, Limits(per_minute=30))
    assert said(soon).startswith("a has used its limit; it can go on "), "the minute's or the hour's"
    assert "its limit of 500 in an hour" in said(LaneInfo("a", LaneState.LIMIT, left_today=9, until=at + 1800))
    assert "its limit of 2,000 in 24 hours" in said(LaneInfo("a", LaneState.LIMIT, left_today=0, until=at + 7200))
    assert said(LaneInfo("a", LaneState.LIMIT, until=at - 5), None) == "a has used its limit; it can go on now."


def test_a_stop_a_rest_and_a_pause_are_told_apart() -> None:
    lanes = [
        LaneInfo("a", LaneState.PAUSED, "profile.domain-authentication"),
        LaneInfo("b", LaneState.RESTING, "network.timeout"),
        LaneInfo("c", LaneState.PAUSED),
        LaneInfo("d", LaneState.SENDING, "profile.daily-limit"),
        LaneInfo("e", LaneState.WAITING),
    ]
    found = lane_endings(lanes, {}, now())
    assert [one.sentence.partition(":")[0] for one in found] == ["a stopped", "b rests", "c is paused."]
    assert found[0].advice and found[0].as_dict()["cause"] == "profile.domain-authentication"
