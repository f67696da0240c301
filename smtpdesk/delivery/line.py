"""One connection of a lane, from opening to its end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from smtpdesk.domain.delivery import Outcome, Stage
from smtpdesk.smtp.session import Hooks, Session, StageFailed, Transaction

if TYPE_CHECKING:
    from smtpdesk.delivery.ports import Connector

#: Seconds that a drained connection may still wait for the answer to a body before it is cut (and the row uncertain).
GRACE = 15.0
#: Seconds without anything to send after which a connection is closed in order, before the server does it.
IDLE = 20.0


class Owner(Protocol):
    """The lane, as its connections see it."""

    def pull(self, session: Session) -> Transaction | None:
        """The next message, or None."""
        ...

    @property
    def hurried(self) -> bool:
        """True while nothing but the work itself holds up the next message."""
        ...

    def put_back(self, key: int) -> None:
        """A message that was pulled is not sent now; nothing of it was written."""
        ...

    def body(self, key: int) -> None:
        """A body is about to be written."""
        ...

    def outcome(self, key: int, outcome: Outcome) -> None:
        """A row was answered."""
        ...

    def stage(self, stage: Stage, seconds: float) -> None:
        """A command was answered after so long."""
        ...

    def line_ready(self, session: Session) -> None:
        """The connection is open."""
        ...

    def line_gone(self, line: Line, why: Outcome | None, unbegun: list[int]) -> None:
        """The connection ended."""
        ...

    def line_failed(self, line: Line, error: StageFailed) -> None:
        """The connection could not be opened."""
        ...

    def line_crashed(self, line: Line, error: Exception) -> None:
        """Opening the connection ended in a way nobody foresaw."""
        ...


class Line:
    """Opens a session and lets it pull messages from its owner until it is drained, idle, used up or lost.

    Args:
        messages: after so many the connection is closed in order; the owner opens another. None: no matter how many.
        depth: how many bodies may be in flight where the server offers CHUNKING.
    """

    def __init__(self, connect: Connector, owner: Owner, messages: int | None, depth: int) -> None:
        self._connect = connect
        self._owner = owner
        self._left = messages
        self._depth = depth
        self._session: Session | None = None
        self._unbegun: list[int] = []
        #: Composed before it was asked for.
        self._ahead: Transaction | None = None
        self._draining = False
        self._idle_timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def open(self) -> bool:
        """True while mail can flow."""
        return self._session is not None and self._session.dialogue.alive

    @property
    def idle(self) -> bool:
        """True while mail could flow and nothing is under way."""
        return self._session is not None and self._session.dialogue.idle

    def start(self) -> None:
        """Begin to connect, in the background."""
        self._task = asyncio.create_task(self._run())

    def kick(self) -> None:
        """There may be something to send."""
        if self._session is not None:
            self._session.dialogue.kick()

    def drain(self) -> None:
        """Finish what is under way and close; a connection still being opened is given up."""
        self._draining = True
        if self._session is not None:
            self._session.dialogue.drain()
            asyncio.get_running_loop().call_later(GRACE, self._cut)
        elif self._task is not None:
            self._task.cancel()

    async def closed(self) -> None:
        """Wait until nothing is under way on this connection."""
        if self._task is not None:
            await asyncio.wait({self._task})
        if self._session is not None:
            await self._session.dialogue.closed

    def _cut(self) -> None:
        if self._session is not None and not self._session.dialogue.closed.done():
            self._session.dialogue.abort()

    async def _run(self) -> None:
        owner = self._owner
        hooks = Hooks(self._pull, owner.body, owner.outcome, self._unbegun.append, self._lost, owner.stage)
        try:
            session = await self._connect(hooks, self._depth)
            self._session = session
            session.begin()
        except StageFailed as error:
            self._session = None
            self._owner.line_failed(self, error)
            return
        except asyncio.CancelledError:
            self._owner.line_gone(self, None, [])
            raise
        except Exception as error:  # noqa: BLE001 - the mail library can raise anything; silence would wait for ever
            self._session = None
            self._owner.line_crashed(self, error)
            return
        self._owner.line_ready(session)
        if self._draining:
            session.dialogue.drain()

    def _pull(self) -> Transaction | None:
        assert self._session is not None
        loop = asyncio.get_running_loop()
        transaction, self._ahead = self._ahead, None
        if transaction is not None and not self._owner.hurried:
            self._owner.put_back(transaction.key)
            transaction = None
        elif transaction is None and self._left != 0:
            transaction = self._owner.pull(self._session)
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None
        if transaction is None:
            # Used up: closed as soon as nothing is under way. drain() may answer at once, so not from in here.
            self._idle_timer = loop.call_later(0.0 if self._left == 0 else IDLE, self._rest)
            return None
        if self._left is not None:
            self._left -= 1
        if self._left != 0 and self._owner.hurried:
            loop.call_soon(self._look_ahead)
        return transaction

    def _look_ahead(self) -> None:
        """Compose the next message while the server is busy with the one before."""
        if self._ahead is None and not self._draining and self._session is not None and self._session.dialogue.alive:
            self._ahead = self._owner.pull(self._session)

    def _rest(self) -> None:
        if self._session is not None and (self._left == 0 or self._session.dialogue.idle):
            self._session.dialogue.drain()

    def _lost(self, why: Outcome | None) -> None:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        if self._ahead is not None:
            self._unbegun.append(self._ahead.key)
            self._ahead = None
        self._owner.line_gone(self, why, self._unbegun)
