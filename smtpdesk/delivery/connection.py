"""One connection of a lane, from opening to its end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from smtpdesk.domain.delivery import Outcome, Stage
from smtpdesk.domain.server_traits import AS_ANNOUNCED, Lesson, ServerTraits
from smtpdesk.smtp.session import Hooks, Session, StageFailed, Transaction

if TYPE_CHECKING:
    from smtpdesk.delivery.ports import Connector

#: Seconds that a drained connection may still wait for the answer to a body before it is cut (and the row uncertain).
GRACE = 15.0
#: Seconds without anything to send after which a connection is closed in order, before the server does it.
IDLE = 20.0


class Owner(Protocol):
    """The lane, as its connections see it."""

    def pull(self, connection: Connection, session: Session) -> Transaction | None:
        """The next message for a connection, or None."""
        ...

    @property
    def hurries(self) -> bool:
        """True while nothing but the work itself holds up the next message."""
        ...

    def used_up(self, connection: Connection) -> bool:
        """True when a connection has carried as many messages as it may."""
        ...

    def worn(self, connection: Connection) -> bool:
        """True when so much was refused on a connection that it is better renewed."""
        ...

    def learned(self, connection: Connection, lesson: Lesson, count: int) -> None:
        """A connection that had taken so many messages has shown what the server cannot do."""
        ...

    def put_back(self, connection: Connection, key: int) -> None:
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

    def connection_ready(self, connection: Connection, session: Session) -> None:
        """The connection is open."""
        ...

    def connection_gone(self, connection: Connection, why: Outcome | None, unbegun: list[int]) -> None:
        """The connection ended."""
        ...

    def connection_failed(self, connection: Connection, error: StageFailed) -> None:
        """The connection could not be opened."""
        ...

    def connection_crashed(self, connection: Connection, error: Exception) -> None:
        """Opening the connection ended in a way nobody foresaw."""
        ...


class Connection:
    """Opens a session and lets it pull messages from its owner until it is drained, idle, used up or lost.

    Args:
        number: tells it from the others of its lane.
        depth: how many bodies may be in flight where the server offers CHUNKING.
        traits: what is known of the server beyond what it announces.
    """

    def __init__(
        self, connect: Connector, owner: Owner, number: int, depth: int, traits: ServerTraits = AS_ANNOUNCED
    ) -> None:
        self.number = number
        self._connect = connect
        self._owner = owner
        self._depth, self._traits = depth, traits
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
        hooks = Hooks(
            *(self._pull, owner.body, owner.outcome, self._unbegun.append, self._lost, owner.stage),
            learned=lambda lesson, count: owner.learned(self, lesson, count),
        )
        try:
            session = await self._connect(hooks, self._depth, self._traits)
            self._session = session
            session.begin()
        except StageFailed as error:
            self._session = None
            owner.connection_failed(self, error)
            return
        except asyncio.CancelledError:
            owner.connection_gone(self, None, [])
            raise
        except Exception as error:  # noqa: BLE001 - the mail library can raise anything; silence would wait for ever
            self._session = None
            owner.connection_crashed(self, error)
            return
        owner.connection_ready(self, session)
        if self._draining:
            session.dialogue.drain()

    def _pull(self) -> Transaction | None:
        assert self._session is not None
        owner = self._owner
        transaction, self._ahead = self._ahead, None
        worn = owner.worn(self)
        if transaction is None:
            transaction = None if worn else owner.pull(self, self._session)
        elif worn or not owner.hurries:
            owner.put_back(self, transaction.key)
            transaction = None
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None
        loop = asyncio.get_running_loop()
        if transaction is None:
            # Used up: closed as soon as nothing is under way. drain() may answer at once, so not from in here.
            self._idle_timer = loop.call_later(0.0 if owner.used_up(self) else IDLE, self._rest)
        elif owner.hurries:
            loop.call_soon(self._look_ahead)
        return transaction

    def _look_ahead(self) -> None:
        """Compose the next message while the server is busy with the one before."""
        if self._ahead is None and not self._draining and self._session is not None and self._session.dialogue.alive:
            self._ahead = self._owner.pull(self, self._session)

    def _rest(self) -> None:
        if self._session is not None and (self._session.dialogue.idle or self._owner.used_up(self)):
            self._session.dialogue.drain()

    def _lost(self, why: Outcome | None) -> None:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        if self._ahead is not None:
            self._unbegun.append(self._ahead.key)
            self._ahead = None
        self._owner.connection_gone(self, why, self._unbegun)
