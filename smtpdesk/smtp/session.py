"""One connection to a relay, ready for mail: opened by :class:`Steps`, spoken by :class:`Dialogue`."""

from __future__ import annotations

from dataclasses import dataclass

from smtpdesk.base.errors import InputError
from smtpdesk.base.secret import Secret
from smtpdesk.domain.delivery import Stage
from smtpdesk.domain.profile import Profile
from smtpdesk.smtp.client import RecordingClient
from smtpdesk.smtp.dialogue import Dialogue, Hooks, Transaction
from smtpdesk.smtp.failures import Failure, StageFailed, failed
from smtpdesk.smtp.steps import Steps, Timeouts
from smtpdesk.smtp.transcript import Transcript

__all__ = ["Hooks", "Session", "StageFailed", "Transaction", "open_session"]


@dataclass(slots=True)
class Session:
    """A connection that carries messages. ``size_limit`` is the server's SIZE in bytes (RFC 1870), 0 when unknown."""

    dialogue: Dialogue
    transcript: Transcript
    pipelining: bool
    smtputf8: bool
    size_limit: int
    _client: RecordingClient

    def begin(self) -> None:
        """Let the dialogue speak; its hooks are called from here on. Call it once.

        Raises:
            StageFailed: the connection is gone already.
        """
        if self._client.transport is None or self._client.protocol is None or not self._client.is_connected:
            raise failed(Stage.EHLO, Failure("disconnected", "connection closed"))
        self.dialogue.take_over(self._client.transport, self._client.protocol)

    def transaction(self, key: int, sender: str, recipient: str, raw: bytes) -> Transaction:
        """The envelope and wire form of one message for this connection.

        Args:
            key: how outcomes are told apart.
            sender: envelope sender; may be empty (the null sender).
            recipient: envelope recipient.
            raw: RFC 5322 bytes with CRLF line ends.

        Raises:
            StageFailed: this server can never take it: too large, or an address it has no way to express.
        """
        if self.size_limit and len(raw) > self.size_limit:
            raise failed(Stage.MAIL, Failure("too-large", f"{len(raw)} bytes; the server takes {self.size_limit}"))
        utf8 = not (sender.isascii() and recipient.isascii())
        if utf8 and not self.smtputf8:
            raise failed(Stage.MAIL, Failure("no-smtputf8", "the server offers no SMTPUTF8"))
        options = f" SIZE={len(raw)}" if self.size_limit else ""
        if utf8:
            options += " SMTPUTF8"
        return Transaction(
            key,
            f"MAIL FROM:<{sender}>{options}\r\n".encode(),
            f"RCPT TO:<{recipient}>\r\n".encode(),
            wire_form(raw),
        )


def wire_form(raw: bytes) -> bytes:
    """A message as it goes after DATA: leading dots doubled, the final dot appended (RFC 5321 section 4.5.2)."""
    stuffed = raw.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    if not stuffed.endswith(b"\r\n"):
        stuffed += b"\r\n"
    return stuffed + b".\r\n"


async def open_session(
    profile: Profile, secret: Secret | None, hooks: Hooks, timeouts: Timeouts, transcript: Transcript | None = None
) -> Session:
    """Connect, secure and sign in; :meth:`Session.begin` then lets the mail flow.

    Raises:
        StageFailed: with the stage, the server's words and what they mean.
    """
    transcript = transcript or Transcript()
    try:
        steps = Steps(profile, secret, transcript, timeouts)
    except InputError as error:
        raise failed(Stage.CONNECT, Failure("ca-file", error.where)) from error
    try:
        await steps.prepare()
    except BaseException:
        steps.abort()
        raise
    client = steps.client
    pipelining = client.supports_extension("pipelining")
    size = client.esmtp_extensions.get("size", "")
    dialogue = Dialogue(
        hooks, pipelining=pipelining, timeouts=timeouts, provider=profile.provider, masked=transcript.masked
    )
    # RFC 1870: 1 to 20 digits; whatever else is said there is no limit we can know.
    size_limit = int(size) if size.isascii() and size.isdigit() and len(size) <= 20 else 0
    return Session(dialogue, transcript, pipelining, client.supports_extension("smtputf8"), size_limit, client)
