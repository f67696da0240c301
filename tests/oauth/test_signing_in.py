"""Signing in at a real authorization server, in a browser and by code."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from smtpdesk.base.errors import Cancelled, DeskError
from smtpdesk.base.secret import Secret
from smtpdesk.domain.oauth import OAuthClient, OAuthServer
from smtpdesk.oauth import DeviceCode, protocol, sign_in_by_code, sign_in_in_browser, sign_out
from tests.servers.authorization import CLIENT, SECRET, USER, Authorization, follow, query_of

US = OAuthClient(CLIENT)


async def in_browser(
    server: OAuthServer, browse: Callable[[str], Any], client: OAuthClient = US, **more: Any
) -> tuple[Any, str]:
    """Sign in while ``browse`` is what happens to the address that is opened; the grant and the page shown at last."""
    pages: list[asyncio.Future[str]] = []
    loop = asyncio.get_running_loop()

    def open_browser(url: str) -> bool:
        pages.append(asyncio.run_coroutine_threadsafe(asyncio.to_thread(browse, url), loop))  # type: ignore[arg-type]
        return True

    try:
        grant = await sign_in_in_browser(server, client, open_browser, **more)
    finally:
        shown = [await asyncio.wrap_future(page) for page in pages]  # type: ignore[arg-type]
    return grant, shown[0]


async def test_a_person_signs_in_with_the_browser(authorization: Authorization, server: OAuthServer) -> None:
    opened = []

    def browse(url: str) -> str:
        opened.append(url)
        return authorization.browse(url)

    grant, page = await in_browser(server, browse, login="ana@office.example")
    assert "You can close this page" in page
    assert grant.account == USER and grant.refresh and grant.lifetime == 3600
    assert {grant.access.reveal(), grant.refresh.reveal()} == set(authorization.said()["secrets"])
    asked = query_of(opened[0])
    assert asked["code_challenge_method"] == "S256" and len(asked["code_challenge"]) == 43
    assert asked["login_hint"] == "ana@office.example" and asked["scope"] == "mail offline_access openid email"
    assert urlsplit(asked["redirect_uri"]).hostname == "127.0.0.1"
    assert len(asked["state"]) >= 43
    assert "at-" not in repr(grant) and "rt-" not in repr(grant)


async def test_who_says_no_there_hears_that_nothing_was_changed(
    authorization: Authorization, server: OAuthServer
) -> None:
    with pytest.raises(DeskError) as raised:
        await in_browser(server, lambda url: authorization.browse(url, "deny"))
    assert raised.value.code == "oauth.denied"
    assert authorization.said()["secrets"] == []


async def test_an_answer_with_another_state_is_sent_away_and_ends_nothing(
    authorization: Authorization, server: OAuthServer
) -> None:
    forged = []

    def browse(url: str) -> str:
        home = query_of(url)["redirect_uri"]
        forged.append(follow(f"{home}/?{urlencode({'code': 'stolen', 'state': 'guessed'})}"))
        forged.append(follow(f"{home}/?{urlencode({'code': 'stolen'})}"))
        forged.append(follow(f"{home}/favicon.ico"))
        return authorization.browse(url)

    grant, _page = await in_browser(server, browse)
    assert "not our sign-in" in forged[0] and "not our sign-in" in forged[1] and "Nothing is here" in forged[2]
    assert grant.refresh and authorization.said()["asked"]["authorization_code"] == 1


async def test_a_code_that_somebody_else_caught_is_worth_nothing_to_them(
    authorization: Authorization, server: OAuthServer
) -> None:
    ours = protocol.authorization_request(server, US, "http://127.0.0.1:9", "")
    code = Secret(query_of(authorization.decide(ours.url))["code"])
    theirs = replace(ours, verifier=Secret("x" * 64))
    with pytest.raises(DeskError) as raised:
        await protocol.redeem(server, US, theirs, code)
    assert raised.value.code == "profile.consent-withdrawn" and authorization.said()["secrets"] == []


async def test_a_browser_that_cannot_be_opened_is_said(server: OAuthServer) -> None:
    with pytest.raises(DeskError) as raised:
        await sign_in_in_browser(server, US, lambda url: False)
    assert raised.value.code == "oauth.browser" and "--device" in raised.value.hint


async def test_a_port_that_is_taken_is_said(server: OAuthServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv("SMTPDESK_OAUTH_PORT", str(port))
        with pytest.raises(DeskError) as raised:
            await sign_in_in_browser(server, US, lambda url: True)
    assert raised.value.code == "oauth.port" and str(port) in raised.value.sentence


async def test_who_takes_too_long_or_gives_up_leaves_nothing_open(server: OAuthServer) -> None:
    opened: list[str] = []
    with pytest.raises(DeskError) as raised:
        await sign_in_in_browser(server, US, lambda url: not opened.append(url), patience=0.05)
    assert raised.value.code == "oauth.timeout"
    given_up = asyncio.Event()
    loop = asyncio.get_running_loop()

    def give_up(url: str) -> bool:
        opened.append(url)
        loop.call_soon_threadsafe(given_up.set)
        return True

    with pytest.raises(Cancelled):
        await sign_in_in_browser(server, US, give_up, cancel=given_up)
    for url in opened:
        home = urlsplit(query_of(url)["redirect_uri"])
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((home.hostname or "", home.port or 0), timeout=5)


async def test_a_desktop_client_may_have_a_secret(authorization: Authorization, server: OAuthServer) -> None:
    authorization.want(wants_secret=True)
    grant, _page = await in_browser(server, authorization.browse, OAuthClient(CLIENT, Secret(SECRET)))
    assert grant.refresh
    with pytest.raises(DeskError) as raised:
        await in_browser(server, authorization.browse, OAuthClient(CLIENT, Secret("wrong")))
    assert raised.value.code == "oauth.client"


async def test_signing_out_is_told_to_the_provider(authorization: Authorization, server: OAuthServer) -> None:
    grant, _page = await in_browser(server, authorization.browse)
    assert await sign_out(server, US, grant.refresh)
    with pytest.raises(DeskError) as raised:
        await protocol.refresh(server, US, grant.refresh)
    assert raised.value.code == "profile.consent-withdrawn"
    assert not await sign_out(replace(server, revocation_url=""), US, grant.refresh)


# -- by code --------------------------------------------------------------------------------------------------------


async def test_a_person_signs_in_with_a_code_on_another_device(
    authorization: Authorization, server: OAuthServer
) -> None:
    authorization.want(interval=0)
    shown: list[DeviceCode] = []
    signing = asyncio.create_task(sign_in_by_code(server, US, shown.append))
    while authorization.said()["asked"].get("device_code", 0) < 2:  # noqa: ASYNC110 - the server's own count
        await asyncio.sleep(0)
    assert shown[0].url.endswith("/device/enter") and shown[0].code in shown[0].complete_url
    await asyncio.to_thread(authorization.enter, shown[0].code)
    grant = await signing
    assert grant.refresh and grant.account == USER


async def test_asking_more_slowly_when_told_to(
    authorization: Authorization, server: OAuthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    authorization.want(interval=0, slow_down=2)
    slept: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 4:
            await asyncio.to_thread(authorization.enter, shown[0].code)
        await real(0)

    monkeypatch.setattr("smtpdesk.oauth.flow.asyncio.sleep", sleep)
    shown: list[DeviceCode] = []
    await sign_in_by_code(server, US, shown.append)
    assert slept == [0, 5, 10, 10], "RFC 8628 section 3.5: five seconds more each time, and never fewer again"


@pytest.mark.parametrize(
    ("how", "code"), [("deny", "oauth.denied"), ("cancel", "oauth.cancelled"), ("late", "oauth.timeout")]
)
async def test_a_code_that_comes_to_nothing(
    authorization: Authorization, server: OAuthServer, how: str, code: str
) -> None:
    authorization.want(interval=0)
    cancel = asyncio.Event()

    def show(shown: DeviceCode) -> None:
        if how == "deny":
            authorization.enter(shown.code, "deny")
        elif how == "cancel":
            cancel.set()

    with pytest.raises(DeskError) as raised:
        await sign_in_by_code(server, US, show, cancel=cancel, patience=0.2 if how == "late" else 20)
    assert raised.value.code == code and authorization.said()["secrets"] == []


async def test_a_provider_without_codes_says_so(server: OAuthServer) -> None:
    with pytest.raises(DeskError) as raised:
        await sign_in_by_code(replace(server, device_url=""), US, lambda shown: None)
    assert raised.value.code == "oauth.no-device"


# -- what the server says -------------------------------------------------------------------------------------------


async def test_a_client_that_the_provider_does_not_know(authorization: Authorization, server: OAuthServer) -> None:
    authorization.want(clients=[])
    with pytest.raises(DeskError) as raised:
        await protocol.refresh(server, US, Secret("rt-never-mind"))
    assert raised.value.code == "oauth.client"


@pytest.mark.parametrize(
    ("error", "code"),
    [("invalid_grant", "profile.consent-withdrawn"), ("503", "oauth.unreachable"), ("odd_error", "oauth.refused"),
     ("temporarily_unavailable", "oauth.unreachable"), ("interaction_required", "profile.consent-withdrawn")],
)  # fmt: skip
async def test_a_refusal_that_repeats_our_token_does_not_bring_it_on_screen(
    authorization: Authorization, server: OAuthServer, error: str, code: str
) -> None:
    authorization.want(error=error)
    with pytest.raises(DeskError) as raised:
        await protocol.refresh(server, US, Secret("rt-very-secret"))
    assert raised.value.code == code
    told = [str(raised.value), repr(raised.value), str(raised.value.as_dict()), raised.value.detail]  # type: ignore[attr-defined]
    assert not any("rt-very-secret" in words for words in told)


async def test_nobody_there_and_nobody_to_trust(
    authorization: Authorization, server: OAuthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        gone = f"https://127.0.0.1:{closed.getsockname()[1]}/token"
        with pytest.raises(DeskError) as raised:
            await protocol.refresh(replace(server, token_url=gone), US, Secret("rt-1"))
    assert raised.value.code == "oauth.unreachable" and "refused" in raised.value.sentence
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(DeskError) as raised:
        await protocol.refresh(server, US, Secret("rt-1"))
    assert raised.value.code == "oauth.unreachable" and "certificate" in raised.value.sentence
    plain = replace(server, token_url=server.token_url.replace("https", "http"))
    with pytest.raises(DeskError) as raised:
        await protocol.refresh(plain, US, Secret("rt-1"))
    assert "https" in raised.value.sentence
    assert authorization.said()["asked"] == {}
