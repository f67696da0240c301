"""What was learned about a server beyond what it says of itself; kept with the profile, so that it is learned once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Lesson(StrEnum):
    """What a connection can teach about its server."""

    #: It announces CHUNKING and goes wrong with it.
    NO_CHUNKING = "no-chunking"
    #: It announces PIPELINING and reads one command a packet.
    NO_PIPELINING = "no-pipelining"
    #: It refuses or drops what is written behind a message before the message is answered.
    NO_WRITE_AHEAD = "no-write-ahead"
    #: It takes no more messages on one connection than this one had taken.
    SESSION_FULL = "session-full"


@dataclass(frozen=True, slots=True)
class ServerTraits:
    """How to speak with one server.

    Attributes:
        chunking: BDAT works where it is offered. ``pipelining``: several commands a packet do.
        write_ahead: the next envelope may be written behind a message that has no answer yet.
        per_session: messages after which it wants a new connection; None when it never said so.
    """

    chunking: bool = True
    pipelining: bool = True
    write_ahead: bool = True
    per_session: int | None = None

    def after(self, lesson: Lesson, count: int = 0) -> ServerTraits:
        """The same, one lesson wiser. ``count``: messages that the connection had taken."""
        if lesson is Lesson.NO_CHUNKING:
            return replace(self, chunking=False)
        if lesson is Lesson.NO_PIPELINING:
            return replace(self, pipelining=False)
        if lesson is Lesson.NO_WRITE_AHEAD:
            return replace(self, write_ahead=False)
        known = self.per_session
        return replace(self, per_session=count if known is None else min(known, count)) if count > 0 else self


#: A server of which nothing is known: all that it announces is believed.
AS_ANNOUNCED = ServerTraits()
