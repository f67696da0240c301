"""One message on its way over one connection, and what a conversation asks of and tells its owner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from smtpdesk.domain.delivery import Outcome, Reply, Stage
from smtpdesk.domain.server_traits import Lesson


@dataclass(slots=True, eq=False)
class Transaction:
    """One message to one recipient.

    Attributes:
        key: how its owner tells it apart.
        mail, rcpt: the two commands of its envelope, with their line ends.
        wire: all that follows them: after DATA the dot-stuffed text with the final dot, else BDAT and the text.
        started: when its envelope was written (monotonic).
        refusal: the first refusal in the envelope.
        addressed: its RCPT was accepted.
        answer: the reply to the body, while it waits to be confirmed by what follows it.
        begun: its body was given to the transport. ``finished``: its outcome was told.
        end: where its body ends among all that was written on the connection.
        ahead: its envelope was written behind a body that had no answer yet.
    """

    key: int
    mail: bytes
    rcpt: bytes
    wire: bytes
    started: float = field(default=0.0)
    refusal: tuple[Stage, Reply] | None = None
    addressed: bool = False
    answer: Reply | None = None
    begun: bool = False
    finished: bool = False
    end: int = 0
    ahead: bool = False


def ignore(_stage: Stage, _seconds: float) -> None:
    """The usual :attr:`Hooks.stage`: nobody wants to know."""


def unheard(_lesson: Lesson, _count: int) -> None:
    """The usual :attr:`Hooks.learned`: nobody remembers."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """What a conversation asks of and tells its owner; all are called on the event loop and must be quick.

    ``pull`` gives the next transaction or None when there is none just now (then ``kick`` later). ``body`` is called
    just before a body is written, ``outcome`` once for every transaction that was begun and answered, ``unbegun`` for
    one that was pulled but whose body certainly never left, ``lost`` when the connection is gone, with why (None:
    closed in order, or closed by the server while it was idle). ``stage`` hears for every reply how many seconds went
    by since its command was written. ``learned`` hears what the server cannot do, and after how many accepted messages
    of this connection that showed; what was written in vain meanwhile is told as ``unbegun``.
    """

    pull: Callable[[], Transaction | None]
    body: Callable[[int], None]
    outcome: Callable[[int, Outcome], None]
    unbegun: Callable[[int], None]
    lost: Callable[[Outcome | None], None]
    stage: Callable[[Stage, float], None] = ignore
    learned: Callable[[Lesson, int], None] = unheard
