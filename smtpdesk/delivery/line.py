"""One connection of a lane, from opening to its end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from smtpdesk.domain.delivery import Outcome
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

    def body(self, key: int) -> None:
        """A body is about to be written."""
        ...

    def outcome(self, key: int, outcome: Outcome) -> None:
        """A row was answered."""
        ...

    def line_ready(self) -> None:
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
    """Opens a session and lets it pull messages from its owner until it is drained, idle or lost."""

    def __init__(self, connect: Connector, owner: Owner) -> None:
        self._connect = connect
        self._owner = owner
        self._session: Session | None = None
        self._unbegun: list[int] = []
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
        hooks = Hooks(self._pull, self._owner.body, self._owner.outcome, self._unbegun.append, self._lost)
        try:
            session = await self._connect(hooks)
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
        self._owner.line_ready()
        if self._draining:
            session.dialogue.drain()

    def _pull(self) -> Transaction | None:
        assert self._session is not None
        transaction = self._owner.pull(self._session)
        loop = asyncio.get_running_loop()
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None
        if transaction is None:
            self._idle_timer = loop.call_later(IDLE, self._rest)
        return transaction

    def _rest(self) -> None:
        if self._session is not None and self._session.dialogue.idle:
            self._session.dialogue.drain()

    def _lost(self, why: Outcome | None) -> None:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        self._owner.line_gone(self, why, self._unbegun)
