"""The mail dialogue on an open connection: envelopes pipelined where the server allows it, one body at a time.

It replaces aiosmtplib's protocol on the same transport once the connection is ready (``transport.set_protocol``),
because aiosmtplib waits for every answer and hides the stage in which a connection broke. With PIPELINING (RFC 2920)
a body, its final dot and the next message's MAIL, RCPT and DATA leave in one write: one round trip a message.
At any moment at most one body of a connection is without an answer, so at most one message is uncertain.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from smtpdesk.domain.delivery import Outcome, Reply, Stage
from smtpdesk.smtp.failures import Failure, accepted, failed, outcome_of
from smtpdesk.smtp.parser import NotSmtp, ReplyParser
from smtpdesk.smtp.replies import explain
from smtpdesk.smtp.steps import Timeouts


@dataclass(slots=True, eq=False)
class Transaction:
    """One message to one recipient. ``wire`` is dot-stuffed and ends with the final dot."""

    key: int
    mail: bytes
    rcpt: bytes
    wire: bytes
    started: float = field(default=0.0)
    #: The first refusal in the envelope, waiting for the group's last reply.
    refusal: tuple[Stage, Reply] | None = None
    finished: bool = False


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the dialogue asks of and tells its owner; all are called on the event loop and must be quick.

    ``pull`` gives the next transaction or None when there is none just now (then :meth:`Dialogue.kick` later).
    ``body`` is called just before a body is written, ``outcome`` once for every transaction that was begun and
    answered, ``unbegun`` for one that was pulled but whose body certainly never left, ``lost`` when the
    connection is gone, with why (None: closed in order).
    """

    pull: Callable[[], Transaction | None]
    body: Callable[[int], None]
    outcome: Callable[[int, Outcome], None]
    unbegun: Callable[[int], None]
    lost: Callable[[Outcome | None], None]


@dataclass(slots=True)
class _Expected:
    stage: Stage | None
    transaction: Transaction | None


class Dialogue(asyncio.Protocol):
    """One connection's mail dialogue. Create it, then :meth:`take_over` a transport that is ready for mail."""

    def __init__(
        self,
        hooks: Hooks,
        *,
        pipelining: bool,
        timeouts: Timeouts,
        provider: str = "",
        masked: Callable[[str], str] = str,
    ) -> None:
        self._hooks = hooks
        self._pipelining = pipelining
        self._timeouts = timeouts
        self._provider = provider
        self._parser = ReplyParser(masked)
        self._expected: deque[_Expected] = deque()
        self._current: Transaction | None = None
        self._in_body: Transaction | None = None
        self._needs_reset = False
        self._draining = False
        #: The server's 421, when it said one.
        self._farewell: Outcome | None = None
        #: Why we cut the line, when we did.
        self._broken: Failure | None = None
        #: True while further replies of the same arrival wait: they came before anything after this one was said.
        self._premature = False
        self._transport: asyncio.Transport | None = None
        self._inner: asyncio.BaseProtocol | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        self.closed = asyncio.get_running_loop().create_future()

    @property
    def idle(self) -> bool:
        """True when nothing is under way."""
        return not self._expected and self._current is None and self._in_body is None

    @property
    def alive(self) -> bool:
        """True while the connection can carry further messages."""
        return self._transport is not None and not self._transport.is_closing()

    def take_over(self, transport: asyncio.BaseTransport, inner: asyncio.BaseProtocol) -> None:
        """Speak on ``transport`` from now on; ``inner`` still hears when the connection is lost."""
        self._transport = cast(asyncio.Transport, transport)
        self._inner = inner
        self._transport.set_protocol(self)
        self.kick()

    def kick(self) -> None:
        """Look for something to send; harmless at any time."""
        if self._current is None and self._in_body is None and not self._expected:
            self._begin_next(b"")

    def drain(self) -> None:
        """Finish what is under way, pull nothing more, then say QUIT and close."""
        self._draining = True
        if self.idle:
            self._quit()

    def abort(self) -> None:
        """Close at once. A body without an answer becomes uncertain."""
        if self._transport is not None:
            self._transport.abort()

    # -- sending ------------------------------------------------------------------------------------------------

    def _write(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.write(data)
        self._deadline = time.monotonic() + self._limit()
        if self._watch is None:
            self._watch = asyncio.get_running_loop().call_later(min(self._limit(), 5.0), self._look_at_the_clock)

    def _limit(self) -> float:
        return self._timeouts.answer if self._in_body is not None else self._timeouts.command

    def _begin_next(self, prefix: bytes) -> None:
        """Write ``prefix`` and, in the same write, as much of the next envelope as the server allows."""
        transaction = None
        if self.alive and not self._draining and self._farewell is None and self._broken is None:
            transaction = self._hooks.pull()
        if transaction is None:
            if prefix:
                self._write(prefix)
            elif self._draining and self.idle:
                self._quit()
            return
        transaction.started = time.monotonic()
        self._current = transaction
        lead = b""
        if self._needs_reset:
            lead = b"RSET\r\n"
            self._expected.append(_Expected(None, None))
            self._needs_reset = False
        if self._pipelining:
            for stage in (Stage.MAIL, Stage.RCPT, Stage.DATA):
                self._expected.append(_Expected(stage, transaction))
            self._write(prefix + lead + transaction.mail + transaction.rcpt + b"DATA\r\n")
        elif lead:
            self._write(prefix + lead)
        else:
            self._expected.append(_Expected(Stage.MAIL, transaction))
            self._write(prefix + transaction.mail)

    def _send_body(self, transaction: Transaction) -> None:
        if not self._parser.empty:
            # An answer that came before its question: the server's count is off, so its next 250 proves nothing.
            self._violated("the server answered before it was asked")
            return
        self._current = None
        self._in_body = transaction
        self._hooks.body(transaction.key)
        self._expected.append(_Expected(Stage.BODY, transaction))
        if self._pipelining:
            self._begin_next(transaction.wire)
        else:
            self._write(transaction.wire)

    def _quit(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"QUIT\r\n")
            self._transport.close()

    # -- hearing ------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Replies arrive, in any pieces."""
        try:
            replies = self._parser.feed(data)
        except NotSmtp as error:
            self._violated(error.shown)
            return
        for index, reply in enumerate(replies):
            if not self.alive:
                return
            self._premature = index + 1 < len(replies)
            self._hear(reply)

    def _hear(self, reply: Reply) -> None:
        if not self._expected:
            self._unasked(reply)
            return
        expected = self._expected.popleft()
        self._deadline = time.monotonic() + self._limit()
        transaction = expected.transaction
        if expected.stage is None:
            self._after_reset(reply)
        elif transaction is None:
            pass  # the answer to a lone dot: nothing was delivered either way
        elif expected.stage is Stage.BODY:
            self._after_body(transaction, reply)
        elif expected.stage is Stage.DATA:
            self._after_data(transaction, reply)
        else:
            self._after_envelope(expected.stage, transaction, reply)
        if reply.code == 421:
            self._farewell = self._farewell or self._outcome(expected.stage or Stage.MAIL, reply, 0.0)
            self._give_up()
        elif self.idle and self._draining:
            self._quit()

    def _after_reset(self, reply: Reply) -> None:
        if not self._pipelining and self._current is not None and reply.code < 400:
            self._expected.append(_Expected(Stage.MAIL, self._current))
            self._write(self._current.mail)
        elif reply.code >= 400 and reply.code != 421:
            self._violated(f"RSET answered with {reply.code} {reply.text}")

    def _after_envelope(self, stage: Stage, transaction: Transaction, reply: Reply) -> None:
        if 300 <= reply.code < 400:
            self._violated(f"{stage} answered with {reply.code} {reply.text}")
            return
        if reply.code >= 400 and transaction.refusal is None:
            transaction.refusal = (stage, reply)
            self._finish(transaction, stage, reply)
        if self._pipelining:
            return
        if transaction.refusal is not None:
            self._refused_in_envelope()
        elif stage is Stage.MAIL:
            self._expected.append(_Expected(Stage.RCPT, transaction))
            self._write(transaction.rcpt)
        else:
            self._expected.append(_Expected(Stage.DATA, transaction))
            self._write(b"DATA\r\n")

    def _after_data(self, transaction: Transaction, reply: Reply) -> None:
        if reply.code == 354:
            if transaction.refusal is None:
                if self._premature:
                    self._violated("the server answered before it was asked")
                else:
                    self._send_body(transaction)
            elif transaction.refusal[0] is Stage.RCPT:
                # RFC 2920 section 3.1: no recipient, yet 354; a lone dot ends it and nothing is delivered.
                self._expected.append(_Expected(Stage.BODY, None))
                self._current = None
                self._needs_reset = True
                self._begin_next(b".\r\n")
            else:
                self._violated("354 after a refused sender")
            return
        if reply.code < 400:
            self._violated(f"DATA answered with {reply.code} {reply.text}")
            return
        if transaction.refusal is None:
            self._finish(transaction, Stage.DATA, reply)
        self._refused_in_envelope()

    def _after_body(self, transaction: Transaction, reply: Reply) -> None:
        if 300 <= reply.code < 400:
            self._violated(f"the body was answered with {reply.code} {reply.text}")
            return
        self._in_body = None
        seconds = time.monotonic() - transaction.started
        outcome = accepted(reply, seconds) if reply.code < 300 else self._outcome(Stage.BODY, reply, seconds)
        transaction.finished = True
        self._hooks.outcome(transaction.key, outcome)
        if self._current is None and reply.code != 421:
            self._begin_next(b"")

    def _refused_in_envelope(self) -> None:
        self._current = None
        self._needs_reset = True
        if self._farewell is None:
            self._begin_next(b"")

    def _unasked(self, reply: Reply) -> None:
        """A reply to nothing: 421 before the server closes an idle connection is allowed, anything else is not."""
        if reply.code == 421:
            self._farewell = self._outcome(Stage.MAIL, reply, 0.0)
            self._give_up()
        else:
            self._violated(f"unasked for: {reply.code} {reply.text}")

    # -- endings ------------------------------------------------------------------------------------------------

    def _outcome(self, stage: Stage, reply: Reply, seconds: float) -> Outcome:
        return outcome_of(stage, reply, explain(stage, reply, provider=self._provider), seconds)

    def _finish(self, transaction: Transaction, stage: Stage, reply: Reply) -> None:
        transaction.finished = True
        self._hooks.outcome(transaction.key, self._outcome(stage, reply, time.monotonic() - transaction.started))

    def _violated(self, what: str) -> None:
        """The server broke the protocol: nothing it says from here on can be attributed, so the line is cut."""
        self._broken = Failure("not-smtp", what)
        self._give_up()

    def _give_up(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.abort()

    def _look_at_the_clock(self) -> None:
        self._watch = None
        if not self._expected or self._transport is None:
            return
        left = self._deadline - time.monotonic()
        if left > 0:
            self._watch = asyncio.get_running_loop().call_later(min(left + 0.01, 5.0), self._look_at_the_clock)
            return
        self._broken = Failure("timeout", "no answer in time")
        self._give_up()

    def eof_received(self) -> bool:
        """The server closed its side; asyncio then closes ours."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Settle what was under way: a body without an answer is uncertain, an envelope was never begun."""
        if self._watch is not None:
            self._watch.cancel()
        body, current = self._in_body, self._current
        self._in_body = self._current = None
        expected = bool(self._expected)
        waited_for = (item.stage for item in self._expected if current is not None and item.transaction is current)
        stage = next(waited_for, None) or Stage.MAIL
        self._expected.clear()
        if body is not None:
            self._hooks.outcome(body.key, self._uncertain(body))
        if current is not None and not current.finished:
            self._hooks.unbegun(current.key)
        if self._inner is not None:
            self._inner.connection_lost(exc)
        self._transport = None
        self._hooks.lost(self._why(exc, expected, stage))
        if not self.closed.done():
            self.closed.set_result(None)

    def _why(self, exc: Exception | None, expected: bool, stage: Stage) -> Outcome | None:
        """Why the line is gone, as it concerns messages that were not begun: never uncertain. None: in order."""
        if self._farewell is not None:
            return self._farewell
        broken = self._broken
        if broken is None and (expected or (exc is not None and not self._draining)):
            broken = Failure("disconnected", str(exc or "the server closed the connection"))
        return None if broken is None else failed(stage, broken).outcome

    def _uncertain(self, body: Transaction) -> Outcome:
        broken = self._broken or Failure("disconnected", "the connection broke before the answer")
        kind = "late-answer" if broken.id == "timeout" else "hung-up-after-body"
        outcome = failed(Stage.BODY, Failure(kind, broken.detail)).outcome
        return Outcome(
            outcome.kind,
            Stage.BODY,
            outcome.blame,
            outcome.reply,
            outcome.cause,
            seconds=time.monotonic() - body.started,
        )
