"""What every way of speaking has in common: the transport, the clock, the replies in order, and how it ends.

A conversation takes the connection over from aiosmtplib once it is ready (:mod:`channel`), because aiosmtplib waits for
every answer and hides the stage in which a connection broke.
How messages are written is the matter of :mod:`stepwise`, :mod:`pipelined` and :mod:`chunked`.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable

from smtpdesk.domain.delivery import Blame, Outcome, Reply, Stage
from smtpdesk.domain.server_traits import Lesson
from smtpdesk.smtp.channel import Channel
from smtpdesk.smtp.failures import Failure, accepted, cut_short, failed, outcome_of, uncertain
from smtpdesk.smtp.parser import ReplyParser
from smtpdesk.smtp.replies import explain, is_limit
from smtpdesk.smtp.steps import Timeouts
from smtpdesk.smtp.transaction import Hooks, Transaction, ignore

#: The clock is looked at every so many seconds: cheaper than a timer for every reply.
_LOOK = 1.0
#: What is owed an answer: the stage (None: RSET), whose it is (None: nobody's any more), and when it was written.
Expected = tuple[Stage | None, Transaction | None, float]
_BODY = Stage.BODY
_OURS = frozenset({Blame.PROFILE, Blame.RELAY})
#: Codes with which a command is refused that came at a wrong moment, and that nobody has looked at.
OUT_OF_TURN = frozenset({500, 501, 502, 503, 504})
TOO_EARLY = "the server answered before it was asked"


class Conversation(ABC):
    """One connection's mail. Create it, then :meth:`take_over` a transport that is ready for mail."""

    def __init__(
        self,
        hooks: Hooks,
        *,
        timeouts: Timeouts,
        provider: str = "",
        masked: Callable[[str], str] = str,
        fresh_first: bool = True,
    ) -> None:
        self._hooks = hooks
        self._timed = None if hooks.stage is ignore else hooks.stage
        self._timeouts = timeouts
        self._provider = provider
        self._parser = ReplyParser(masked)
        self._expected: deque[Expected] = deque()
        self._draining = False
        self._pulling = False
        #: The server's 421, when it said one.
        self._farewell: Outcome | None = None
        #: Why we cut the line, when we did.
        self._broken: Failure | None = None
        #: True once the end of the connection is our doing, and once we said goodbye.
        self._cut = False
        self._left = False
        #: True while further replies of the same arrival wait: they came before anything after this one was said.
        self._more = False
        #: True while a 421 is among them: nothing more may be begun.
        self._leaving = False
        #: True while an envelope that followed a long silence is without any answer: the server may have left before.
        self._stale = False
        #: A refusal that speaks of a limit is first taken for one of this connection.
        self._fresh_first = fresh_first
        #: Messages that the server took on this connection.
        self._taken = 0
        #: The connection is given up, and nobody is to blame: a fresh one does better.
        self._outgrown = False
        self._channel: Channel | None = None
        self._inner: asyncio.BaseProtocol | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        #: How much of what was written had left when that was last looked at.
        self._sent = 0
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
        return self._channel is not None and not self._channel.closing

    def take_over(self, transport: asyncio.BaseTransport, inner: asyncio.BaseProtocol) -> None:
        """Speak on ``transport`` from now on; ``inner`` still hears when the connection is lost."""
        self._inner = inner
        self._now = time.monotonic()
        self._channel = Channel(self, transport)
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
        if self._channel is not None:
            self._channel.abort()

    # -- for the ways of speaking -------------------------------------------------------------------------------

    @abstractmethod
    def _begin(self) -> None:
        """Write as much as may be written now; called when there may be something to send."""

    @abstractmethod
    def _answered(self, stage: Stage | None, transaction: Transaction | None, reply: Reply) -> None:
        """The next reply that was owed has come, for ``stage`` (None: RSET) of ``transaction``."""

    def _limit(self) -> float:
        """Seconds to wait for the next reply, whole."""
        if self._bodies:
            return self._timeouts.answer
        return self._timeouts.command if self._suspected() is None else self._timeouts.stall

    def _suspected(self) -> Lesson | None:
        """What silence would show of the server before the wait for any server is over."""
        return self._doubted() if self._timeouts.stall < self._timeouts.command else None

    def _doubted(self) -> Lesson | None:
        """What the server may be unable to do, where silence would show it; None while it has shown that it can."""
        return None

    def _learn(self, lesson: Lesson) -> None:
        self._hooks.learned(lesson, self._taken)

    def _after_farewell(self) -> None:
        """The server said 421, now or before."""
        self._give_up()

    def _next(self) -> Transaction | None:
        """The next message, unless nothing more may be begun on this connection."""
        ended = self._farewell is not None or self._broken is not None
        if self._pulling or self._draining or ended or not self.alive:
            return None
        self._pulling = True
        try:
            transaction = self._hooks.pull()
        finally:
            self._pulling = False
        if transaction is None:
            return None
        if self._channel is None or self._channel.closing:  # its owner changed its mind meanwhile
            self._hooks.unbegun(transaction.key)
            return None
        now = transaction.started = time.monotonic()
        if not self._expected:
            self._stale = now - self._now >= self._timeouts.idle
        return transaction

    def _body(self, transaction: Transaction, before: int = 0) -> None:
        """The body of ``transaction`` is about to be written, at the end of ``before`` bytes more."""
        assert self._channel is not None
        self._hooks.body(transaction.key)  # first: if that cannot be written down, it is not begun
        transaction.begun = True
        transaction.end = self._channel.written + before + len(transaction.wire)
        self._bodies += 1

    def _write(self, data: bytes) -> None:
        assert self._channel is not None
        self._channel.write(data)
        self._put_off()
        if self._watch is None:
            limit = self._deadline - time.monotonic()
            self._watch = asyncio.get_running_loop().call_later(min(limit, _LOOK), self._look_at_the_clock)

    def _put_off(self) -> None:
        """The server has its whole time again, from now on; a message first has to leave, one block after the other."""
        assert self._channel is not None
        limit = self._limit()
        self._sent = self._channel.sent
        if self._channel.unsent:
            limit = min(limit, self._timeouts.block)
        self._deadline = time.monotonic() + limit

    def _tell(self, transaction: Transaction, stage: Stage, reply: Reply) -> None:
        """The outcome of a transaction is what the server said at ``stage``."""
        transaction.finished = True
        seconds = self._now - transaction.started
        if reply.code < 300:
            self._taken += 1
            self._hooks.outcome(transaction.key, accepted(reply, seconds))
            return
        found = self._meant(stage, reply, seconds)
        if self._is_of_this_connection(stage, reply, found):
            self._learn(Lesson.SESSION_FULL)
            self._hooks.unbegun(transaction.key)
            self._outgrow()
            return
        self._hooks.outcome(transaction.key, found)

    def _is_of_this_connection(self, stage: Stage, reply: Reply, found: Outcome) -> bool:
        """Whether a refusal may be a limit of the connection: it carried mail, and then the server spoke of a limit."""
        if not (self._fresh_first and self._taken) or reply.code == 421 or stage is _BODY:
            return False
        return found.blame in _OURS and is_limit(found.cause)

    def _outgrow(self) -> None:
        """Begin nothing more here; the owner opens another connection."""
        self._outgrown = self._draining = True

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
        if self._draining and not self._expected and self._channel is not None and self.alive:
            self._left = True
            self._channel.write(b"QUIT\r\n")
            self._channel.close()

    # -- hearing ------------------------------------------------------------------------------------------------

    def received(self, data: bytes) -> None:
        """Replies arrive, in any pieces; also what had arrived before the connection broke."""
        now = time.monotonic()
        self._quiet, self._now = now - self._now, now
        replies = self._parser.feed(data)
        left = len(replies)
        farewell = any(reply.code == 421 for reply in replies)
        for index, reply in enumerate(replies):
            if self._deaf:
                return
            left -= 1
            self._leaving = farewell and any(later.code == 421 for later in replies[index + 1 :])
            self._more = left > 0 or not self._parser.empty
            self._hear(reply)
            self._quiet = 0.0
        if self._parser.fault is not None and not self._deaf:
            self._violated(self._parser.fault.shown)
        elif replies and self._expected and self.alive:
            # A reply that drips in byte by byte has no more time than a whole one.
            self._put_off()

    @property
    def _deaf(self) -> bool:
        """True once nothing that arrives counts any more."""
        return self._cut or self._left or self._broken is not None

    @property
    def _closes(self) -> bool:
        """True when nothing may follow what was said just now: the server leaves, or has left."""
        return self._leaving or not self.alive

    def drained(self) -> None:
        """Everything that was written has left: from now on the server has its time to answer."""
        if self._expected and self.alive:
            self._put_off()

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
        if not self._expected or self._channel is None:
            return
        if self._channel.sent > self._sent:  # a long message on a slow line
            self._put_off()
        left = self._deadline - time.monotonic()
        if left > 0:
            self._watch = asyncio.get_running_loop().call_later(min(left + 0.01, _LOOK), self._look_at_the_clock)
            return
        lesson = self._suspected() if not self._bodies else None
        if lesson is not None:
            self._outgrow()
            self._learn(lesson)
        else:
            self._broken = self._broken or Failure("timeout", "no answer in time")
        self._give_up()

    def lost(self, exc: Exception | None) -> None:
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
        self._hooks.lost(self._why(exc, bool(owed), stage))
        self._channel = None
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
        """The body may have been taken or not: uncertain, unless its end never left and nobody claimed to have it."""
        transaction.finished = True
        broken = self._broken or Failure("disconnected", "the connection broke before the answer")
        whole = self._channel is None or self._channel.sent >= transaction.end
        tell = uncertain if whole or broken.id == "garbled" else cut_short
        self._hooks.outcome(transaction.key, tell(broken, time.monotonic() - transaction.started))

    def _why(self, exc: Exception | None, owed: bool, stage: Stage) -> Outcome | None:
        """Why the line is gone, as it concerns messages that were not begun: never uncertain. None: in order."""
        if self._farewell is not None:
            return self._farewell
        if self._outgrown:
            return None
        if self._broken is not None:
            return failed(stage, self._broken).outcome
        if self._stale or (self._cut and not owed):
            return None
        silent = not owed and time.monotonic() - self._now >= self._timeouts.idle
        if owed or (exc is not None and not self._draining and not silent):
            return failed(stage, Failure("disconnected", str(exc or "the server closed the connection"))).outcome
        return None
