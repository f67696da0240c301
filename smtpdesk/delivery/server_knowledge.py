"""What a lane has learned about its server, and what of it is sure enough to be kept with the profile."""

from __future__ import annotations

import logging
from dataclasses import replace

from smtpdesk.delivery.in_flight_limit import MOST, InFlightLimit
from smtpdesk.domain.delivery import Outcome
from smtpdesk.domain.profile import Limits
from smtpdesk.domain.server_traits import Lesson, ServerTraits

_log = logging.getLogger("smtpdesk.delivery")


class ServerKnowledge:
    """Connections tell lessons; what is believed counts at once, and is kept when messages are accepted that way.

    Args:
        traits: what former runs have learned.
    """

    def __init__(self, traits: ServerTraits) -> None:
        self.traits = traits
        self.in_flight = InFlightLimit(MOST if traits.chunking else 0)
        self._kept = traits
        self._proven = True
        #: How many messages the last connection had carried that the server ended.
        self._ended_after = 0

    def per_connection(self, limits: Limits) -> int | None:
        """Messages after which a connection is renewed: as the profile says, or earlier where the server wants it."""
        wanted = (limits.per_connection, self.traits.per_session)
        return min((limit for limit in wanted if limit is not None), default=None)

    def learned(self, lesson: Lesson, count: int) -> None:
        """A connection that had taken ``count`` messages has shown this."""
        wiser = self.traits.after(lesson, count)
        if wiser != self.traits:
            _log.info("learned about the server: %s (after %d messages)", lesson, count)
            self.traits = wiser
            self._proven = False
        if not self.traits.chunking:
            self.in_flight.most = 0

    def body_refused(self, outcome: Outcome) -> bool:
        """A message was refused; True when that only says that the server does not understand BDAT."""
        if not self.in_flight.refused(outcome):
            return False
        self.learned(Lesson.NO_CHUNKING, 0)
        return True

    def connection_lost(self, doubts: int) -> None:
        """A connection was lost, with so many bodies in doubt."""
        chunking = self.in_flight.most > 0
        self.in_flight.lost(doubts)
        if chunking and not self.in_flight.most:
            self.learned(Lesson.NO_CHUNKING, 0)

    def ended(self, carried: int) -> None:
        """The server ended a connection that had carried so many; twice after the same number is a habit."""
        if carried and carried == self._ended_after:
            self.learned(Lesson.SESSION_FULL, carried)
        self._ended_after = carried

    def accepted(self, carried: int) -> None:
        """A connection took a message, its ``carried``-th: the server works as it is spoken to now."""
        self.in_flight.accepted()
        self._proven = True
        known = self.traits.per_session
        if known is not None and carried > known:  # it takes more than that after all
            self.traits = replace(self.traits, per_session=None)

    def to_keep(self) -> ServerTraits | None:
        """What is to be written down, when that is not yet; then :meth:`kept`."""
        return self.traits if self._proven and self.traits != self._kept else None

    def kept(self, traits: ServerTraits) -> None:
        """It is written down."""
        self._kept = traits
