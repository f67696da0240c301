"""How fast a lane may go: messages are spread evenly over the time that the limit covers."""

from __future__ import annotations


class Pace:
    """Spaces messages by ``seconds / rate``; after a pause it does not make up for lost time in a burst.

    Args:
        rate: messages each ``seconds``; None means no limit.
        seconds: length of the period.
    """

    #: How much lateness (seconds) may be made up for, so that a busy moment does not lower the rate for good.
    SLACK = 0.2

    def __init__(self, rate: int | None, seconds: float) -> None:
        self._gap = seconds / rate if rate else 0.0
        self._next = 0.0

    def wait(self, now: float) -> float:
        """Seconds until the next message may go; 0 when it may go at once."""
        return max(0.0, self._next - now) if self._gap else 0.0

    def take(self, now: float) -> None:
        """A message goes now."""
        if self._gap:
            self._next = max(self._next, now - self.SLACK) + self._gap
