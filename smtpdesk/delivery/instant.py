"""A moment by both clocks, as the decisions of a lane are told it: they never look at one themselves."""

from __future__ import annotations

import time
from typing import NamedTuple

from smtpdesk.base.clock import now


class Instant(NamedTuple):
    """``moment`` is monotonic (for waiting), ``at`` counts seconds since the epoch (for the ledger and for people)."""

    moment: float
    at: float


def instant() -> Instant:
    """What the clocks say; for the lane, not for its decisions."""
    return Instant(time.monotonic(), now())
