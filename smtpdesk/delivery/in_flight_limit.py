"""How many bodies a connection may have without an answer: where CHUNKING goes wrong, it is done without."""

from __future__ import annotations

import logging

from smtpdesk.domain.delivery import Outcome, Stage

#: Bodies in flight on one connection, at most.
MOST = 8
#: Connections lost with bodies in doubt, after which one body at a time is on the wire; so many acceptances in between
#: make up for them.
LOSSES, GOOD = 2, 200
#: A body that is refused with one of these was not understood: the server offers what it cannot do.
_NOT_UNDERSTOOD = frozenset({500, 501, 502, 503, 504})
_log = logging.getLogger("smtpdesk.delivery")


class InFlightLimit:
    """What a lane has learned about its server's CHUNKING (RFC 3030). ``most`` is 0 when it is done without."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._accepted = 0
        self._losses = 0
        #: Refusals that may still be answers to a BDAT: as many as are in flight.
        self._excused = MOST

    def accepted(self) -> None:
        """The server took a message."""
        self._accepted += 1

    def refused(self, outcome: Outcome) -> bool:
        """The server refused a message; True when that only says that it does not understand BDAT."""
        if outcome.stage is not Stage.BODY or outcome.reply.code not in _NOT_UNDERSTOOD:
            return False
        if self._accepted or not self._excused:
            return False
        self._excused -= 1
        self._do_without("it does not understand BDAT")
        return True

    def lost(self, doubts: int) -> None:
        """A connection was lost, with so many bodies in doubt."""
        if not doubts:
            return
        self._losses = self._losses + 1 if self._accepted < GOOD else 1
        self._accepted = 1 if self._accepted else 0
        if self._losses >= LOSSES:
            self._do_without("its connections break with several messages in flight")

    def _do_without(self, why: str) -> None:
        if self.most:
            _log.info("no CHUNKING with this server any more: %s", why)
        self.most = 0
