"""What the sandbox says to a client: aiosmtpd holds the dialogue, this decides the answers."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Callable, Mapping
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from smtpdesk.base.secret import Secret
from smtpdesk.sandbox.behaviour import BehaviourFile, Verdict
from smtpdesk.sandbox.mailbag import Mailbag

_log = logging.getLogger(__name__)


class Dialogue(SMTP):
    """One connection; tells the server when it opens and closes, so that it knows when it is idle."""

    def __init__(self, *args: Any, watch: Callable[[Dialogue, bool], None], **options: Any) -> None:
        super().__init__(*args, **options)
        self._watch = watch

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called again when STARTTLS changes the transport."""
        super().connection_made(transport)
        self._watch(self, True)

    def connection_lost(self, error: Exception | None) -> None:
        """The client is gone, whoever ended it."""
        self._watch(self, False)
        super().connection_lost(error)

    def hang_up_soon(self) -> None:
        """Close after the answer that is about to be written."""

        def close() -> None:
            if self.transport is not None:
                self.transport.close()

        self.loop.call_soon(close)


class Clerk:
    """The answers. The ``handle_`` methods are aiosmtpd's hooks; all run on the server's event loop."""

    def __init__(self, bag: Mailbag, behaviour: BehaviourFile, users: Mapping[str, Secret] | None) -> None:
        self._bag = bag
        self._behaviour = behaviour
        self._users = dict(users) if users else None
        self._tried: set[str] = set()

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: Any
    ) -> AuthResult:
        """Compare user name and password (AUTH PLAIN and LOGIN, RFC 4954)."""
        good = False
        if isinstance(login, LoginPassword) and self._users is not None:
            secret = self._users.get(login.login.decode("utf-8", "replace"))
            good = secret is not None and hmac.compare_digest(secret.reveal().encode(), login.password)
        return AuthResult(success=good, handled=False)

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Offer AUTH only when there are users, and no HELP."""
        session.host_name = hostname
        lines = [line[4:] for line in responses]
        offered = [line for line in lines if line != "HELP" and (self._users or not line.startswith("AUTH"))]
        return [f"250-{line}" for line in offered[:-1]] + [f"250 {offered[-1]}"]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take any sender, from people who signed in if there are users."""
        if self._users is not None and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Sender ok"

    async def handle_RCPT(
        self, server: Dialogue, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Refuse, put off or take one recipient, as the behaviour says."""
        key = address.casefold()
        verdict = self._behaviour.current().verdict(address)
        if verdict is Verdict.REJECT:
            return f"550 5.1.1 <{address}>: Recipient address rejected: User unknown in sandbox"
        if verdict is not Verdict.ACCEPT and key not in self._tried:
            self._tried.add(key)
            if verdict is Verdict.DEFER:
                return f"451 4.7.1 <{address}>: Recipient address rejected: Greylisted, try again later"
            server.hang_up_soon()
            return "421 4.3.2 Sandbox is busy, closing connection"
        # Forgotten once it was let through: the next campaign to this recipient goes the same way again.
        self._tried.discard(key)
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Recipient ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the message; a full disk is an answer, not an end."""
        delay = self._behaviour.current().delay
        if delay > 0:
            await asyncio.sleep(delay)
        try:
            name = self._bag.keep(envelope.original_content or b"", envelope.mail_from or "", envelope.rcpt_tos)
        except OSError as error:
            _log.warning("a message could not be kept: %s", error.strerror or error)
            return "452 4.3.1 Insufficient system storage"
        return f"250 2.0.0 Ok: kept as {name}"

    async def handle_exception(self, error: Exception) -> str:
        """Whatever goes wrong in the dialogue, the client gets an answer and the sandbox goes on."""
        _log.error("sandbox dialogue failed: %r", error)
        return "451 4.3.0 Local error in the sandbox"
