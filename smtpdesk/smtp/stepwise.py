"""One command at a time, for servers that offer no PIPELINING."""

from __future__ import annotations

import time

from smtpdesk.domain.delivery import Reply, Stage
from smtpdesk.smtp.conversation import TOO_EARLY, Conversation
from smtpdesk.smtp.transaction import Transaction


class Stepwise(Conversation):
    """RFC 5321 as it is written: a command, its answer, the next command."""

    _needs_reset = False

    def _begin(self) -> None:
        transaction = self._next()
        if transaction is None:
            return
        if self._needs_reset:
            self._needs_reset = False
            self._ask(None, transaction, b"RSET\r\n")
        else:
            self._ask(Stage.MAIL, transaction, transaction.mail)

    def _ask(self, stage: Stage | None, transaction: Transaction, command: bytes) -> None:
        self._expected.append((stage, transaction, time.monotonic()))
        self._write(command)

    def _answered(self, stage: Stage | None, transaction: Transaction | None, reply: Reply) -> None:
        assert transaction is not None
        if stage is None:
            self._after_reset(transaction, reply)
        elif stage is Stage.DATA and reply.code < 400:
            self._after_data(transaction, reply)
        elif 300 <= reply.code < 400:
            self._nonsense(stage, transaction, reply)
        elif reply.code >= 400 or stage is Stage.BODY:
            self._needs_reset = stage is not Stage.BODY
            self._tell(transaction, stage, reply)
            if reply.code != 421:
                self._begin()
        elif stage is Stage.MAIL:
            self._ask(Stage.RCPT, transaction, transaction.rcpt)
        else:
            self._ask(Stage.DATA, transaction, b"DATA\r\n")

    def _after_reset(self, transaction: Transaction, reply: Reply) -> None:
        if reply.code < 300:
            self._ask(Stage.MAIL, transaction, transaction.mail)
        elif reply.code == 421:
            self._expected.append((Stage.MAIL, transaction, self._now))  # it was not begun
        else:
            self._nonsense(None, transaction, reply)

    def _after_data(self, transaction: Transaction, reply: Reply) -> None:
        if reply.code == 354 and self._closes:  # the 421 behind it is the answer
            self._expected.append((Stage.DATA, transaction, self._now))
            return
        if reply.code != 354 or self._more:
            self._nonsense(Stage.DATA, transaction, reply, TOO_EARLY if reply.code == 354 else "")
            return
        self._expected.append((Stage.BODY, transaction, time.monotonic()))
        self._body(transaction)
        self._write(transaction.wire)
