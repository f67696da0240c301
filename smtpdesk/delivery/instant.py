"""A moment by both clocks, as the decisions of a lane are told it: they never look at one themselves."""

from __future__ import annotations

from typing import NamedTuple


class Instant(NamedTuple):
    """``moment`` is monotonic (for waiting), ``at`` counts seconds since the epoch (for the ledger and for people)."""

    moment: float
    at: float
