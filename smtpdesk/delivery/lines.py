"""The connections of one lane."""

from __future__ import annotations

import asyncio

from smtpdesk.delivery.assignment import Assignment
from smtpdesk.delivery.line import Line, Owner

#: Waiting rows that are worth one more connection.
ROWS_FOR_ONE = 8


class Lines:
    """Opens as many connections as there is work for, and no more than are allowed."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._lines: set[Line] = set()

    @property
    def open(self) -> int:
        """How many can carry mail now."""
        return sum(1 for line in self._lines if line.open)

    @property
    def at_work(self) -> bool:
        """True while one is being opened, or waits for an answer."""
        return not all(line.idle for line in self._lines)

    def kick(self) -> None:
        """There may be something to send."""
        for line in list(self._lines):
            line.kick()

    def fill(self, work: Assignment, waiting: int, most: int, depth: int) -> None:
        """Open connections for so many waiting rows, until there are ``most``."""
        wanted = min(most, 1 + waiting // ROWS_FOR_ONE)
        while len(self._lines) < wanted:
            line = Line(work.connect, self._owner, work.limits.per_connection, depth)
            self._lines.add(line)
            line.start()

    def gone(self, line: Line) -> None:
        """A connection has ended."""
        self._lines.discard(line)

    def drain(self) -> None:
        """Finish what is under way on all of them, and close them."""
        for line in list(self._lines):
            line.drain()

    async def closed(self) -> None:
        """Wait until nothing is under way any more."""
        await asyncio.gather(*(line.closed() for line in list(self._lines)))
