"""Going slower when the server asks for it, and carefully faster again."""

from __future__ import annotations

#: What is left of the rate when the server asks for slowness.
LESS = 0.5
#: By how much it grows again, and after how many seconds (monotonic) without a further request.
MORE, CALM = 1.25, 30.0
#: Messages a second below which it never goes: one in half a minute.
LOWEST = 1.0 / 30.0
#: A first request for slowness, when hardly anything was sent yet, does not count as a rate of less than this.
FIRST = 5.0
#: Requests within so many seconds of the last change are answers to what was under way already.
ECHO = 5.0


class Throttle:
    """The rate that a lane keeps to of its own accord.

    Args:
        full: the rate (messages a second) that the profile's limits allow; None: as fast as it goes.
    """

    def __init__(self, full: float | None) -> None:
        self.full = full
        #: The present rate while it is slowed; None while it is not.
        self.allowed: float | None = None
        #: The most connections while the server wants fewer; None while it does not care.
        self.connections: int | None = None
        self._before = 0.0
        self._changed = float("-inf")
        self._fewer_since = 0.0

    @property
    def rate(self) -> float | None:
        """What to keep to now; None: as fast as it goes."""
        return self.full if self.allowed is None else self.allowed

    def slower(self, moment: float, measured: float) -> bool:
        """The server asked for slowness while ``measured`` messages a second went; True when that changes the rate."""
        if moment - self._changed < ECHO:
            return False
        before = self.allowed
        if before is None:
            measured = max(measured, FIRST)
            before = self._before = min(measured, self.full or measured)
        allowed = max(before * LESS, min(LOWEST, before))
        if allowed >= before:  # the limits of the profile are lower than that already
            return False
        self.allowed = allowed
        self._changed = moment
        return True

    def fewer(self, moment: float, open_now: int) -> None:
        """The server wants no more connections than are open now, or than one."""
        self.connections = max(1, open_now)
        self._fewer_since = moment

    def calm(self, moment: float) -> bool:
        """Messages are accepted; True when the rate was raised by that."""
        if self.connections is not None and moment - self._fewer_since >= 2 * CALM:
            self.connections += 1
            self._fewer_since = moment
        if self.allowed is None or moment - self._changed < CALM:
            return False
        self._changed = moment
        self.allowed *= MORE
        if self.allowed >= (self.full or 2 * self._before):
            self.allowed = None
        return True
