"""The test of a profile, step by step: where does it stop, why, and what did the server say?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

import aiosmtplib

from smtpdesk.base.i18n import _
from smtpdesk.base.secret import Secret
from smtpdesk.domain.address import split_mailbox
from smtpdesk.domain.delivery import Meaning, Outcome, Reply, Stage
from smtpdesk.domain.oauth import Tokens
from smtpdesk.domain.profile import Profile, Relay, Security
from smtpdesk.smtp.certificate import Certificate, look, of_connection
from smtpdesk.smtp.dial import AddressTried, Resolver, look_up
from smtpdesk.smtp.extensions import Extension, Stated, explained, stated
from smtpdesk.smtp.failures import Failure, StageFailed, classify, failed, refused
from smtpdesk.smtp.probe_steps import StepKey, planned_steps, stage_of
from smtpdesk.smtp.steps import Steps, Timeouts
from smtpdesk.smtp.survey import HASTY, Tried, survey
from smtpdesk.smtp.transcript import Transcript, TranscriptLine

__all__ = ["ProbeStep", "StepKey", "look_around", "planned_steps", "probe"]

#: A test is less patient than sending.
TEST_TIMEOUTS = Timeouts(15.0, 30.0, 30.0, 60.0, knock=2.0, stall=5.0)


#: The handshake was done, and then the certificate was refused.
_CERTIFICATE = {"tls-name", "tls-expired", "tls-untrusted", "tls-pin"}
_SEEN = _CERTIFICATE | {"tls-too-old"}
_OLD = {"SSLv3", "TLSv1", "TLSv1.1"}
#: Where another port or another encryption may be the answer.
_ELSEWHERE = {StepKey.CONNECT, StepKey.TLS, StepKey.GREETING, StepKey.EHLO, StepKey.STARTTLS}
_NOT_PROTECTED = {"no-auth-offered", "auth-over-plain"}


@dataclass(frozen=True, slots=True)
class ProbeStep:
    """One finished step of a test.

    Attributes:
        stage: of the dialogue; ``key`` which step of the test it is (the stage's own where there is only one).
        state: ``"ok"``, ``"warn"`` (went on, but something is to be told), ``"failed"`` or ``"skipped"``.
        detail: one line for people. ``seconds``: how long it took. ``lines``: its part of the transcript.
        meaning, reply, failure: of a failed step: what it means, the server's words, the id where there were none.
        tried: what became of each address (connect).
        certificate: the server's (certificate), also where it was refused.
        extensions, stated: what EHLO offered, and the limits in it (the last EHLO).
        methods: sign-in methods offered, in capitals (EHLO, auth).
        around: which other ports answer (around).
        one_at_a_time: the server announces PIPELINING and read one command of several (rset).
    """

    stage: Stage
    state: str
    detail: str
    seconds: float = 0.0
    meaning: Meaning | None = None
    reply: Reply | None = None
    lines: tuple[TranscriptLine, ...] = ()
    key: str = ""
    failure: str = ""
    tried: tuple[AddressTried, ...] = ()
    certificate: Certificate | None = None
    extensions: tuple[Extension, ...] = ()
    stated: Stated = field(default_factory=Stated)
    methods: tuple[str, ...] = ()
    around: tuple[Tried, ...] = ()
    one_at_a_time: bool = False

    @property
    def step(self) -> str:
        """The key, or the stage where it is the only step of it."""
        return self.key or str(self.stage)


async def probe(
    profile: Profile,
    secret: Secret | Tokens | None,
    *,
    to: str = "",
    message: bytes | None = None,
    around: Sequence[Relay] = (),
    timeouts: Timeouts | None = None,
    resolve: Resolver = look_up,
) -> AsyncIterator[ProbeStep]:
    """Test a profile; yields a step as it ends. Nothing is sent without ``message``: after RCPT come RSET and QUIT.

    Args:
        profile: what to test; need not be saved.
        secret: its password, or what gives access tokens.
        to: recipient to try in RCPT; the profile's own From address when empty.
        message: with the person's leave, one message that is sent to ``to`` (RFC 5322 bytes, CRLF).
        around: after a failure that another port may mend, these are looked at, and told in a last step.
        timeouts: how long to wait; a test is less patient than sending.
        resolve: how the host's addresses are found.

    After a failed step the remaining ones are yielded as skipped.
    """
    transcript = Transcript()
    steps = Steps(profile, secret, transcript, timeouts or TEST_TIMEOUTS, resolve=resolve, thorough=True)
    run = _Run(steps, to, message)
    keys = planned_steps(profile, message=message is not None)
    try:
        for index, key in enumerate(keys):
            for step in await run.step(key):
                yield step
            if step.state == "failed":
                done = keys.index(StepKey(step.step))
                for later in keys[max(index, done) + 1 :]:
                    yield ProbeStep(stage_of(later), "skipped", "", key=later)
                if around and _may_be_elsewhere(step):
                    yield await look_around(profile, around, timeouts=timeouts, resolve=resolve)
                return
    except (asyncio.CancelledError, GeneratorExit):
        steps.abort()  # whoever gives up does not wait for a farewell
        raise
    finally:
        await asyncio.shield(steps.close())


async def look_around(
    profile: Profile, relays: Sequence[Relay], *, timeouts: Timeouts | None = None, resolve: Resolver = look_up
) -> ProbeStep:
    """Which of these other ports answer, as a step of the test; ``timeouts`` shortens the usual ones of a survey."""
    began = time.monotonic()
    own = (profile.relay.host, profile.relay.port, profile.relay.security)
    others = [one for one in relays if (one.host, one.port, one.security) != own]
    waits = HASTY.shortened(timeouts) if timeouts is not None else HASTY
    found = [one async for one in survey(profile, others, timeouts=waits, resolve=resolve)]
    found.sort(key=lambda one: others.index(one.relay))
    working = [f"{one.relay.port} ({one.relay.security.upper()})" for one in found if one.ok]
    detail = _("These answer: {ports}.").format(ports=", ".join(working)) if working else _("No other port answers.")
    return ProbeStep(
        *(Stage.CONNECT, "ok" if working else "warn", detail, time.monotonic() - began),
        key=StepKey.AROUND,
        around=tuple(found),
    )


def _may_be_elsewhere(step: ProbeStep) -> bool:
    return step.step in _ELSEWHERE or step.failure in _NOT_PROTECTED


@dataclass(slots=True)
class _Facts:
    """What a step found out, besides its one line."""

    detail: str = ""
    state: str = "ok"
    tried: tuple[AddressTried, ...] = ()
    certificate: Certificate | None = None
    extensions: tuple[Extension, ...] = ()
    stated: Stated = field(default_factory=Stated)
    methods: tuple[str, ...] = ()
    one_at_a_time: bool = False


class _Run:
    """One test under way: what each step does, and what is made of its failure."""

    def __init__(self, steps: Steps, to: str, message: bytes | None) -> None:
        self._steps = steps
        identity = steps.profile.identity
        self._sender = identity.envelope_sender or _address(identity.from_header)
        self._to = to or self._sender
        self._message = message
        self._actions: dict[StepKey, Callable[[], Awaitable[_Facts]]] = {
            StepKey.RESOLVE: self._resolve,
            StepKey.CONNECT: self._connect,
            StepKey.TLS: self._tls,
            StepKey.CERTIFICATE: self._certificate,
            StepKey.GREETING: self._greeting,
            StepKey.EHLO: self._ehlo,
            StepKey.EHLO_AGAIN: self._ehlo,
            StepKey.STARTTLS: self._starttls,
            StepKey.AUTH: self._auth,
            StepKey.MAIL: self._mail,
            StepKey.RCPT: self._rcpt,
            StepKey.RSET: self._rset,
            StepKey.MESSAGE: self._send,
            StepKey.QUIT: self._quit,
        }

    async def step(self, key: StepKey) -> list[ProbeStep]:
        """Do one step; a refused certificate ends the step after it, so there may be two."""
        transcript = self._steps.transcript
        if key is StepKey.CONNECT or key is StepKey.TLS:
            await asyncio.sleep(0)  # lets the window draw before what may take long
        seen, began = len(transcript.lines), time.monotonic()
        try:
            facts = await self._actions[key]()
        except StageFailed as error:
            seconds = error.at - began  # what it means took us time to look up, not the server
            return await self._failed(key, error, seconds, seen)
        return [
            ProbeStep(
                *(stage_of(key), facts.state, facts.detail, time.monotonic() - began),
                lines=transcript.since(seen),
                key=key,
                tried=facts.tried,
                certificate=facts.certificate,
                extensions=facts.extensions,
                stated=facts.stated,
                methods=facts.methods,
                one_at_a_time=facts.one_at_a_time,
            )
        ]

    async def _failed(self, key: StepKey, error: StageFailed, seconds: float, seen: int) -> list[ProbeStep]:
        certificate = None
        broke = key in {StepKey.TLS, StepKey.STARTTLS} and error.failure in {"disconnected", "tls-failed"}
        if (broke or error.failure in _SEEN) and self._steps.places:
            certificate = await self._look()
        if broke and certificate is not None and certificate.version in _OLD:
            # Some servers hang up without saying why.
            error = failed(error.stage, Failure("tls-too-old", certificate.version))
        lines = self._steps.transcript.since(seen)
        broken = ProbeStep(
            *(error.stage, "failed", error.meaning.title, seconds, error.meaning, _reply(error.outcome), lines),
            key=key,
            failure=error.failure,
            tried=self._steps.tried if key is StepKey.CONNECT else (),
            certificate=certificate,
            methods=self._methods() if key is StepKey.AUTH else (),
        )
        if error.failure not in _CERTIFICATE:
            return [broken]
        version = certificate.version if certificate else ""
        handshake = ProbeStep(stage_of(key), "ok", version, seconds, lines=lines[:-1], key=key)
        detail = _names(certificate) if certificate else error.meaning.title
        return [handshake, replace(broken, key=StepKey.CERTIFICATE, detail=detail, seconds=0.0, lines=lines[-1:])]

    async def _look(self) -> Certificate | None:
        answered = [one.address for one in self._steps.tried if one.ok]
        places = [place for place in self._steps.places if str(place[1][0]) in answered] or self._steps.places
        return await look(self._steps.relay, places[0])

    # --- the steps ---------------------------------------------------------------------------------------------
    async def _resolve(self) -> _Facts:
        return _Facts(await self._steps.resolve())

    async def _connect(self) -> _Facts:
        address = await self._steps.dial()
        tried = self._steps.tried
        detail = _("{address}, port {port}").format(address=address, port=self._steps.relay.port)
        broken = [one for one in tried if one.is_ipv6 and not one.ok]
        if broken and not any(one.ok for one in tried if one.is_ipv6):
            sentence = _("IPv6 does not work from here ({address}); we go on with IPv4.")
            detail = f"{detail}. " + sentence.format(address=broken[0].address)
            return _Facts(detail, "warn", tried)
        return _Facts(detail, tried=tried)

    async def _tls(self) -> _Facts:
        return _Facts(await self._steps.secure())

    async def _greeting(self) -> _Facts:
        if self._steps.relay.security is not Security.TLS:
            await self._steps.secure()
        return _Facts(_first_line(await self._steps.greet()))

    async def _ehlo(self) -> _Facts:
        detail = await self._steps.ehlo()
        offered = self._steps.client.esmtp_extensions
        return _Facts(detail, extensions=explained(offered), stated=stated(offered), methods=self._methods())

    async def _starttls(self) -> _Facts:
        return _Facts(await self._steps.encrypt())

    async def _certificate(self) -> _Facts:
        found = of_connection(self._steps.client.get_transport_info("ssl_object"), trusted=True)
        detail = _names(found) if found else ""
        if self._steps.relay.pinned_sha256:
            detail = _("the one that this profile trusts: {names}").format(names=detail)
        return _Facts(detail, certificate=found)

    async def _auth(self) -> _Facts:
        offered = self._methods()
        method = await self._steps.auth()
        words = _("{method} as {user}; offered: {methods}")
        user = self._steps.profile.username
        return _Facts(words.format(method=method.upper(), user=user, methods=" ".join(offered)), methods=offered)

    async def _mail(self) -> _Facts:
        if not self._sender:
            return _Facts(_("The profile names no sender; nothing was asked."), "skipped")
        return _Facts(await self._command(Stage.MAIL, f"MAIL FROM:<{self._sender}>"))

    async def _rcpt(self) -> _Facts:
        if not self._sender or not self._to:
            return _Facts(_("No address to try; nothing was asked."), "skipped")
        return _Facts(await self._command(Stage.RCPT, f"RCPT TO:<{self._to}>"))

    async def _rset(self) -> _Facts:
        if not self._sender:
            return _Facts("", "skipped")
        try:
            if self._steps.client.supports_extension("pipelining"):
                return await self._group()
            return _Facts(await self._command(Stage.RCPT, "RSET"))
        except StageFailed as error:  # the address was taken: the profile works for all that
            return _Facts(error.meaning.title, "warn")

    async def _group(self) -> _Facts:
        """The same command twice in one packet: some servers announce PIPELINING, and read the first one alone."""
        try:
            replies = await self._steps.client.group([b"RSET", b"RSET"], self._steps.timeouts.stall)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise failed(Stage.RCPT, classify(error)) from error
        if not replies:
            raise failed(Stage.RCPT, Failure("timeout", "no answer in time"))
        first = replies[0]
        if first.code >= 300:
            raise refused(Stage.RCPT, first.code, first.text, self._steps.profile.provider)
        if len(replies) < 2:
            words = _("The server takes one command at a time although it announces more, so we send one at a time.")
            return _Facts(words, "warn", one_at_a_time=True)
        return _Facts(_first_line(first.text))

    async def _send(self) -> _Facts:
        assert self._message is not None
        await self._command(Stage.MAIL, f"MAIL FROM:<{self._sender}>")
        await self._command(Stage.RCPT, f"RCPT TO:<{self._to}>")
        try:
            replies = await self._steps.client.hand_over(self._message, self._steps.timeouts.answer)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise failed(Stage.BODY, classify(error)) from error
        last = replies[-1]
        if len(replies) < 2 or last.code >= 300:
            text = self._steps.transcript.masked(last.message)
            stage = Stage.BODY if len(replies) > 1 else Stage.DATA
            raise refused(stage, last.code, text, self._steps.profile.provider)
        return _Facts(_("One message was sent to {address}.").format(address=self._to))

    async def _quit(self) -> _Facts:
        try:
            return _Facts(_first_line(await self._steps.quit()))
        except StageFailed as error:  # everything had been tried before: a rude farewell is no fault of the profile
            return _Facts(error.meaning.title, "warn")

    async def _command(self, stage: Stage, line: str) -> str:
        try:
            response = await self._steps.client.execute_command(line.encode())
        except (aiosmtplib.SMTPException, OSError) as error:
            raise failed(stage, classify(error)) from error
        if response.code >= 300:
            text = self._steps.transcript.masked(response.message)
            raise refused(stage, response.code, text, self._steps.profile.provider)
        return _first_line(response.message)

    def _methods(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name.upper() for name in self._steps.client.server_auth_methods))


def _names(certificate: Certificate) -> str:
    words = _("{names}; issued by {issuer}; valid until {day}")
    day = time.strftime("%Y-%m-%d", time.gmtime(certificate.not_after))
    names = ", ".join(certificate.names[:3]) + (", …" if len(certificate.names) > 3 else "")
    return words.format(names=names or certificate.subject, issuer=certificate.issuer, day=day)


def _address(mailbox: str) -> str:
    return split_mailbox(mailbox)[1] if mailbox else ""


def _first_line(text: str) -> str:
    return text.splitlines()[0] if text else ""


def _reply(outcome: Outcome) -> Reply | None:
    return outcome.reply if outcome.reply.code or outcome.reply.text else None
