"""Limits on a stretch of time: never more than the limit in any of them, and no longer closed than that takes."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpdesk.delivery.windows import BUCKETS, Window

LIMITS = st.integers(1, 12)
PAUSES = st.lists(st.floats(0.0, 20.0), min_size=1, max_size=60)


def within(sent: list[float], seconds: float) -> int:
    """The most messages in any stretch of so many seconds."""
    inside: deque[float] = deque()
    most = 0
    for moment in sent:
        inside.append(moment)
        while moment - inside[0] >= seconds:
            inside.popleft()
        most = max(most, len(inside))
    return most


@given(limit=LIMITS, pauses=PAUSES)
def test_never_more_than_the_limit_in_any_stretch(limit: int, pauses: list[float]) -> None:
    window, moment = Window(limit, 60.0), 1000.0
    sent: list[float] = []
    for pause in pauses:
        moment += pause
        if window.room(moment) and not window.opens(moment):
            window.take(moment)
            sent.append(moment)
    assert sent
    assert within(sent, 60.0) <= limit


@given(limit=LIMITS, pauses=PAUSES)
def test_it_opens_when_the_oldest_is_old_enough_and_not_a_bucket_later(limit: int, pauses: list[float]) -> None:
    window, moment = Window(limit, 60.0), 1000.0
    sent: list[float] = []
    for pause in pauses:
        moment += pause
        opens = window.opens(moment)
        if opens:
            needed = sent[-limit] + 60.0 - moment
            assert needed - 1e-6 <= opens <= needed + window.bucket + 1e-6
            moment += opens
        assert window.room(moment)
        window.take(moment)
        sent.append(moment)


@given(limit=LIMITS, pauses=PAUSES, refused=st.lists(st.booleans(), min_size=60, max_size=60))
def test_what_the_relay_refused_is_not_counted_and_the_rest_is(
    limit: int, pauses: list[float], refused: list[bool]
) -> None:
    window, moment = Window(limit, 60.0), 1000.0
    sent: list[float] = []
    waiting: list[float] = []
    for pause, refuse in zip(pauses, refused, strict=False):
        moment += pause
        if window.room(moment):
            window.take(moment)
            (waiting if refuse else sent).append(moment)
        elif waiting:  # its answer comes late, when others have gone after it
            window.give_back(waiting.pop(0))
    for at in waiting:
        window.give_back(at)
    assert within(sent, 60.0) <= limit
    assert window.room(moment) <= limit - sum(1 for at in sent if at + 60.0 > moment)


def test_a_message_given_back_makes_room_for_one_and_no_more() -> None:
    window = Window(3, 60.0)
    for moment in (0.0, 10.0, 20.0):
        window.take(moment)
    window.give_back(10.0)
    assert window.room(20.0) == 1
    window.take(20.0)
    assert window.room(20.0) == 0
    assert window.room(60.6) == 1, "the first one is a minute old"
    window.give_back(55.0)
    window.give_back(-5.0)
    assert window.room(60.6) == 2, "what was never taken is not given back twice"


def test_what_the_ledger_has_counts_to_the_end_of_its_bucket() -> None:
    window = Window(10, 3600.0)
    window.load([(1000.0, 4), (2000.0, 6)], 2500.0)
    assert window.room(2500.0) == 0
    assert window.opens(2500.0) == pytest.approx(1000.0 + 3600.0 + 3600.0 / BUCKETS - 2500.0)
    assert window.room(1000.0 + 3600.0 + window.bucket) == 4


def test_times_in_the_future_do_not_close_it_for_longer_than_its_own_length() -> None:
    window = Window(5, 60.0)
    window.load([(90.0, 2), (5000.0, 3)], 100.0)
    assert window.room(100.0) == 0
    assert window.opens(100.0) <= 60.0
    assert window.room(100.0 + 60.0 + window.bucket) == 5


def test_loading_again_forgets_what_was_counted_before() -> None:
    window = Window(5, 60.0)
    for _ in range(5):
        window.take(100.0)
    window.load([(100.0, 1)], 101.0)
    assert window.room(101.0) == 4


def test_a_window_that_was_never_used_is_open() -> None:
    assert (Window(1, 60.0).opens(5.0), Window(1, 60.0).room(5.0)) == (0.0, 1)
