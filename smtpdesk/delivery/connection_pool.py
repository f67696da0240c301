"""The connections of one lane."""

from __future__ import annotations

import asyncio
import itertools

from smtpdesk.delivery.connection import Connection, Owner
from smtpdesk.delivery.ports import ConnectionSlot, ConnectionSlots, Connector
from smtpdesk.domain.server_traits import ServerTraits


class ConnectionPool:
    """Opens as many connections as it is told, while the profile may have more, and forgets those that have ended.

    Args:
        owner: the lane. ``slots``: the profile's connections over all runs.
    """

    def __init__(self, owner: Owner, slots: ConnectionSlots) -> None:
        self._owner = owner
        self._slots = slots
        self._connections: dict[Connection, ConnectionSlot] = {}
        #: For the first connection: had before rows are claimed for it.
        self._spare: ConnectionSlot | None = None
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

    def reserve(self, most: int) -> bool:
        """Have at least one connection, or the right to one; False while other runs have all that there may be."""
        if not self._connections and self._spare is None:
            self._spare = self._slots.take(most)
        waits = not self._connections and self._spare is None
        self._slots.wait(waits)
        return not waits

    def unreserve(self) -> None:
        """There is nothing to send: other runs may have it."""
        spare, self._spare = self._spare, None
        if spare is not None:
            spare.free()
        self._slots.wait(False)

    def fill(self, connect: Connector, wanted: int, most: int, depth: int, traits: ServerTraits) -> None:
        """Open connections until there are as many as wanted, or the profile has ``most`` over all runs."""
        while len(self._connections) < wanted:
            slot = self._spare or self._slots.take(most)
            self._spare = None
            if slot is None:
                return
            connection = Connection(connect, self._owner, next(self._numbers), depth, traits)
            self._connections[connection] = slot
            connection.start()

    def gives_way(self, connection: Connection, most: int) -> bool:
        """True when a connection is to end: this lane has more than its ``most``, or another run has waited long."""
        slot = self._connections.get(connection)
        if slot is None:
            return False
        surplus = len(self._connections) > most and connection is max(self._connections, key=lambda it: it.number)
        return surplus or slot.turn_is_over

    def gone(self, connection: Connection) -> None:
        """A connection has ended."""
        slot = self._connections.pop(connection, None)
        if slot is not None:
            slot.free()

    def drain(self) -> None:
        """Finish what is under way on all of them, and close them."""
        for connection in list(self._connections):
            connection.drain()

    async def closed(self) -> None:
        """Wait until nothing is under way any more."""
        await asyncio.gather(*(connection.closed() for connection in list(self._connections)))
