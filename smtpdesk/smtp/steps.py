"""The steps from a profile to a connection that is ready for mail, one at a time, for sending and for testing alike."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import Any

import aiosmtplib

from smtpdesk.base.secret import Secret
from smtpdesk.domain.delivery import Stage
from smtpdesk.domain.profile import Profile, Security
from smtpdesk.smtp.client import RecordingClient, speaks_tls
from smtpdesk.smtp.failures import Failure, classify, failed, refused
from smtpdesk.smtp.tls import context_for, is_loopback
from smtpdesk.smtp.transcript import Transcript

#: A server that has not greeted after this many seconds is asked whether it waits for TLS.
KNOCK_AFTER = 4.0


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait. RFC 5321 section 4.5.3.2 allows minutes; ``answer`` is for the reply after the final dot.

    ``idle`` is no wait: a server may have closed a connection that was silent for so long, and that is no trouble.
    """

    connect: float = 20.0
    greeting: float = 60.0
    command: float = 120.0
    answer: float = 600.0
    idle: float = 3.0


class Steps:
    """Opens one connection step by step. Every step raises :class:`StageFailed` with what it means.

    Args:
        profile: where to connect and who signs in.
        secret: the password; None when the profile has no user name.
        transcript: collects the dialogue.
        timeouts: how long to wait for each answer.
    """

    def __init__(self, profile: Profile, secret: Secret | None, transcript: Transcript, timeouts: Timeouts) -> None:
        self.profile = profile
        self.relay = profile.relay
        self.secret = secret
        self.transcript = transcript
        self.timeouts = timeouts
        self.context = context_for(self.relay)
        self.addresses: list[str] = []
        #: Seconds from each command to its answer, the last one where a stage came twice.
        self.timings: dict[Stage, float] = {}
        self.client = RecordingClient(
            transcript,
            hostname=self.relay.host,
            port=self.relay.port,
            local_hostname=profile.identity.ehlo_name or ehlo_name(),
            timeout=timeouts.command,
            use_tls=self.relay.security is Security.TLS,
            start_tls=False,
            tls_context=self.context,
        )

    @property
    def encrypted(self) -> bool:
        """True once the connection is protected by TLS."""
        return self.client.is_connected and self.client.get_transport_info("sslcontext") is not None

    async def resolve(self) -> str:
        """Look the host name up; returns the addresses found, for people."""
        loop = asyncio.get_running_loop()
        async with self._stage(Stage.RESOLVE):
            async with asyncio.timeout(self.timeouts.connect):
                found = await loop.getaddrinfo(self.relay.host, self.relay.port, type=socket.SOCK_STREAM)
        self.addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        self.transcript.noticed(f"{self.relay.host} is {', '.join(self.addresses)}")
        return ", ".join(self.addresses)

    async def connect(self) -> str:
        """Connect, with TLS where the profile says so, and hear the greeting; returns the greeting."""
        self.transcript.noticed(f"connecting to {self.relay.host}, port {self.relay.port}")
        began = time.monotonic()
        try:
            response = await self._greeted()
            reached = self.client.connected_at or began
            self.timings |= {Stage.CONNECT: reached - began, Stage.GREETING: time.monotonic() - reached}
        except (OSError, aiosmtplib.SMTPException, TimeoutError, ValueError) as error:
            raise self._connect_failure(error) from error
        if self.relay.security is Security.TLS:
            self._note_tls()
        self.transcript.heard(response.code, response.message)
        return response.message

    async def ehlo(self) -> str:
        """Say EHLO (HELO where the server is too old); returns the extensions offered."""
        async with self._stage(Stage.EHLO):
            try:
                await self.client.ehlo()
            except aiosmtplib.SMTPHeloError as error:
                if error.code not in {500, 501, 502, 504}:
                    raise
                await self.client.helo()
        return ", ".join(name.upper() for name in self.client.esmtp_extensions)

    async def starttls(self) -> str:
        """Upgrade to TLS where the profile asks for it; returns the version and cipher agreed on."""
        if not self.client.supports_extension("starttls"):
            raise failed(Stage.STARTTLS, Failure("no-starttls", "the server offers no STARTTLS"))
        async with self._stage(Stage.STARTTLS):
            assert self.context is not None, "a profile with STARTTLS has a context"
            await self.client.upgrade(self.context)
        noted = self._note_tls()
        await self.ehlo()
        return noted

    async def auth(self) -> str:
        """Sign in; returns the method used. Refuses to send a password in the clear."""
        if not (self.encrypted or is_loopback(self.relay.host) or self.relay.allow_plain_password):
            raise failed(Stage.AUTH, Failure("auth-over-plain", "the connection is not encrypted"))
        if self.secret is None:
            raise failed(Stage.AUTH, Failure("no-password", "no password is stored for this profile"))
        if not self.client.auth_methods():
            offered = ", ".join(self.client.server_auth_methods) or "none"
            raise failed(Stage.AUTH, Failure("no-auth-offered", f"sign-in methods offered: {offered}"))
        password = self.secret.reveal()
        self.transcript.hide(password, *_encodings(self.profile.username, password))
        async with self._stage(Stage.AUTH):
            return await self.client.sign_in(self.profile.username, password)

    async def prepare(self) -> None:
        """All steps that this profile needs, in order."""
        await self.connect()
        await self.ehlo()
        if self.relay.security is Security.STARTTLS:
            await self.starttls()
        if self.profile.username:
            await self.auth()

    async def close(self) -> None:
        """Say QUIT if that is still possible, and close."""
        if self.client.is_connected:
            with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                async with asyncio.timeout(2.0):
                    await self.client.quit()
        self.client.close()

    def abort(self) -> None:
        """Close at once, without a word."""
        self.client.abort()

    @contextlib.asynccontextmanager
    async def _stage(self, stage: Stage) -> AsyncIterator[None]:
        began = time.monotonic()
        try:
            yield
            self.timings[stage] = time.monotonic() - began
        except aiosmtplib.SMTPResponseException as error:
            self.client.close()
            if error.code == -1:
                raise failed(stage, classify(error)) from error
            text = self.transcript.masked(str(error.message))
            raise refused(stage, error.code, text, self.profile.provider) from error
        except (OSError, aiosmtplib.SMTPException, TimeoutError, ValueError) as error:
            failure = classify(error)
            self.transcript.noticed(f"{stage}: {failure.detail}")
            self.client.close()
            raise failed(stage, failure) from error

    async def _greeted(self) -> aiosmtplib.SMTPResponse:
        """Connect; a server that stays silent is asked, beside the wait, whether it expects TLS at once."""
        total = self.timeouts.connect + self.timeouts.greeting
        opening = asyncio.ensure_future(self._open(total))
        try:
            if self.relay.security is not Security.TLS:
                done, _pending = await asyncio.wait({opening}, timeout=KNOCK_AFTER)
                if not done and await _first(opening, speaks_tls(self.relay.host, self.relay.port)):
                    self.transcript.noticed("no greeting; the port answers a TLS handshake")
                    raise aiosmtplib.SMTPConnectError("tls-mismatch")
            return await opening
        finally:
            while (
                not opening.done()
            ):  # asyncio.wait_for may swallow one cancellation, when it comes with the connection
                opening.cancel()
                await asyncio.wait({opening}, timeout=0.1)

    async def _open(self, total: float) -> aiosmtplib.SMTPResponse:
        return await self.client.connect(timeout=total)

    def _connect_failure(self, error: BaseException) -> Exception:
        # A disconnection or a wait for words is reported only once there was a connection; a refused one is another
        # exception.
        waiting = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError)
        reached = self.client.transport is not None or isinstance(error.__cause__, waiting)
        reached = reached or isinstance(error, aiosmtplib.SMTPResponseException)
        self.client.close()
        if isinstance(error, aiosmtplib.SMTPResponseException) and error.code >= 200:
            self.transcript.heard(error.code, str(error.message))
            return refused(Stage.GREETING, error.code, str(error.message), self.profile.provider)
        if str(error) == "tls-mismatch":
            failure = Failure("tls-mismatch", "the port expects TLS from the first byte")
        else:
            failure = classify(error)
        self.transcript.noticed(failure.detail)
        stage = Stage.GREETING if reached else Stage.RESOLVE if failure.id == "dns" else Stage.CONNECT
        return failed(stage, failure)

    def _note_tls(self) -> str:
        cipher = self.client.get_transport_info("cipher") or ("", "", 0)
        noted = f"{cipher[1]}, {cipher[0]}"
        self.transcript.noticed(noted)
        return noted


async def _first(task: asyncio.Future[aiosmtplib.SMTPResponse], knock: Awaitable[bool]) -> bool:
    """The knock's answer, unless the greeting arrives before it."""
    knocking = asyncio.ensure_future(knock)
    both: set[asyncio.Future[Any]] = {task, knocking}
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    if knocking.done():
        return knocking.result()
    knocking.cancel()
    await asyncio.wait({knocking})
    return False


def _encodings(username: str, password: str) -> list[str]:
    """The forms in which a password goes over the line (RFC 4616, RFC 4954)."""
    forms = (password.encode(), f"\0{username}\0{password}".encode())
    return [base64.b64encode(form).decode() for form in forms]


def ehlo_name() -> str:
    """The name to give in EHLO: this computer's when it is a usable ASCII domain, else an address literal.

    Gmail refuses a non-ASCII name with 501 5.5.4; RFC 5321 section 4.1.3 allows ``[127.0.0.1]``.
    """
    name = socket.gethostname()
    usable = name.isascii() and "." in name and all(label.replace("-", "a").isalnum() for label in name.split("."))
    return name if usable else "[127.0.0.1]"
