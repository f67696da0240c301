"""Signing in with an access token at a real Dovecot that asks the authorization server about it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace

import pytest

from smtpdesk.base.secret import Secret
from smtpdesk.domain.delivery import Blame, Stage
from smtpdesk.domain.oauth import OAuthClient, TokenError, Tokens
from smtpdesk.domain.profile import OAUTH2, Identity, Profile, Relay, Security
from smtpdesk.oauth import protocol
from smtpdesk.smtp import bearer
from smtpdesk.smtp.failures import StageFailed
from smtpdesk.smtp.probe import ProbeStep, probe
from smtpdesk.smtp.steps import Steps, Timeouts
from smtpdesk.smtp.transcript import Transcript
from tests.oauth.conftest import server as server
from tests.servers.authorization import CLIENT, USER, Authorization, query_of
from tests.servers.dovecot import Dovecot
from tests.servers.scripted import ScriptedServer, say

US = OAuthClient(CLIENT)
WAIT = Timeouts(10, 10, 10, 10)


class Given:
    """Gives these one after the other; the last one again and again."""

    def __init__(self, tokens: Sequence[Secret | TokenError]) -> None:
        self._tokens = list(tokens)
        self.refused: list[Secret | None] = []

    async def token(self, host: str, refused: Secret | None = None) -> Secret:
        self.refused.append(refused)
        one = self._tokens.pop(0) if len(self._tokens) > 1 else self._tokens[0]
        if isinstance(one, TokenError):
            raise one
        return one


def profile(dovecot: Dovecot, username: str = USER) -> Profile:
    relay = Relay("127.0.0.1", dovecot.port, Security.STARTTLS, str(dovecot.ca_file))
    return Profile("office", relay, Identity(USER), username, sign_in=OAUTH2)


async def access(authorization: Authorization, server: object) -> Secret:
    request = protocol.authorization_request(server, US, "http://127.0.0.1:9", "")  # type: ignore[arg-type]
    code = query_of(authorization.decide(request.url))["code"]
    return (await protocol.redeem(server, US, request, Secret(code))).access  # type: ignore[arg-type]


async def probed(profile: Profile, tokens: Tokens | Secret | None) -> list[ProbeStep]:
    return [step async for step in probe(profile, tokens, timeouts=WAIT)]


def words(steps: Sequence[ProbeStep]) -> str:
    return "\n".join(f"{step!r} {line}" for step in steps for line in step.lines)


@pytest.mark.parametrize("mechanism", bearer.MECHANISMS)
async def test_a_token_opens_the_door_and_shows_nowhere(
    dovecot: Dovecot, authorization: Authorization, server: object, mechanism: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bearer, "MECHANISMS", (mechanism,))
    token = await access(authorization, server)
    steps = await probed(profile(dovecot), Given([token]))
    assert [step.state for step in steps] == ["ok"] * len(steps)
    signed = next(step for step in steps if step.stage is Stage.AUTH)
    assert mechanism in signed.detail.lower()
    said = words(steps)
    response = base64.b64encode(bearer.initial_response(mechanism, profile(dovecot), token.reveal())).decode()
    assert f"AUTH {mechanism.upper()} ********" in said
    assert token.reveal() not in said and response not in said


@pytest.mark.parametrize("mechanism", bearer.MECHANISMS)
async def test_a_token_that_is_none_is_refused_with_the_reason(
    dovecot: Dovecot, authorization: Authorization, mechanism: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bearer, "MECHANISMS", (mechanism,))
    steps = await probed(profile(dovecot), Secret("at-made-up"))
    failed = next(step for step in steps if step.state == "failed")
    assert failed.stage is Stage.AUTH and failed.meaning is not None and failed.reply is not None
    assert (failed.meaning.cause, failed.meaning.blame) == ("profile.token-refused", Blame.PROFILE)
    why = "status 401" if mechanism == "xoauth2" else "status invalid_token"
    assert failed.reply.code == 535 and why in failed.reply.text
    assert f"-- the server says of the token: {why}" in "\n".join(str(line) for line in failed.lines)
    assert "at-made-up" not in words(steps)


async def test_a_refused_token_is_replaced_on_the_same_connection(
    dovecot: Dovecot, authorization: Authorization, server: object
) -> None:
    old = Secret("at-expired-long-ago")
    given = Given([old, await access(authorization, server)])
    transcript = Transcript()
    steps = Steps(profile(dovecot), given, transcript, WAIT)
    await steps.prepare()
    await steps.close()
    assert given.refused == [None, old]
    said = "\n".join(map(str, transcript.lines))
    assert "trying once more with a new one" in said and said.count("AUTH OAUTHBEARER") == 2


async def test_no_token_is_explained_at_the_sign_in(dovecot: Dovecot, authorization: Authorization) -> None:
    from smtpdesk.oauth.errors import withdrawn

    for tokens, cause in (
        (Given([withdrawn("revoked")]), "profile.consent-withdrawn"),
        (None, "profile.not-signed-in"),
    ):
        steps = await probed(profile(dovecot), tokens)
        failed = next(step for step in steps if step.state == "failed")
        assert failed.stage is Stage.AUTH and failed.meaning is not None and failed.meaning.cause == cause
        assert failed.meaning.blame is Blame.PROFILE


async def test_a_server_that_takes_passwords_only_is_no_server_for_tokens() -> None:
    with ScriptedServer(users={"ana": "x"}) as scripted:
        relay = Relay("127.0.0.1", scripted.port, Security.NONE)
        steps = Steps(Profile("office", relay, username="ana", sign_in=OAUTH2), Secret("at-1"), Transcript(), WAIT)
        with pytest.raises(StageFailed) as raised:
            await steps.prepare()
        steps.abort()
    assert raised.value.meaning.cause == "profile.no-token-sign-in"
    assert "plain" in raised.value.outcome.reply.text


async def test_a_server_that_hangs_up_on_a_token_gets_the_newer_one_on_the_next_connection() -> None:
    with ScriptedServer(mechanisms=("XOAUTH2",), users={"ana": ""}) as scripted:
        scripted.on("auth", say("535 5.7.3 Authentication unsuccessful", then_drop=True))
        made = Profile("office", Relay("127.0.0.1", scripted.port, Security.NONE), username="ana", sign_in=OAUTH2)
        given = Given([Secret("at-old"), Secret("at-new")])
        steps = Steps(made, given, Transcript(), WAIT)
        with pytest.raises(StageFailed) as raised:
            await steps.prepare()
        steps.abort()
    assert (raised.value.meaning.cause, raised.value.meaning.blame) == ("network.disconnected", Blame.NETWORK)
    assert given.refused == [None, Secret("at-old")]


async def test_no_token_crosses_a_network_in_the_clear(dovecot: Dovecot) -> None:
    steps = Steps(profile(dovecot), Given([Secret("at-1")]), Transcript(), WAIT)
    steps.relay = replace(steps.relay, host="mail.office.example")
    with pytest.raises(StageFailed) as raised:
        await steps.auth()
    assert raised.value.meaning.cause == "profile.password-in-the-clear"


def test_the_name_is_written_as_the_standard_wants_it() -> None:
    one = Profile("office", Relay("mail.example", 587), username="a=b,c@example.com")
    said = bearer.initial_response("oauthbearer", one, "t")
    assert said == b"n,a=a=3Db=2Cc@example.com,\x01host=mail.example\x01port=587\x01auth=Bearer t\x01\x01"
    assert bearer.initial_response("xoauth2", one, "t") == b"user=a=b,c@example.com\x01auth=Bearer t\x01\x01"


@pytest.mark.parametrize("text", ["", "not base64!", "W10=", "e30=", base64.b64encode(b'{"status": {}}').decode()])
def test_a_challenge_that_says_nothing_is_no_trouble(text: str) -> None:
    assert bearer._challenge(text) == ""
