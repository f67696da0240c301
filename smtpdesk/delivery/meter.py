"""How fast it goes right now: accepted messages over the last seconds."""

from __future__ import annotations

import time
from collections import deque

#: Seconds over which the rate is taken.
WINDOW = 10.0


class Meter:
    """Counts events in slots of a quarter second, so that its memory does not grow with the rate."""

    def __init__(self) -> None:
        self.accepted = 0
        self._slots: deque[list[float]] = deque()
        self._began = time.monotonic()

    def count(self) -> None:
        """One more message was accepted."""
        self.accepted += 1
        slot = time.monotonic() // 0.25 * 0.25
        if self._slots and self._slots[-1][0] == slot:
            self._slots[-1][1] += 1
        else:
            self._slots.append([slot, 1])

    def rate(self) -> float:
        """Messages a second over the last :data:`WINDOW` seconds (or since the start, when that is shorter)."""
        moment = time.monotonic()
        while self._slots and self._slots[0][0] < moment - WINDOW:
            self._slots.popleft()
        span = min(WINDOW, max(moment - self._began, 0.25))
        return sum(slot[1] for slot in self._slots) / span
