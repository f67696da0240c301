"""How wide the parts of a stacked bar are drawn."""

from __future__ import annotations

from smtpdesk.desktop.components.bars import GAP, LEAST, widths


def test_shares_with_room_are_as_wide_as_they_are() -> None:
    assert widths([0.5, 0.25], 200) == [100, 50]


def test_the_smallest_share_is_seen_and_stays_inside_the_bar() -> None:
    drawn = widths([2401 / 2418, 15 / 2418, 2 / 2418], 150)
    assert drawn[1:] == [LEAST, LEAST]
    assert sum(drawn) + 2 * GAP == 150


def test_one_share_is_a_progress_bar() -> None:
    assert widths([1.0], 150) == [150]
    assert widths([0.001], 150) == [LEAST]
    assert widths([], 150) == []
