"""Opening a connection: each stage that can fail, what it is taken for, and that no secret shows anywhere."""

from __future__ import annotations

import asyncio
import base64
import socket
import time
import traceback
from collections.abc import Sequence

import pytest

from smtpdesk.base.secret import Secret
from smtpdesk.domain.delivery import Meaning, Outcome, Reply, Stage
from smtpdesk.domain.profile import Identity, Profile, Relay, Security
from smtpdesk.smtp import failures
from smtpdesk.smtp.dial import Place
from smtpdesk.smtp.failures import StageFailed
from smtpdesk.smtp.probe import ProbeStep, probe
from smtpdesk.smtp.session import Hooks, Transaction, open_session
from smtpdesk.smtp.steps import Steps, Timeouts
from smtpdesk.smtp.transcript import MASK, Transcript
from tests.servers.certificates import Authority
from tests.servers.scripted import ScriptedServer, drop, hang, say

SECRET = "hunter2-geheim"
QUICK = Timeouts(5.0, 5.0, 5.0, 5.0)


def profile(
    server: ScriptedServer, security: Security = Security.NONE, ca: str | None = None, user: str = ""
) -> Profile:
    identity = Identity("Ana <ana@example.com>")
    return Profile("office", Relay(server.host, server.port, security, ca), identity, username=user)


def failing(made: Profile, secret: Secret | None = None, timeouts: Timeouts = QUICK) -> tuple[StageFailed, Transcript]:
    transcript = Transcript()

    async def run() -> StageFailed:
        steps = Steps(made, secret, transcript, timeouts)
        try:
            await steps.prepare()
        except StageFailed as error:
            return error
        finally:
            await steps.close()
        raise AssertionError("it worked")

    return asyncio.run(run()), transcript


@pytest.mark.parametrize("echo", [SECRET, base64.b64encode(f"\0ana\0{SECRET}".encode()).decode()])
def test_a_server_that_repeats_the_password_does_not_make_us_repeat_it(echo: str) -> None:
    with ScriptedServer(users={"ana": "other"}) as server:
        server.on("auth", say(f"535 5.7.8 your password {echo} is wrong"))
        error, transcript = failing(profile(server, user="ana"), Secret(SECRET))
    everything = "\n".join(
        [
            *map(str, transcript.lines),
            repr(error),
            str(error),
            repr(error.outcome),
            *traceback.format_exception(error)[-1:],
        ]
    )
    assert error.stage is Stage.AUTH
    assert SECRET not in everything
    assert echo not in everything


def test_a_wrong_password_is_tried_once() -> None:
    """More tries with other methods could lock the account."""
    with ScriptedServer(users={"ana": "right"}, mechanisms=("CRAM-MD5", "LOGIN", "PLAIN")) as server:
        error, _transcript = failing(profile(server, user="ana"), Secret(SECRET))
        assert len(server.signed_in) == 1
    assert error.outcome.reply.code == 535


def test_a_method_that_the_server_does_not_know_after_all_is_not_the_end() -> None:
    with ScriptedServer(users={"ana": "right"}, mechanisms=("PLAIN", "LOGIN")) as server:
        server.on("auth", say("504 5.5.4 unrecognized authentication type"), match="AUTH PLAIN", times=1)

        async def run() -> str:
            steps = Steps(profile(server, user="ana"), Secret("right"), Transcript(), QUICK)
            await steps.connect()
            await steps.ehlo()
            try:
                return await steps.auth()
            finally:
                await steps.close()

        assert asyncio.run(run()) == "login"


@pytest.mark.parametrize(
    ("stage", "act", "wanted"),
    [
        ("greeting", say("554 5.7.1 your IP is listed"), Stage.GREETING),
        ("greeting", drop(), Stage.GREETING),
        ("ehlo", say("421 4.3.2 busy"), Stage.EHLO),
        ("ehlo", drop(), Stage.EHLO),
        ("auth", drop(), Stage.AUTH),
        ("auth", say("454 4.7.0 temporary"), Stage.AUTH),
    ],
)
def test_a_failure_is_told_with_its_stage(stage: str, act: object, wanted: Stage) -> None:
    with ScriptedServer(users={"ana": SECRET}) as server:
        server.on(stage, act)  # type: ignore[arg-type]
        error, _transcript = failing(profile(server, user="ana"), Secret(SECRET))
    assert error.stage is wanted
    assert error.meaning.title and error.meaning.advice


@pytest.mark.parametrize(
    ("context", "cause"), [("wrong_name", "name"), ("expired", "expired"), ("unknown", "untrusted")]
)
@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_certificates_are_refused_each_for_its_own_reason(
    ca: Authority, context: str, cause: str, security: Security
) -> None:
    tls = getattr(ca, context)()
    with ScriptedServer(tls=tls, starttls=security is Security.STARTTLS) as server:
        error, _transcript = failing(profile(server, security, str(ca.ca_file)))
    assert cause in error.meaning.cause


def test_a_stripped_starttls_is_refused_before_any_password() -> None:
    with ScriptedServer(users={"ana": SECRET}) as server:
        error, transcript = failing(profile(server, Security.STARTTLS, user="ana"), Secret(SECRET))
        assert not server.signed_in
    assert error.stage is Stage.STARTTLS
    assert SECRET not in "\n".join(map(str, transcript.lines))


def test_a_password_does_not_cross_an_unencrypted_connection_without_leave() -> None:
    made = Profile("office", Relay("mail.example.com", 25, Security.NONE), username="ana")
    steps_error: list[StageFailed] = []

    async def run() -> None:
        steps = Steps(made, Secret(SECRET), Transcript(), QUICK)
        try:
            await steps.auth()
        except StageFailed as error:
            steps_error.append(error)

    asyncio.run(run())
    assert steps_error[0].stage is Stage.AUTH
    assert steps_error[0].meaning.cause == "profile.password-in-the-clear"


def test_a_silent_port_that_speaks_tls_is_found_out_quickly(ca: Authority) -> None:
    with ScriptedServer(tls=ca.trusted()) as server:
        error, _transcript = failing(profile(server, Security.STARTTLS), timeouts=Timeouts(30.0, 60.0, 30.0, 30.0))
    assert "tls" in error.meaning.cause


def test_a_server_that_never_greets_times_out(scripted: ScriptedServer) -> None:
    scripted.on("greeting", hang())
    error, _transcript = failing(profile(scripted), timeouts=Timeouts(1.0, 1.0, 1.0, 1.0))
    assert error.outcome.reply.code == 0


def test_the_test_of_a_profile_sends_nothing_and_resets(scripted: ScriptedServer) -> None:
    async def run() -> list[ProbeStep]:
        return [step async for step in probe(profile(scripted), None, to="a@example.com", timeouts=QUICK)]

    steps = asyncio.run(run())
    states = {step.step: step.state for step in steps}
    assert states == {
        **dict.fromkeys(("resolve", "connect", "greeting", "ehlo", "rset", "quit"), "ok"),
        **dict.fromkeys(("mail", "rcpt"), "ok"),
    }
    assert [heard.stage for heard in scripted.heard][-2:] == ["rset", "quit"]
    assert scripted.count("data") == 0


@pytest.mark.parametrize("host", ["a..example.com", ".example.com", f"{'a' * 64}.example.com"])
def test_a_host_name_that_cannot_be_encoded_is_one_that_is_not_found(host: str) -> None:
    error, _transcript = failing(Profile("office", Relay(host, 25, Security.NONE)))
    assert (error.stage, error.meaning.cause) == (Stage.RESOLVE, "network.dns")


def test_a_server_that_never_greets_is_there_but_silent() -> None:
    with ScriptedServer() as server:
        server.on("greeting", hang())
        error, _transcript = failing(profile(server), timeouts=Timeouts(0.3, 0.3, 5.0, 5.0))
    assert (error.stage, error.meaning.cause) == (Stage.GREETING, "relay.timeout")


def test_a_name_that_cannot_be_said_in_ehlo_fails_in_words() -> None:
    with ScriptedServer() as server:
        made = Profile("office", Relay(server.host, server.port, Security.NONE), Identity(ehlo_name="bücher.example"))
        error, _transcript = failing(made)
        assert error.stage is Stage.EHLO
        assert server.count("ehlo") == 0


@pytest.mark.parametrize("words", ["550 5.7.1 {} may not send", "nonsense {}"])
def test_a_password_repeated_in_the_mail_dialogue_is_masked_too(words: str) -> None:
    lost: list[Outcome | None] = []
    outcomes: list[Outcome] = []

    async def run(server: ScriptedServer) -> None:
        made = profile(server, user="ana")
        waiting: list[Transaction] = []
        hooks = Hooks(
            lambda: waiting.pop() if waiting else None,
            lambda _key: None,
            lambda _key, outcome: (outcomes.append(outcome), session.dialogue.drain())[0],
            lambda _key: None,
            lost.append,
        )
        session = await open_session(made, Secret(SECRET), hooks, QUICK)
        waiting.append(session.transaction(0, "a@example.com", "b@example.net", b"Subject: x\r\n\r\nx\r\n"))
        session.begin()
        await session.dialogue.closed

    with ScriptedServer(users={"ana": SECRET}) as server:
        server.on("mail", say(words.format(SECRET)))
        asyncio.run(run(server))
    heard = [outcome for outcome in [*outcomes, *lost] if outcome is not None]
    assert heard
    assert MASK in heard[0].reply.text
    assert not any(SECRET in repr(outcome) for outcome in heard)


def test_a_web_server_is_met_at_the_greeting() -> None:
    with ScriptedServer() as server:
        server.on("greeting", say("HTTP/1.1 400 Bad Request"))
        error, _transcript = failing(profile(server))
    assert (error.stage, error.meaning.cause) == (Stage.GREETING, "network.web-page")


@pytest.mark.parametrize(
    ("said", "security"),
    [
        ([], Security.NONE),
        ([], Security.TLS),
        ([b"220 hello\r\n"], Security.STARTTLS),
        ([b"220 hello\r\n", b"250-me\r\n250 STARTTLS\r\n"], Security.STARTTLS),
        ([b"220 hello\r\n", b"250-me\r\n250 STARTTLS\r\n", b"220 go ahead\r\n"], Security.STARTTLS),
        ([b"220 hello\r\n", b"250-me\r\n250 AUTH PLAIN\r\n"], Security.NONE),
    ],
    ids=["greeting", "tls", "ehlo", "starttls", "handshake", "auth"],
)
def test_opening_can_be_given_up_at_any_step_and_leaves_nothing_open(said: list[bytes], security: Security) -> None:
    """The server answers as far as ``said`` goes and then waits: for what it heard last, for ever."""

    async def run() -> None:
        silent, gone = asyncio.Event(), asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            answers = list(said)
            if answers:
                writer.write(answers.pop(0))
            try:
                while answers and await reader.readline():
                    writer.write(answers.pop(0))
                if said or security is Security.TLS:
                    await reader.read(1)  # the command, or the TLS hello, that gets no answer
                silent.set()
                while await reader.read(65536):
                    pass
            except ConnectionError:
                pass
            writer.close()
            gone.set()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        made = Profile("office", Relay("127.0.0.1", server.sockets[0].getsockname()[1], security), username="ana")
        hooks = Hooks(lambda: None, lambda _: None, lambda _k, _o: None, lambda _: None, lambda _: None)
        opening = asyncio.create_task(open_session(made, Secret(SECRET), hooks, Timeouts()))
        async with asyncio.timeout(10):
            await silent.wait()
            opening.cancel()
            await asyncio.wait({opening})
            await gone.wait()
        assert opening.cancelled()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        server.close()

    asyncio.run(run())


async def _resolve_here(_host: str, port: int) -> Sequence[Place]:
    return [(socket.AF_INET, ("127.0.0.1", port))]


@pytest.mark.parametrize("host", ["127.evil.example", "127.0.0.1.evil.example", "localhost.evil.example"])
def test_no_password_goes_in_the_clear_to_a_name_that_only_looks_like_this_computer(host: str) -> None:
    async def run(port: int) -> StageFailed:
        made = Profile("office", Relay(host, port, Security.NONE), username="ana")
        steps = Steps(made, Secret(SECRET), Transcript(), QUICK, resolve=_resolve_here)
        with pytest.raises(StageFailed) as raised:
            await steps.prepare()
        steps.abort()
        return raised.value

    with ScriptedServer(users={"ana": SECRET}) as server:
        error = asyncio.run(run(server.port))
        assert server.signed_in == []
    assert (error.stage, error.failure) == (Stage.AUTH, "auth-over-plain")


def steps_of(server: ScriptedServer, message: bytes | None = None) -> list[ProbeStep]:
    async def run() -> list[ProbeStep]:
        return [step async for step in probe(profile(server), None, message=message, timeouts=QUICK)]

    return asyncio.run(run())


def test_the_transcript_of_a_test_message_holds_every_reply() -> None:
    with ScriptedServer() as server:
        step = next(step for step in steps_of(server, b"Subject: x\r\n\r\nx\r\n") if step.step == "message")
        assert [taken.raw for taken in server.accepted()] == [b"Subject: x\r\n\r\nx\r\n"]
    heard = [line.text for line in step.lines if line.side == "<-"]
    assert [text[:3] for text in heard] == ["250", "250", "354", "250"]
    said = [(line.side, line.text[:4]) for line in step.lines]
    assert said.index(("->", "DATA")) + 1 == said.index(("<-", "354 ")), "the answer stands behind the command"


def test_a_refused_data_is_told_with_its_own_stage() -> None:
    with ScriptedServer() as server:
        server.on("data", say("451 4.3.0 not now"))
        step = next(step for step in steps_of(server, b"Subject: x\r\n\r\nx\r\n") if step.step == "message")
    assert (step.stage, step.state) == (Stage.DATA, "failed")
    assert [line.text for line in step.lines if line.side == "<-"][-1] == "451 4.3.0 not now"


def test_the_time_of_a_failed_step_is_the_servers_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the words mean is looked up once the answer is there, which takes as long as it takes."""
    looked: list[float] = []
    real = failures.explain

    def slowly(stage: Stage, reply: Reply, *, provider: str = "") -> Meaning:
        looked.append(time.monotonic())
        while time.monotonic() - looked[-1] < 0.3:  # as if the catalogue were read for the first time
            pass
        return real(stage, reply, provider=provider)

    monkeypatch.setattr(failures, "explain", slowly)
    with ScriptedServer() as server:
        server.on("mail", say("550 5.7.1 no"))
        began = time.monotonic()
        step = next(step for step in steps_of(server) if step.step == "mail")
    assert looked and step.seconds <= looked[0] - began
