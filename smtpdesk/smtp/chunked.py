"""CHUNKING with PIPELINING (RFC 3030, RFC 2920): whole messages in one write each, several of them unanswered.

A group is MAIL, RCPT, ``BDAT n LAST``, the body, RSET. The RSET stands behind every message for two reasons. After a
refusal the state of a transaction is indeterminate until RSET (RFC 3030 section 2), so nothing that follows can ever
be taken for a part of it. And it proves the count: a message is told to be accepted only when a second good reply has
followed the one to its body, so that one reply too many never turns a refusal into an acceptance.

The first message of a connection, and the first one after a silence, goes in two steps, envelope before body: a server
that closed the line meanwhile, or that will not have us at all, is found out before a body is on the wire.
"""

from __future__ import annotations

from typing import Any

from smtpdesk.domain.delivery import Reply, Stage
from smtpdesk.domain.server_traits import Lesson
from smtpdesk.smtp.conversation import OUT_OF_TURN, TOO_EARLY, Conversation
from smtpdesk.smtp.transaction import Hooks, Transaction

_MAIL, _RCPT, _BODY = Stage.MAIL, Stage.RCPT, Stage.BODY
_RESET = b"RSET\r\n"
#: One more message in flight for so many seconds of round trip: 70 messages a second need one for 14 ms.
_PER_MESSAGE = 0.012
#: Fewer than this and the line falls silent between messages even on the same computer.
_LEAST = 2
#: Messages are put into one write up to this many bytes.
_TOGETHER = 131072
#: Seconds that a server which said 421 has to close, or to answer the rest all the same.
_GRACE = 10.0


def depth_for(round_trip: float, most: int) -> int:
    """How many messages may be unanswered at once where a round trip takes so many seconds."""
    return max(1, min(most, max(_LEAST, 1 + int(round_trip / _PER_MESSAGE))))


class Chunked(Conversation):
    """Up to :attr:`depth` whole messages in flight.

    Args:
        round_trip: seconds that an answer took so far; the first envelope may show that it is less.
        most: the highest depth.
        settings: as for every conversation.
    """

    def __init__(self, hooks: Hooks, *, round_trip: float = 0.0, most: int = 8, **settings: Any) -> None:
        super().__init__(hooks, **settings)
        self._round_trip = round_trip
        self._most = most
        #: The message whose envelope went ahead of its body.
        self._envelope: Transaction | None = None
        self._flying = 0
        #: True once a first message showed that the server counts as we do.
        self._proven = False
        #: True once a message was taken that had been written behind another one.
        self._behind_works = False
        #: The enhanced status code of the first accepted body.
        self._usual: str | None = None
        #: True when answers came after the server's 421: it went on after all.
        self._went_on = False

    @property
    def depth(self) -> int:
        """Bodies that may be without an answer at once."""
        return depth_for(self._round_trip, self._most)

    def kick(self) -> None:
        """Look for something to send; harmless at any time."""
        self._begin()

    def drained(self) -> None:
        """Everything that was written has left."""
        super().drained()
        self._begin()

    # -- sending ------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        if self._envelope is not None:
            return
        if self._proven:
            self._fill([])
        elif not self._expected and (transaction := self._next()) is not None:
            self._begin_alone(transaction)

    def _begin_alone(self, transaction: Transaction) -> None:
        """The envelope only; the body follows when it was accepted."""
        self._envelope = transaction
        self._flying += 1
        self._owe(transaction, _MAIL, _RCPT)
        self._write(transaction.mail + transaction.rcpt)

    def _fill(self, pieces: list[bytes]) -> None:
        """Write ``pieces`` and with them as many whole messages as may be in flight."""
        size = sum(map(len, pieces))
        depth = self.depth
        while True:
            if size > _TOGETHER:
                self._write(b"".join(pieces))
                pieces, size = [], 0
            if self._flying >= depth or self._is_full() or (transaction := self._next()) is None:
                break
            if self._stale:
                self._begin_alone(transaction)
                return
            transaction.ahead = self._flying > 0
            self._flying += 1
            self._owe(transaction, _MAIL, _RCPT, _BODY, None)
            self._body(transaction, sum(map(len, pieces)) + len(transaction.mail) + len(transaction.rcpt))
            pieces += (transaction.mail, transaction.rcpt, transaction.wire, _RESET)
            size += len(transaction.wire)
        if pieces:
            self._write(b"".join(pieces))

    def _owe(self, transaction: Transaction, *stages: Stage | None) -> None:
        asked = max(transaction.started, self._now)
        self._expected.extend([(stage, transaction, asked) for stage in stages])

    def _doubted(self) -> Lesson | None:
        if self._proven or not self._expected:
            return None
        stage, transaction, _asked = self._expected[0]
        return Lesson.NO_PIPELINING if stage is _RCPT and transaction is self._envelope else None

    def _limit(self) -> float:
        limit = super()._limit()
        return limit if self._farewell is None else min(limit, _GRACE)

    # -- hearing ------------------------------------------------------------------------------------------------

    def received(self, data: bytes) -> None:
        """Replies arrive, in any pieces; what they make room for is written at once."""
        super().received(data)
        self._begin()

    def _answered(self, stage: Stage | None, transaction: Transaction | None, reply: Reply) -> None:
        assert transaction is not None
        if self._farewell is not None and reply.code != 421:
            self._went_on = True
        if 300 <= reply.code < 400:
            self._nonsense(stage, transaction, reply)
        elif stage is None:
            self._after_reset(transaction, reply)
        elif stage is _BODY:
            self._after_body(transaction, reply)
        else:
            if reply.code >= 400 and transaction.refusal is None:
                transaction.refusal = (stage, reply)
            if stage is _RCPT:
                transaction.addressed = reply.code < 300
                if transaction is self._envelope:
                    self._after_envelope(transaction, reply)

    def _after_envelope(self, transaction: Transaction, reply: Reply) -> None:
        if self._farewell is not None or reply.code == 421 or (self._closes and transaction.refusal is None):
            self._owe(transaction, None)  # never asked: it is settled when the line is gone
        elif transaction.refusal is not None:
            self._envelope = None
            self._owe(transaction, None)
            self._write(_RESET)
        elif self._more:
            self._nonsense(_RCPT, transaction, reply, TOO_EARLY)
        else:
            self._envelope = None
            self._proven = True
            self._round_trip = min(self._round_trip, self._now - transaction.started)
            self._owe(transaction, _BODY, None)
            self._body(transaction)
            self._fill([transaction.wire, _RESET])

    def _after_body(self, transaction: Transaction, reply: Reply) -> None:
        if reply.code < 300 and (self._is_leaving(transaction) or self._is_about_an_address(reply)):
            transaction.refusal = None  # what was taken for one may have been the answer to something else
            self._nonsense(_BODY, transaction, reply, TOO_EARLY)
        else:
            transaction.answer = reply

    def _is_about_an_address(self, reply: Reply) -> bool:
        """True when a good answer to a body has the status of one to MAIL or RCPT (RFC 3463, X.1.X).

        Unless the first one, when nothing else was on the wire, had it too.
        """
        if self._usual is None:
            self._usual = reply.enhanced
        return reply.enhanced.startswith("2.1.") and not self._usual.startswith("2.1.")

    def _after_reset(self, transaction: Transaction, reply: Reply) -> None:
        if reply.code < 300 or reply.code == 421:
            self._flying -= 1
            self._conclude(transaction)
            return
        if transaction.answer is not None and transaction.answer.code < 300:
            transaction.answer = None  # perhaps this reply was the body's, and the one before it not
        self._nonsense(None, transaction, reply)

    def _conclude(self, transaction: Transaction) -> None:
        """Everything about this message has been said."""
        refusal, answer = transaction.refusal, transaction.answer
        taken = transaction.begun and (answer is None or answer.code < 300)
        if transaction.begun and not taken and self._is_out_of_turn(refusal):
            transaction.finished = True
            self._learn(Lesson.NO_CHUNKING)
            self._hooks.unbegun(transaction.key)
            self._outgrow()
            return
        self._behind_works = self._behind_works or (transaction.ahead and refusal is None)
        if refusal is None and answer is not None:
            self._tell(transaction, _BODY, answer)
        elif refusal is not None and not (taken and transaction.addressed):
            # A 250 to the body of a message without a recipient means nothing: nobody gets it.
            self._tell(transaction, *refusal)
        else:  # no sender, yet a recipient and perhaps a body: it may have become part of something else
            self._doubt(transaction)

    def _is_out_of_turn(self, refusal: tuple[Stage, Reply] | None) -> bool:
        """Whether a whole message was refused for its place behind another, on a server that never took one there."""
        return refusal is not None and refusal[0] is _MAIL and refusal[1].code in OUT_OF_TURN and not self._behind_works

    def _is_leaving(self, transaction: Transaction) -> bool:
        """True while bytes of this body wait in the transport: whatever was answered, it was not this."""
        assert self._channel is not None
        return self._channel.sent < transaction.end

    def _is_full(self) -> bool:
        """True while the system does not take what was written before."""
        return self._channel is not None and self._channel.unsent > _TOGETHER

    # -- endings ------------------------------------------------------------------------------------------------

    def _after_farewell(self) -> None:
        """Let a server that said 421 close by itself, or answer, while bodies behind its 421 have no answer."""
        if not any(one is not None and self._is_open(one) for _stage, one, _at in self._expected):
            self._give_up()

    def _is_open(self, transaction: Transaction) -> bool:
        return transaction.begun and transaction.answer is None and transaction.refusal is None

    def _settle(self, transaction: Transaction) -> None:
        farewell = self._farewell
        if farewell is not None and self._is_open(transaction) and not (self._went_on or self._cut):
            # Replies come in order. It said that it closes, closed, and said no more: nothing behind it was taken.
            self._tell(transaction, _MAIL, farewell.reply)
        elif transaction.answer is not None or transaction.refusal is not None:
            self._conclude(transaction)
        else:
            super()._settle(transaction)
