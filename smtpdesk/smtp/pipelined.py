"""PIPELINING (RFC 2920): a body, its final dot and the next message's envelope leave in one write.

That is one round trip a message. At any moment at most one body is without an answer, so at most one message is
uncertain. Some servers cannot take an envelope behind the final dot, and some read one command a packet although they
announce more: both show before anything is at stake, and are told as a lesson.
"""

from __future__ import annotations

import time
from typing import Any

from smtpdesk.domain.delivery import Reply, Stage
from smtpdesk.domain.server_traits import Lesson
from smtpdesk.smtp.conversation import OUT_OF_TURN, TOO_EARLY, Conversation
from smtpdesk.smtp.transaction import Hooks, Transaction

_MAIL, _RCPT, _DATA, _BODY = Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.BODY


class Pipelined(Conversation):
    """Envelopes in one group each, one body at a time.

    Args:
        write_ahead: put the next envelope behind a body that has no answer yet.
        settings: as for every conversation.
    """

    def __init__(self, hooks: Hooks, *, write_ahead: bool = True, **settings: Any) -> None:
        super().__init__(hooks, **settings)
        self._write_ahead = write_ahead
        self._needs_reset = False
        #: True while an envelope is on the wire whose DATA has no answer.
        self._envelope = False
        #: True once a group was answered, and once one behind a body was.
        self._grouped = self._ahead_works = False
        #: A message whose envelope was refused for its place alone: it is written again.
        self._again: Transaction | None = None

    def _begin(self, prefix: bytes = b"") -> None:
        """Write ``prefix`` and, in the same write, the next envelope when there is one."""
        if prefix and not self._write_ahead:
            self._write(prefix)
            return
        transaction, self._again = self._again, None
        if transaction is not None and (self._draining or not self.alive):
            transaction.finished = True
            self._hooks.unbegun(transaction.key)
            return
        transaction = transaction or self._next()
        if transaction is None:
            if prefix:
                self._write(prefix)
            return
        transaction.ahead = bool(prefix)
        now = transaction.started
        expected = self._expected
        if self._needs_reset:
            self._needs_reset = False
            expected.append((None, transaction, now))
            prefix += b"RSET\r\n"
        expected.append((_MAIL, transaction, now))
        expected.append((_RCPT, transaction, now))
        expected.append((_DATA, transaction, now))
        self._envelope = True
        self._write(b"".join((prefix, transaction.mail, transaction.rcpt, b"DATA\r\n")))

    def _doubted(self) -> Lesson | None:
        if not self._expected:
            return None
        stage, transaction, _asked = self._expected[0]
        if transaction is None or transaction.begun:
            return None
        if transaction.ahead and not self._ahead_works:
            return Lesson.NO_WRITE_AHEAD
        return None if self._grouped or stage is None or stage is _MAIL else Lesson.NO_PIPELINING

    def _answered(self, stage: Stage | None, transaction: Transaction | None, reply: Reply) -> None:
        if transaction is None:
            self._after_lone_dot()
        elif transaction is self._again:
            self._after_vain(stage, transaction, reply)
        elif self._is_out_of_turn(transaction, reply):
            self._write_ahead = False
            self._again = transaction
            self._learn(Lesson.NO_WRITE_AHEAD)
            self._after_vain(stage, transaction, reply)
        elif stage is _DATA:
            self._grouped = True
            self._after_data(transaction, reply)
        elif 300 <= reply.code < 400 or (stage is None and reply.code >= 400 and reply.code != 421):
            self._nonsense(stage, transaction, reply)
        elif stage is _BODY:
            self._tell(transaction, _BODY, reply)
            if not self._envelope and reply.code != 421:
                self._begin()
        elif stage is not None:
            self._after_envelope(stage, transaction, reply)

    def _after_envelope(self, stage: Stage, transaction: Transaction, reply: Reply) -> None:
        self._ahead_works = self._ahead_works or transaction.ahead
        self._grouped = self._grouped or stage is _RCPT
        if reply.code >= 400 and transaction.refusal is None:
            transaction.refusal = (stage, reply)
            self._tell(transaction, stage, reply)

    def _after_lone_dot(self) -> None:
        """Nothing was delivered either way."""
        if not self._envelope and not self._expected:
            self._begin()

    # -- servers that cannot take what stands behind a body -------------------------------------------------------

    def _is_out_of_turn(self, transaction: Transaction, reply: Reply) -> bool:
        """Whether the first command behind a body was refused for its place alone."""
        return (
            transaction.ahead
            and not self._ahead_works
            and not transaction.begun
            and transaction.refusal is None
            and reply.code in OUT_OF_TURN
        )

    def _after_vain(self, stage: Stage | None, transaction: Transaction, reply: Reply) -> None:
        """An answer to a command that was written in vain; after the last one the message is begun anew."""
        if 200 <= reply.code < 400:  # it may have become a part of something else
            self._again = None
            self._hooks.unbegun(transaction.key)
            transaction.finished = True
            self._outgrow()
            self._give_up()
        elif reply.code == 421:
            self._expected.append((_MAIL, transaction, self._now))  # it was not begun
        elif stage is _DATA:
            self._envelope = transaction.ahead = False
            self._begin()

    def _after_data(self, transaction: Transaction, reply: Reply) -> None:
        refusal = transaction.refusal
        if reply.code >= 400:
            self._envelope = False
            self._needs_reset = True
            if refusal is None:
                self._tell(transaction, _DATA, reply)
            if reply.code != 421:
                self._begin()
        elif reply.code != 354:
            self._nonsense(_DATA, transaction, reply)
        elif refusal is not None and refusal[0] is _MAIL:
            self._nonsense(_DATA, transaction, reply, "354 after a refused sender")
        elif refusal is not None:
            # RFC 2920 section 3.1: no recipient, yet 354; a lone dot ends it and nothing is delivered.
            self._envelope = False
            self._needs_reset = True
            self._expected.append((_BODY, None, self._now))
            self._begin(b".\r\n")
        elif self._closes:  # the 421 behind it is the answer, or the server has left
            self._expected.appendleft((_DATA, transaction, self._now))
        elif self._more:
            self._nonsense(_DATA, transaction, reply, TOO_EARLY)
        else:
            self._envelope = False
            self._expected.append((_BODY, transaction, time.monotonic()))
            self._body(transaction)
            self._begin(transaction.wire)
