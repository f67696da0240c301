"""How fast a lane may go: messages are spread evenly over the time that the limit covers."""

from __future__ import annotations


class Pace:
    """Spaces messages evenly; after a pause it does not make up for lost time in a burst.

    Args:
        rate: messages a second; None means no limit.
    """

    #: How much lateness (seconds) may be made up for, so that a busy moment does not lower the rate for good.
    SLACK = 0.2

    def __init__(self, rate: float | None) -> None:
        self._gap = 0.0
        self._next = 0.0
        self.set(rate)

    @property
    def bound(self) -> bool:
        """True while there is a limit."""
        return self._gap > 0

    @property
    def gap(self) -> float:
        """Seconds between two messages; 0 without a limit."""
        return self._gap

    def set(self, rate: float | None) -> None:
        """Another rate from the next message on."""
        gap = 1.0 / rate if rate else 0.0
        if gap < self._gap:  # faster: the next message need not wait the old gap out
            self._next -= self._gap - gap
        self._gap = gap

    def follow(self, last: float) -> None:
        """The last message before this pace began went at that moment."""
        if self._gap:
            self._next = max(self._next, last + self._gap)

    def wait(self, now: float) -> float:
        """Seconds until the next message may go; 0 when it may go at once."""
        return max(0.0, self._next - now) if self._gap else 0.0

    def take(self, now: float) -> None:
        """A message goes now."""
        if self._gap:
            self._next = max(self._next, now - self.SLACK) + self._gap
