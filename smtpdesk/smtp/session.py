"""One connection to a relay, ready for mail: opened by :class:`Steps`, spoken by a :class:`Conversation`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from smtpdesk.base.errors import InputError
from smtpdesk.base.secret import Secret
from smtpdesk.domain.delivery import Stage
from smtpdesk.domain.oauth import Tokens
from smtpdesk.domain.profile import Profile
from smtpdesk.domain.server_traits import AS_ANNOUNCED, ServerTraits
from smtpdesk.smtp.chunked import Chunked
from smtpdesk.smtp.client import RecordingClient
from smtpdesk.smtp.conversation import Conversation
from smtpdesk.smtp.failures import Failure, StageFailed, failed
from smtpdesk.smtp.pipelined import Pipelined
from smtpdesk.smtp.steps import Steps, Timeouts
from smtpdesk.smtp.stepwise import Stepwise
from smtpdesk.smtp.transaction import Hooks, Transaction
from smtpdesk.smtp.transcript import Transcript

__all__ = ["Hooks", "Session", "StageFailed", "Transaction", "open_session"]

#: A line that begins with a dot. The class makes re look for line ends alone, which it does several times faster than
#: bytes.replace or bytes.find look for two or three bytes.
_DOT = re.compile(rb"\n[.]")


@dataclass(slots=True)
class Session:
    """A connection that carries messages.

    Attributes:
        pipelining, chunking, smtputf8: what the server offers (chunking: together with pipelining, so that it is used).
        server_limit: the server's SIZE in bytes (RFC 1870), 0 when it states none.
        own_limit: the profile's, 0 when it has none.
        timings: seconds that the opening took, by stage (connect, greeting, ehlo, starttls, auth).
    """

    dialogue: Conversation
    transcript: Transcript
    pipelining: bool
    chunking: bool
    smtputf8: bool
    server_limit: int
    own_limit: int
    timings: Mapping[Stage, float]
    _client: RecordingClient

    @property
    def size_limit(self) -> int:
        """The largest message in bytes that this connection takes, 0 when nobody says."""
        return min((limit for limit in (self.server_limit, self.own_limit) if limit), default=0)

    @property
    def depth(self) -> int:
        """Bodies that may be without an answer at once."""
        return self.dialogue.depth

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
        limit = self.size_limit
        if limit and len(raw) > limit:
            whose = "the server takes" if limit == self.server_limit else "the profile allows"
            raise failed(Stage.MAIL, Failure("too-large", f"{len(raw)} bytes; {whose} {limit}"))
        utf8 = not (sender.isascii() and recipient.isascii())
        if utf8 and not self.smtputf8:
            raise failed(Stage.MAIL, Failure("no-smtputf8", "the server offers no SMTPUTF8"))
        options = f" SIZE={len(raw)}" if self.server_limit else ""
        if utf8:
            options += " SMTPUTF8"
        return Transaction(
            key,
            f"MAIL FROM:<{sender}>{options}\r\n".encode(),
            f"RCPT TO:<{recipient}>\r\n".encode(),
            chunk(raw) if self.chunking else wire_form(raw),
        )


def wire_form(raw: bytes) -> bytes:
    """A message as it goes after DATA: leading dots doubled, the final dot appended (RFC 5321 section 4.5.2)."""
    if _DOT.search(raw):
        raw = raw.replace(b"\r\n.", b"\r\n..")
    if raw.startswith(b"."):
        raw = b"." + raw
    return raw + (b".\r\n" if raw.endswith(b"\r\n") else b"\r\n.\r\n")


def chunk(raw: bytes) -> bytes:
    """A message as the last chunk of itself (RFC 3030 section 2): as it is, but for a line end where it has none."""
    if not raw.endswith(b"\r\n"):
        raw += b"\r\n"
    return b"BDAT %d LAST\r\n%b" % (len(raw), raw)


async def open_session(
    profile: Profile,
    secret: Secret | Tokens | None,
    hooks: Hooks,
    timeouts: Timeouts,
    transcript: Transcript | None = None,
    *,
    depth: int = 8,
    traits: ServerTraits = AS_ANNOUNCED,
    fresh_first: bool = True,
) -> Session:
    """Connect, secure and sign in; :meth:`Session.begin` then lets the mail flow.

    Args:
        depth: with CHUNKING, at most so many bodies are without an answer at once; fewer where the server is near.
            0 does without CHUNKING.
        traits: what is known of the server beyond what it announces.
        fresh_first: a refusal that speaks of a limit, on a connection that carried mail, is first taken for a limit of
            the connection: the message is told as unbegun, and the connection ends.

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
    pipelining = traits.pipelining and client.supports_extension("pipelining")
    chunking = depth > 0 and traits.chunking and pipelining and client.supports_extension("chunking")
    speak: Callable[..., Conversation] = Stepwise
    if pipelining:
        speak = partial(Pipelined, write_ahead=traits.write_ahead)
    if chunking:
        speak = partial(Chunked, round_trip=steps.timings.get(Stage.EHLO, 0.0), most=depth)
    dialogue = speak(
        hooks, timeouts=timeouts, provider=profile.provider, masked=transcript.masked, fresh_first=fresh_first
    )
    return Session(
        dialogue,
        transcript,
        pipelining,
        chunking,
        client.supports_extension("smtputf8"),
        _stated(client.esmtp_extensions.get("size", "")),
        profile.limits.max_size or 0,
        steps.timings,
        client,
    )


def _stated(size: str) -> int:
    """RFC 1870: 1 to 20 digits; whatever else is said there is no limit we can know."""
    return int(size) if size.isascii() and size.isdigit() and len(size) <= 20 else 0
