"""How many messages each connection still carries, where the profile limits them."""

from __future__ import annotations


class MessageQuota:
    """Counts by connection. What was pulled counts, whether it was written or only composed ahead.

    Args:
        limit: messages a connection; None: no matter how many.
    """

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self._used: dict[int, int] = {}

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._used)

    def opened(self, connection: int) -> None:
        """A connection is ready for mail, and may have begun already."""
        self._used.setdefault(connection, 0)

    def closed(self, connection: int) -> None:
        """A connection has ended, if it ever was ready."""
        self._used.pop(connection, None)

    def used_up(self, connection: int) -> bool:
        """True when a connection has carried as many as it may."""
        return self.limit is not None and self._used.get(connection, 0) >= self.limit

    def take(self, connection: int) -> None:
        """One more message goes to a connection."""
        self._used[connection] = self._used.get(connection, 0) + 1

    def give_back(self, connection: int) -> None:
        """A message that a connection had got was not written."""
        if self._used.get(connection):
            self._used[connection] -= 1
