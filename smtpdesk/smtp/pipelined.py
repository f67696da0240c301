"""PIPELINING (RFC 2920): a body, its final dot and the next message's envelope leave in one write.

That is one round trip a message. At any moment at most one body is without an answer, so at most one message is
uncertain.
"""

from __future__ import annotations

import time

from smtpdesk.domain.delivery import Reply, Stage
from smtpdesk.smtp.conversation import TOO_EARLY, Conversation
from smtpdesk.smtp.transaction import Transaction

_MAIL, _RCPT, _DATA, _BODY = Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.BODY


class Pipelined(Conversation):
    """Envelopes in one group each, one body at a time."""

    _needs_reset = False
    #: True while an envelope is on the wire whose DATA has no answer.
    _envelope = False

    def _begin(self, prefix: bytes = b"") -> None:
        """Write ``prefix`` and, in the same write, the next envelope when there is one."""
        transaction = self._next()
        if transaction is None:
            if prefix:
                self._write(prefix)
            return
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

    def _answered(self, stage: Stage | None, transaction: Transaction | None, reply: Reply) -> None:
        if transaction is None:
            return  # the answer to a lone dot: nothing was delivered either way
        if stage is _DATA:
            self._after_data(transaction, reply)
        elif 300 <= reply.code < 400 or (stage is None and reply.code >= 400 and reply.code != 421):
            self._nonsense(stage, transaction, reply)
        elif stage is _BODY:
            self._tell(transaction, _BODY, reply)
            if not self._envelope and reply.code != 421:
                self._begin()
        elif stage is not None and reply.code >= 400 and transaction.refusal is None:
            transaction.refusal = (stage, reply)
            self._tell(transaction, stage, reply)

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
        elif self._leaving:  # the 421 behind it is the answer
            self._expected.appendleft((_DATA, transaction, self._now))
        elif self._more:
            self._nonsense(_DATA, transaction, reply, TOO_EARLY)
        else:
            self._envelope = False
            self._expected.append((_BODY, transaction, time.monotonic()))
            self._body(transaction)
            self._begin(transaction.wire)
