"""Which connection carries which row, and how each connection has done so far."""

from __future__ import annotations

from collections.abc import Iterable

from smtpdesk.domain.delivery import Outcome, OutcomeKind

#: Refused messages after which a connection is renewed: each costs a command that carries no mail, and servers hang up
#: on whoever sends too many of those (Exim at the eleventh), or slow down (Postfix at the tenth error).
MOST_REFUSED = 8
#: Connections in a row that may break before they carried anything without a rest.
MOST_BROKEN = 3
#: How a connection ends that has nothing wrong but its age.
_OVER = frozenset({"network.disconnected", "relay.connection-used-up"})


class Carriers:
    """Counts accepted and refused messages by connection."""

    def __init__(self) -> None:
        self._by_row: dict[int, int] = {}
        self._accepted: dict[int, int] = {}
        self._refused: dict[int, int] = {}
        #: Connections in a row that broke before they had carried anything.
        self._broke_at_once = 0

    def taken(self, connection: int, key: int) -> None:
        """A connection has got a row."""
        self._by_row[key] = connection

    def given_back(self, keys: Iterable[int]) -> None:
        """These were not begun."""
        for key in keys:
            self._by_row.pop(key, None)

    def answered(self, key: int, kind: OutcomeKind) -> int:
        """A row was answered; returns how many messages its connection has carried, this one included."""
        connection = self._by_row.pop(key, None)
        if connection is None:
            return 0
        if kind is OutcomeKind.ACCEPTED:
            self._accepted[connection] = self._accepted.get(connection, 0) + 1
        elif kind is not OutcomeKind.UNCERTAIN:
            self._refused[connection] = self._refused.get(connection, 0) + 1
        return self._accepted.get(connection, 0)

    def worn(self, connection: int) -> bool:
        """True when so many were refused on a connection that it is better renewed."""
        return self._refused.get(connection, 0) >= MOST_REFUSED

    def ended(self, connection: int, unbegun: Iterable[int]) -> int:
        """A connection has ended, and had not begun these; returns how many messages it had carried."""
        self.given_back(unbegun)
        self._refused.pop(connection, None)
        return self._accepted.pop(connection, 0)

    def renews(self, why: Outcome, carried: int) -> bool:
        """Whether the end of a connection says no more than that another one is to be opened, at once."""
        if carried:
            self._broke_at_once = 0
            return why.cause in _OVER
        self._broke_at_once += 1
        return why.cause == "network.disconnected" and self._broke_at_once <= MOST_BROKEN

    def revive(self) -> None:
        """Somebody has looked after it: the next connections are the first again."""
        self._broke_at_once = 0
