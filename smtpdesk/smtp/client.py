"""aiosmtplib's client with every exchange written down, and signing in with one method only."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import Sequence
from typing import Any, cast

import aiosmtplib
from aiosmtplib.response import SMTPResponse

from smtpdesk.base.i18n import _
from smtpdesk.domain.delivery import Reply
from smtpdesk.smtp.failures import InjectedError
from smtpdesk.smtp.parser import ReplyParser
from smtpdesk.smtp.transcript import Transcript

#: Tried in this order. Digest methods last: many servers offer CRAM-MD5 over hashed passwords, where it cannot work.
AUTH_ORDER = ("plain", "login", "cram-md5")
#: The server does not do this mechanism after all (RFC 4954 section 4); the next one may still work.
_NEXT_METHOD = {500, 501, 502, 504}
#: Seconds between two looks whether a connection is still there while a group is answered.
_LOOK = 0.1


class _Overhear:
    """What arrives in the clear from now until TLS begins. aiosmtplib drops what is too much without a word."""

    def __init__(self, client: aiosmtplib.SMTP) -> None:
        self._heard = bytearray()
        self._protocol: Any = client.protocol
        if self._protocol is None:
            return
        before = self._protocol.data_received

        def listen(data: bytes) -> None:
            if not self._protocol._over_ssl:
                self._heard += data
            before(data)

        self._protocol.__dict__["data_received"] = listen

    def stop(self) -> None:
        """Let the bytes go their usual way again."""
        if self._protocol is not None:
            self._protocol.__dict__.pop("data_received", None)

    def more_than_one_reply(self) -> bool:
        """Whether anything came behind the first complete reply."""
        parser = ReplyParser()
        return len(parser.feed(bytes(self._heard))) > 1 or not parser.empty


class RecordingClient(aiosmtplib.SMTP):
    """A client whose commands and replies go into a :class:`Transcript`, secrets masked."""

    def __init__(self, transcript: Transcript, **settings: Any) -> None:
        #: When the transport was there (monotonic): connected, with implicit TLS also secured. None before.
        self.connected_at: float | None = None
        #: Set at that moment.
        self.secured = asyncio.Event()
        super().__init__(**settings)
        self.transcript = transcript

    @property
    def transport(self) -> asyncio.BaseTransport | None:
        """The connection; aiosmtplib sets it before it waits for the greeting."""
        return self._transport

    @transport.setter
    def transport(self, value: asyncio.BaseTransport | None) -> None:
        if value is not None and self.connected_at is None:
            self.connected_at = time.monotonic()
            self.secured.set()
        self._transport = value

    def abort(self) -> None:
        """Close at once: nothing is waited for, not even the other side's farewell under TLS."""
        transport = self.transport
        self.close()
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()

    async def execute_command(self, *args: bytes, timeout: Any = None) -> SMTPResponse:
        """Send a command and wait for its reply, writing both down."""
        self.transcript.said(b" ".join(args))
        response = await super().execute_command(*args, timeout=timeout or self.timeout)
        self.transcript.heard(response.code, response.message)
        return response

    async def upgrade(self, context: ssl.SSLContext) -> SMTPResponse:
        """STARTTLS (RFC 3207); what was known of the server before is forgotten.

        Raises:
            InjectedError: more than the answer to STARTTLS came in the clear: somebody on the way put it there.
        """
        self.transcript.said(b"STARTTLS")
        clear = _Overhear(self)
        try:
            response = await self.starttls(tls_context=context)
        except aiosmtplib.SMTPResponseException as error:
            if error.code > 0:
                self.transcript.heard(error.code, error.message)
            raise
        finally:
            clear.stop()
        self.transcript.heard(response.code, response.message)
        if clear.more_than_one_reply():
            self.abort()
            raise InjectedError("the server answered more than STARTTLS before the encryption began")
        return response

    async def group(self, commands: Sequence[bytes], timeout: float) -> list[Reply]:
        """Several commands in one packet (RFC 2920); returns the replies that came in time, each written down.

        Raises:
            aiosmtplib.SMTPServerDisconnected: the connection ended before the last of them.
        """
        protocol, parser = cast(Any, self.protocol), ReplyParser(self.transcript.masked)
        replies: list[Reply] = []
        heard = asyncio.Event()

        def listen(data: bytes) -> None:
            replies.extend(parser.feed(data))
            heard.set()

        for command in commands:
            self.transcript.said(command)
        protocol.__dict__["data_received"] = listen
        try:
            protocol.write(b"".join(command + b"\r\n" for command in commands))
            until = time.monotonic() + timeout
            while len(replies) < len(commands) and parser.fault is None and (left := until - time.monotonic()) > 0:
                if not self.is_connected or protocol.transport is None or protocol.transport.is_closing():
                    raise aiosmtplib.SMTPServerDisconnected("connection closed")
                heard.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(left, _LOOK)):
                        await heard.wait()
        finally:
            protocol.__dict__.pop("data_received", None)
        for reply in replies:
            self.transcript.heard(reply.code, " ".join(part for part in (reply.enhanced, reply.text) if part))
        return replies

    async def hand_over(self, raw: bytes, timeout: float) -> tuple[SMTPResponse, ...]:
        """DATA and a message; returns the replies so far: one where DATA was refused, else two. Both are written down.

        Raises:
            aiosmtplib.SMTPException: an answer did not come, or was none.
        """
        replies: list[SMTPResponse] = []
        protocol: Any = self.protocol
        before = protocol.read_response

        async def listen(timeout: float | None = None) -> SMTPResponse:
            response: SMTPResponse = await before(timeout=timeout)
            replies.append(response)
            self.transcript.heard(response.code, response.message)
            if len(replies) == 1 and response.code == 354:
                self.transcript.noticed(_("the message, {n} bytes").format(n=len(raw)))
            return response

        self.transcript.said(b"DATA")
        protocol.__dict__["read_response"] = listen
        try:
            await self.data(raw, timeout=timeout)
        except aiosmtplib.SMTPDataError:
            pass  # it is among the replies
        finally:
            protocol.__dict__.pop("read_response", None)
        return tuple(replies)

    def auth_methods(self) -> list[str]:
        """The sign-in methods that both sides know, in the order we try them."""
        return [name for name in AUTH_ORDER if name in self.server_auth_methods]

    async def sign_in(self, username: str, password: str) -> str:
        """Sign in and return the method that did it.

        A wrong password is tried once: further tries with other methods can lock an account.

        Raises:
            aiosmtplib.SMTPAuthenticationError: the server refused.
        """
        last: aiosmtplib.SMTPAuthenticationError | None = None
        for name in self.auth_methods():
            method = {"plain": self.auth_plain, "login": self.auth_login, "cram-md5": self.auth_crammd5}[name]
            try:
                await method(username, password)
            except aiosmtplib.SMTPAuthenticationError as error:
                last = error
                if error.code not in _NEXT_METHOD:
                    raise
            else:
                return name
        assert last is not None, "sign_in is called only where there is a common method"
        raise last


async def speaks_tls(host: str, port: int, timeout: float = 5.0) -> bool:
    """Knock with a TLS handshake: does this port speak TLS from the first byte? Says nothing about trust."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # nothing is sent over it, and the answer is only "TLS or not"
    try:
        async with asyncio.timeout(timeout):
            _reader, writer = await asyncio.open_connection(host, port, ssl=context)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
