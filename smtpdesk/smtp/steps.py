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

from smtpdesk.base.errors import VaultError
from smtpdesk.base.secret import Secret
from smtpdesk.domain.delivery import Stage
from smtpdesk.domain.loopback import is_loopback, is_loopback_address
from smtpdesk.domain.oauth import TokenError, Tokens
from smtpdesk.domain.profile import Profile, Security
from smtpdesk.smtp import bearer
from smtpdesk.smtp.client import RecordingClient, speaks_tls
from smtpdesk.smtp.dial import AddressTried, NoAddressAnswers, Place, Resolver, dial, look_up
from smtpdesk.smtp.failures import Failure, classify, failed, refused
from smtpdesk.smtp.tls import context_for
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
    #: A server that has not greeted after so long is asked, beside the wait, whether it expects TLS.
    knock: float = KNOCK_AFTER
    #: While a message is on its way: the longest without any of it leaving (RFC 5321 section 4.5.3.2.5).
    block: float = 180.0
    #: A server that answered the first command of a group and then says nothing for so long may not have read the rest.
    stall: float = 10.0

    def shortened(self, other: Timeouts) -> Timeouts:
        """The shorter of both, each."""
        return Timeouts(*(min(getattr(self, name), getattr(other, name)) for name in self.__dataclass_fields__))


class Steps:
    """Opens one connection step by step. Every step raises :class:`StageFailed` with what it means.

    Args:
        profile: where to connect and who signs in.
        secret: the password, or what gives access tokens; None when the profile has no user name.
        transcript: collects the dialogue.
        timeouts: how long to wait for each answer.
        resolve: how the host's addresses are found.
        thorough: try every address, not only until one answers.
    """

    def __init__(
        self,
        profile: Profile,
        secret: Secret | Tokens | None,
        transcript: Transcript,
        timeouts: Timeouts,
        *,
        resolve: Resolver = look_up,
        thorough: bool = False,
    ) -> None:
        self.profile = profile
        self.relay = profile.relay
        self.secret = secret
        self.transcript = transcript
        self.timeouts = timeouts
        self.context = context_for(self.relay)
        self.places: list[Place] = []
        #: What became of each address, once it was dialled.
        self.tried: tuple[AddressTried, ...] = ()
        self._resolve, self._thorough = resolve, thorough
        self._socket: socket.socket | None = None
        self._opening: asyncio.Future[aiosmtplib.SMTPResponse] | None = None
        self._dialled = 0.0
        #: Seconds from each command to its answer, the last one where a stage came twice.
        self.timings: dict[Stage, float] = {}
        self.client = RecordingClient(
            transcript,
            hostname=self.relay.bare_host,
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

    @property
    def stays_here(self) -> bool:
        """True when nothing of this connection leaves the computer: by the host's name and the peer."""
        peer = self.client.get_transport_info("peername") if self.client.is_connected else None
        return is_loopback(self.relay.host) and peer is not None and is_loopback_address(str(peer[0]))

    @property
    def addresses(self) -> list[str]:
        """The addresses of the host, once it was looked up."""
        return list(dict.fromkeys(str(address[0]) for _family, address in self.places))

    async def resolve(self) -> str:
        """Look the host name up; returns the addresses found, for people."""
        async with self._stage(Stage.RESOLVE):
            async with asyncio.timeout(self.timeouts.connect):
                self.places = list(await self._resolve(self.relay.bare_host, self.relay.port))
        del self.timings[Stage.RESOLVE]  # a lane's history knows no such column
        self.transcript.noticed(f"{self.relay.host} is {', '.join(self.addresses)}")
        return ", ".join(self.addresses)

    async def connect(self) -> str:
        """Connect, with TLS where the profile says so, and hear the greeting; returns the greeting."""
        if not self.places:
            await self.resolve()
        await self.dial()
        await self.secure()
        return await self.greet()

    async def dial(self) -> str:
        """Reach the host: the first of its addresses that answers; returns it."""
        self.transcript.noticed(f"connecting to {self.relay.host}, port {self.relay.port}")
        self._dialled = time.monotonic()
        try:
            self._socket, tried = await dial(self.places, self.timeouts.connect, thorough=self._thorough)
        except NoAddressAnswers as error:
            self.tried = error.tried
            self._note_tried()
            raise self._connect_failure(error) from error
        self.tried = tuple(tried)
        self._note_tried()
        return str(self._socket.getpeername()[0])

    def _note_tried(self) -> None:
        for one in self.tried:
            if one.error is not None:
                self.transcript.noticed(f"{one.address}: {one.reason}")
            elif len(self.tried) > 1:
                self.transcript.noticed(f"{one.address}: {'no answer yet' if one.abandoned else 'connected'}")

    async def secure(self) -> str:
        """Begin the dialogue, with implicit TLS encrypted first; returns version and cipher, "" without TLS."""
        self._opening = asyncio.ensure_future(self.client.connect(sock=self._socket, timeout=self.timeouts.greeting))
        secured = asyncio.ensure_future(self.client.secured.wait())
        try:
            await asyncio.wait({self._opening, secured}, return_when=asyncio.FIRST_COMPLETED)
            if not self.client.secured.is_set():
                await self._opening
        except BaseException as error:
            await self._end_opening()
            if isinstance(error, (OSError, aiosmtplib.SMTPException, TimeoutError, ValueError)):
                raise self._connect_failure(error) from error
            raise
        finally:
            secured.cancel()
            await asyncio.wait({secured})
        self.timings[Stage.CONNECT] = time.monotonic() - self._dialled
        return self._note_tls() if self.relay.security is Security.TLS else ""

    async def greet(self) -> str:
        """Hear the greeting; returns it."""
        began = time.monotonic()
        try:
            response = await self._greeted()
        except (OSError, aiosmtplib.SMTPException, TimeoutError, ValueError) as error:
            raise self._connect_failure(error) from error
        self.timings[Stage.GREETING] = time.monotonic() - began
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
        """Upgrade to TLS where the profile asks for it, and say EHLO again; returns version and cipher."""
        noted = await self.encrypt()
        await self.ehlo()
        return noted

    async def encrypt(self) -> str:
        """STARTTLS alone; returns the version and cipher agreed on."""
        if not self.client.supports_extension("starttls"):
            raise failed(Stage.STARTTLS, Failure("no-starttls", "the server offers no STARTTLS"))
        async with self._stage(Stage.STARTTLS):
            assert self.context is not None, "a profile with STARTTLS has a context"
            await self.client.upgrade(self.context)
        return self._note_tls()

    async def auth(self) -> str:
        """Sign in; returns the method used. Refuses to send a password in the clear."""
        # The leave is for a password: nobody has to send the key to a whole account in the clear.
        plainly = self.relay.allow_plain_password and not self.profile.uses_tokens
        if not (self.encrypted or self.stays_here or plainly):
            raise failed(Stage.AUTH, Failure("auth-over-plain", "the connection is not encrypted"))
        if self.secret is None:
            missing = ("not-signed-in", "no token") if self.profile.uses_tokens else ("no-password", "no password")
            raise failed(Stage.AUTH, Failure(missing[0], f"{missing[1]} is stored for this profile"))
        if self.profile.uses_tokens or not isinstance(self.secret, Secret):
            return await self._auth_by_token(self.secret)
        if not self.client.auth_methods():
            offered = ", ".join(self.client.server_auth_methods) or "none"
            raise failed(Stage.AUTH, Failure("no-auth-offered", f"sign-in methods offered: {offered}"))
        password = self.secret.reveal()
        self.transcript.hide(password, *_encodings(self.profile.username, password))
        async with self._stage(Stage.AUTH):
            return await self.client.sign_in(self.profile.username, password)

    async def _auth_by_token(self, tokens: Tokens | Secret) -> str:
        try:
            async with self._stage(Stage.AUTH):
                return await bearer.sign_in(self.client, self.profile, tokens)
        except TokenError as error:
            self.client.close()
            raise failed(Stage.AUTH, Failure(error.failure, error.detail)) from error
        except VaultError as error:
            self.client.close()
            raise failed(Stage.AUTH, Failure("vault", error.code)) from error

    async def prepare(self) -> None:
        """All steps that this profile needs, in order."""
        await self.connect()
        await self.ehlo()
        if self.relay.security is Security.STARTTLS:
            await self.starttls()
        if self.profile.username:
            await self.auth()

    async def quit(self) -> str:
        """Say QUIT; returns the farewell."""
        async with self._stage(Stage.QUIT):
            return (await self.client.quit()).message

    async def close(self) -> None:
        """Say QUIT if that is still possible, and close."""
        await self._end_opening()
        if self.client.is_connected:
            with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                async with asyncio.timeout(2.0):
                    await self.client.quit()
        self.client.close()
        self._close_socket()

    def abort(self) -> None:
        """Close at once, without a word."""
        self.client.abort()
        self._close_socket()

    def _close_socket(self) -> None:
        """A socket that no transport took over is ours to close."""
        if self._socket is not None and self.client.connected_at is None:
            self._socket.close()

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
        """A server that stays silent is asked, beside the wait, whether it expects TLS at once."""
        assert self._opening is not None, "secure() has begun it"
        opening = self._opening
        try:
            if self.relay.security is not Security.TLS:
                done, _pending = await asyncio.wait({opening}, timeout=self.timeouts.knock)
                if not done and await _first(opening, self._knock()):
                    self.transcript.noticed("no greeting; the port answers a TLS handshake")
                    raise aiosmtplib.SMTPConnectError("tls-mismatch")
            return await opening
        finally:
            await self._end_opening()

    async def _knock(self) -> bool:
        """On the address that answered."""
        assert self._socket is not None
        host, port = self._socket.getpeername()[:2]
        return await speaks_tls(host, port)

    async def _end_opening(self) -> None:
        opening = self._opening
        while opening is not None and not opening.done():
            # asyncio.wait_for may swallow one cancellation, when it comes with the connection
            opening.cancel()
            await asyncio.wait({opening}, timeout=0.1)

    def _connect_failure(self, error: BaseException) -> Exception:
        # A disconnection or a wait for words is reported only once there was a connection; a refused one is another
        # exception.
        waiting = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError)
        reached = self.client.connected_at is not None or isinstance(error.__cause__, waiting)
        reached = reached or isinstance(error, aiosmtplib.SMTPResponseException)
        self.client.close()
        if isinstance(error, aiosmtplib.SMTPResponseException) and error.code >= 200:
            self.transcript.heard(error.code, str(error.message))
            return refused(Stage.GREETING, error.code, str(error.message), self.profile.provider)
        if str(error) == "tls-mismatch":
            failure = Failure("tls-mismatch", "the port expects TLS from the first byte")
        else:
            failure = classify(error)
        if not isinstance(error, NoAddressAnswers):  # each address has been told already
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
