"""The connections of one lane."""

from __future__ import annotations

import asyncio
import itertools

from smtpdesk.delivery.connection import Connection, Owner
from smtpdesk.delivery.ports import Connector


class ConnectionPool:
    """Opens as many connections as it is told, and forgets those that have ended."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._connections: set[Connection] = set()
        self._numbers = itertools.count(1)

    @property
    def open(self) -> int:
        """How many can carry mail now."""
        return sum(1 for connection in self._connections if connection.open)

    @property
    def at_work(self) -> bool:
        """True while one is being opened, or waits for an answer."""
        return not all(connection.idle for connection in self._connections)

    def kick(self) -> None:
        """There may be something to send."""
        for connection in list(self._connections):
            connection.kick()

    def fill(self, connect: Connector, wanted: int, depth: int) -> None:
        """Open connections until there are as many as wanted."""
        while len(self._connections) < wanted:
            connection = Connection(connect, self._owner, next(self._numbers), depth)
            self._connections.add(connection)
            connection.start()

    def gone(self, connection: Connection) -> None:
        """A connection has ended."""
        self._connections.discard(connection)

    def drain(self) -> None:
        """Finish what is under way on all of them, and close them."""
        for connection in list(self._connections):
            connection.drain()

    async def closed(self) -> None:
        """Wait until nothing is under way any more."""
        await asyncio.gather(*(connection.closed() for connection in list(self._connections)))
