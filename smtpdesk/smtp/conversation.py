"""What every way of speaking has in common: the transport, the clock, the replies in order, and how it ends.

A conversation replaces aiosmtplib's protocol on the same transport once the connection is ready
(``transport.set_protocol``), because aiosmtplib waits for every answer and hides the stage in which a connection broke.
How messages are written is the matter of :mod:`stepwise`, :mod:`pipelined` and :mod:`chunked`.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import cast

from smtpdesk.domain.delivery import Outcome, Reply, Stage
from smtpdesk.smtp.failures import Failure, accepted, failed, outcome_of, uncertain
from smtpdesk.smtp.parser import ReplyParser
from smtpdesk.smtp.replies import explain
from smtpdesk.smtp.steps import Timeouts
from smtpdesk.smtp.transaction import Hooks, Transaction, ignore

#: Replies are read into this many bytes at a time. asyncio's own way makes 256 KB anew for every read.
_READ = 16384
#: The clock is looked at every so many seconds: cheaper than a timer for every reply.
_LOOK = 1.0
#: What is owed an answer: the stage (None: RSET), whose it is (None: nobody's any more), and when it was written.
Expected = tuple[Stage | None, Transaction | None, float]
_BODY = Stage.BODY
TOO_EARLY = "the server answered before it was asked"


class Conversation(asyncio.BufferedProtocol, ABC):
    """One connection's mail. Create it, then :meth:`take_over` a transport that is ready for mail."""

    def __init__(
        self, hooks: Hooks, *, timeouts: Timeouts, provider: str = "", masked: Callable[[str], str] = str
    ) -> None:
        self._hooks = hooks
        self._timed = None if hooks.stage is ignore else hooks.stage
        self._timeouts = timeouts
        self._provider = provider
        self._parser = ReplyParser(masked)
        self._room = memoryview(bytearray(_READ))
        self._expected: deque[Expected] = deque()
        self._draining = False
        self._pulling = False
        #: The server's 421, when it said one.
        self._farewell: Outcome | None = None
        #: Why we cut the line, when we did.
        self._broken: Failure | None = None
        #: True once the end of the connection is our doing.
        self._cut = False
        #: True while further replies of the same arrival wait: they came before anything after this one was said.
        self._more = False
        #: True while a 421 is among them: nothing more may be begun.
        self._leaving = False
        #: True while an envelope that followed a long silence is without any answer: the server may have left before.
        self._stale = False
        self._transport: asyncio.Transport | None = None
        self._inner: asyncio.BaseProtocol | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        #: When the last replies arrived (monotonic), and how long it had been quiet before them.
        self._now = time.monotonic()
        self._quiet = 0.0
        #: Bodies on the wire without an answer.
        self._bodies = 0
        self.closed = asyncio.get_running_loop().create_future()

    # -- for the owner ------------------------------------------------------------------------------------------

    @property
    def idle(self) -> bool:
        """True when nothing is under way."""
        return not self._expected

    @property
    def depth(self) -> int:
        """Bodies that may be without an answer at once."""
        return 1

    @property
    def alive(self) -> bool:
        """True while the connection can carry further messages."""
        return self._transport is not None and not self._transport.is_closing()

    def take_over(self, transport: asyncio.BaseTransport, inner: asyncio.BaseProtocol) -> None:
        """Speak on ``transport`` from now on; ``inner`` still hears when the connection is lost."""
        self._transport = cast(asyncio.Transport, transport)
        self._inner = inner
        self._now = time.monotonic()
        self._transport.set_protocol(self)
        self.kick()

    def kick(self) -> None:
        """Look for something to send; harmless at any time."""
        if not self._expected:
            self._begin()

    def drain(self) -> None:
        """Finish what is under way, pull nothing more, then say QUIT and close."""
        self._draining = True
        self._quit_if_idle()

    def abort(self) -> None:
        """Close at once. A body without an answer becomes uncertain."""
        self._cut = True
        if self._transport is not None:
            self._transport.abort()

    # -- for the ways of speaking -------------------------------------------------------------------------------

    @abstractmethod
    def _begin(self) -> None:
        """Write as much as may be written now; called when there may be something to send."""

    @abstractmethod
    def _answered(self, stage: Stage | None, transaction: Transaction | None, reply: Reply) -> None:
        """The next reply that was owed has come, for ``stage`` (None: RSET) of ``transaction``."""

    def _limit(self) -> float:
        """Seconds to wait for the next reply."""
        return self._timeouts.answer if self._bodies else self._timeouts.command

    def _after_farewell(self) -> None:
        """The server said 421, now or before."""
        self._give_up()

    def _next(self) -> Transaction | None:
        """The next message, unless nothing more may be begun on this connection."""
        if self._pulling or self._draining or self._farewell is not None or self._broken is not None or not self.alive:
            return None
        self._pulling = True
        try:
            transaction = self._hooks.pull()
        finally:
            self._pulling = False
        if transaction is None:
            return None
        if self._transport is None or self._transport.is_closing():  # its owner changed its mind meanwhile
            self._hooks.unbegun(transaction.key)
            return None
        now = transaction.started = time.monotonic()
        if not self._expected:
            self._stale = now - self._now >= self._timeouts.idle
        return transaction

    def _body(self, transaction: Transaction) -> None:
        """The body of ``transaction`` is about to be written."""
        transaction.begun = True
        self._bodies += 1
        self._hooks.body(transaction.key)

    def _write(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.write(data)
        limit = self._limit()
        self._deadline = time.monotonic() + limit
        if self._watch is None:
            self._watch = asyncio.get_running_loop().call_later(min(limit, _LOOK), self._look_at_the_clock)

    def _tell(self, transaction: Transaction, stage: Stage, reply: Reply) -> None:
        """The outcome of a transaction is what the server said at ``stage``."""
        transaction.finished = True
        seconds = self._now - transaction.started
        if reply.code < 300:
            self._hooks.outcome(transaction.key, accepted(reply, seconds))
        else:
            self._hooks.outcome(transaction.key, self._meant(stage, reply, seconds))

    def _meant(self, stage: Stage, reply: Reply, seconds: float = 0.0) -> Outcome:
        return outcome_of(stage, reply, explain(stage, reply, provider=self._provider), seconds)

    def _violated(self, what: str) -> None:
        """The server broke the protocol: nothing it says from here on can be attributed, so the line is cut."""
        self._broken = self._broken or Failure("garbled", what)
        self._give_up()

    def _nonsense(self, stage: Stage | None, transaction: Transaction, reply: Reply, why: str = "") -> None:
        """An answer that is none: it stays owed, and the line is cut."""
        self._expected.appendleft((stage, transaction, self._now))
        self._violated(why or f"{stage or 'RSET'} answered with {reply.code} {reply.text}")

    def _give_up(self) -> None:
        if self.alive:
            self.abort()

    def _quit_if_idle(self) -> None:
        if self._draining and not self._expected and self._transport is not None and self.alive:
            self._transport.write(b"QUIT\r\n")
            self._transport.close()

    # -- hearing ------------------------------------------------------------------------------------------------

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where asyncio puts what it reads."""
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        """Replies arrive, in any pieces."""
        now = time.monotonic()
        self._quiet, self._now = now - self._now, now
        replies = self._parser.feed(bytes(self._room[:nbytes]))
        left = len(replies)
        farewell = any(reply.code == 421 for reply in replies)
        for index, reply in enumerate(replies):
            if not self.alive:
                return
            left -= 1
            self._leaving = farewell and any(later.code == 421 for later in replies[index + 1 :])
            self._more = left > 0 or not self._parser.empty
            self._hear(reply)
            self._quiet = 0.0
        if self._parser.fault is not None and self.alive:
            self._violated(self._parser.fault.shown)
        elif self._expected:
            self._deadline = self._now + self._limit()

    def _hear(self, reply: Reply) -> None:
        if not self._expected:
            self._unasked(reply)
            return
        owed = self._expected.popleft()
        if self._stale:
            if reply.code == 421:  # it had made up its mind before it heard the envelope
                self._expected.appendleft(owed)
                self._give_up()
                return
            self._stale = False
        stage, transaction, asked = owed
        if stage is _BODY and transaction is not None:
            self._bodies -= 1
        if stage is not None and self._timed is not None:
            self._timed(stage, self._now - asked)
        self._answered(stage, transaction, reply)
        if reply.code == 421:
            self._farewell = self._farewell or self._meant(stage or Stage.MAIL, reply)
        if self._farewell is not None:
            self._after_farewell()
        elif self._draining:
            self._quit_if_idle()

    def _unasked(self, reply: Reply) -> None:
        """A reply to nothing: 421 before the server closes an idle connection is allowed, anything else is not."""
        if reply.code != 421:
            self._violated(f"unasked for: {reply.code} {reply.text}")
            return
        if self._quiet < self._timeouts.idle:
            self._farewell = self._meant(Stage.MAIL, reply)
        self._give_up()

    # -- endings ------------------------------------------------------------------------------------------------

    def _look_at_the_clock(self) -> None:
        self._watch = None
        if not self._expected or self._transport is None:
            return
        left = self._deadline - time.monotonic()
        if left > 0:
            self._watch = asyncio.get_running_loop().call_later(min(left + 0.01, _LOOK), self._look_at_the_clock)
            return
        self._broken = self._broken or Failure("timeout", "no answer in time")
        self._give_up()

    def eof_received(self) -> bool:
        """The server closed its side; asyncio then closes ours."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Settle what was under way: a body without an answer is uncertain, an envelope was never begun."""
        if self._watch is not None:
            self._watch.cancel()
        owed = [(stage, transaction) for stage, transaction, _at in self._expected]
        self._expected.clear()
        stage = next((s for s, one in owed if s and one is not None and not (one.begun or one.finished)), Stage.MAIL)
        for transaction in dict.fromkeys(one for _stage, one in owed if one is not None):
            if not transaction.finished:
                self._settle(transaction)
        if self._inner is not None:
            self._inner.connection_lost(exc)
        self._transport = None
        self._hooks.lost(self._why(exc, bool(owed), stage))
        if not self.closed.done():
            self.closed.set_result(None)

    def _settle(self, transaction: Transaction) -> None:
        """The connection is gone and ``transaction`` has no outcome: say what is certain."""
        if transaction.refusal is not None:
            self._tell(transaction, *transaction.refusal)
        elif transaction.begun:
            self._doubt(transaction)
        else:
            self._hooks.unbegun(transaction.key)

    def _doubt(self, transaction: Transaction) -> None:
        """The body may have been taken or not: uncertain."""
        transaction.finished = True
        broken = self._broken or Failure("disconnected", "the connection broke before the answer")
        self._hooks.outcome(transaction.key, uncertain(broken, time.monotonic() - transaction.started))

    def _why(self, exc: Exception | None, owed: bool, stage: Stage) -> Outcome | None:
        """Why the line is gone, as it concerns messages that were not begun: never uncertain. None: in order."""
        if self._farewell is not None:
            return self._farewell
        if self._broken is not None:
            return failed(stage, self._broken).outcome
        if self._stale or (self._cut and not owed):
            return None
        silent = not owed and time.monotonic() - self._now >= self._timeouts.idle
        if owed or (exc is not None and not self._draining and not silent):
            return failed(stage, Failure("disconnected", str(exc or "the server closed the connection"))).outcome
        return None
