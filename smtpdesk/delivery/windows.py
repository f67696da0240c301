"""Limits that cover a stretch of time: so many messages in any minute, hour or day."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

#: A stretch is counted in so many buckets: what is older than the stretch by less than one of them still counts.
BUCKETS = 120


class Window:
    """At most ``limit`` messages in any ``seconds``; moments are those of the monotonic clock.

    The clock of the wall may be set back or forward meanwhile; the ledger's times are turned into moments once, when
    they are loaded.
    """

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self.bucket = seconds / BUCKETS
        self._slots: deque[list[float]] = deque()
        self._used = 0

    def load(self, counts: Iterable[tuple[float, int]], moment: float) -> None:
        """Forget what was counted, and take (moment, messages) from the ledger, the oldest first.

        What the ledger has in the future (the clock was set back since) counts as of now.
        """
        self._slots = deque([min(at, moment), count] for at, count in counts if count)
        self._used = int(sum(slot[1] for slot in self._slots))

    def room(self, moment: float) -> int:
        """Messages that may still go now."""
        while self._slots and self._slots[0][0] + self.bucket + self.seconds <= moment:
            self._used -= int(self._slots.popleft()[1])
        return max(0, self.limit - self._used)

    def opens(self, moment: float) -> float:
        """Seconds until there is room; 0 when there is."""
        if self.room(moment) or not self._slots:
            return 0.0
        over = self._used - self.limit
        for at, count in self._slots:
            over -= int(count)
            if over < 0:
                return max(0.0, at + self.bucket + self.seconds - moment)
        return self.seconds

    def take(self, moment: float) -> None:
        """A message goes now."""
        self._used += 1
        if self._slots and moment - self._slots[-1][0] < self.bucket:
            self._slots[-1][1] += 1
        else:
            self._slots.append([moment, 1])

    def give_back(self, moment: float) -> None:
        """A message that was counted at this moment was not taken by the relay after all."""
        for slot in reversed(self._slots):
            if slot[0] <= moment and slot[1] > 0:
                slot[1] -= 1
                self._used -= 1
                return
