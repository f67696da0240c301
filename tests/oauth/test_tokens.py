"""Access tokens for as long as a run lasts: renewed beside it, with a refresh token that changes each time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpdesk.base.errors import DeskError
from smtpdesk.base.secret import Secret
from smtpdesk.domain.oauth import OAuthClient, OAuthServer, TokenError
from smtpdesk.oauth import TokenSource, protocol
from smtpdesk.oauth.clients import find_client, keep_client
from smtpdesk.oauth.grant import Grant, account_in
from tests.servers.authorization import CLIENT, Authorization, query_of

US = OAuthClient(CLIENT)


class Shelf:
    """A place for one refresh token; ``read_only`` like an environment variable."""

    def __init__(self, kept: Secret | None, read_only: bool = False) -> None:
        self.kept, self.read_only = kept, read_only

    async def newest(self) -> Secret | None:
        return self.kept

    async def keep(self, secret: Secret) -> None:
        if not self.read_only:
            self.kept = secret


class Clock:
    """The time as the tokens see it."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    made = Clock()
    monkeypatch.setattr("smtpdesk.oauth.source.now", made)
    yield made


async def first(authorization: Authorization, server: OAuthServer) -> Secret:
    """The refresh token of a sign-in."""
    request = protocol.authorization_request(server, US, "http://127.0.0.1:9", "")
    code = await asyncio.to_thread(authorization.decide, request.url)
    grant = await protocol.redeem(server, US, request, Secret(query_of(code)["code"]))
    assert grant.refresh is not None
    return grant.refresh


def refreshed(authorization: Authorization) -> int:
    return int(authorization.said()["asked"].get("refresh_token", 0))


async def test_one_token_serves_many_connections(authorization: Authorization, server: OAuthServer) -> None:
    shelf = Shelf(await first(authorization, server))
    source = TokenSource("office", server, US, shelf.newest, shelf.keep)
    tokens = await asyncio.gather(*(source.token() for _ in range(8)))
    assert len(set(tokens)) == 1 and refreshed(authorization) == 1
    assert "at-" not in repr(tokens) + repr(vars(source)) and "rt-" not in repr(vars(source))


async def test_a_token_is_renewed_beside_the_sending_before_it_ends(
    authorization: Authorization, server: OAuthServer, clock: Clock
) -> None:
    shelf = Shelf(await first(authorization, server))
    source = TokenSource("office", server, US, shelf.newest, shelf.keep)
    old, kept = await source.token(), shelf.kept
    clock.now += 3600 - 200
    assert await source.token() == old, "nobody waits: the token at hand is still good"
    beside = source._beside
    assert beside is not None
    await beside
    assert await source.token() != old and refreshed(authorization) == 2
    assert shelf.kept != kept, "the refresh token has changed and the new one is kept"


async def test_a_token_that_has_ended_is_not_used(
    authorization: Authorization, server: OAuthServer, clock: Clock
) -> None:
    shelf = Shelf(await first(authorization, server))
    source = TokenSource("office", server, US, shelf.newest, shelf.keep)
    old = await source.token()
    clock.now += 3599
    assert await source.token() != old


async def test_a_token_that_a_server_refuses_is_replaced_once_for_all(
    authorization: Authorization, server: OAuthServer, clock: Clock
) -> None:
    shelf = Shelf(await first(authorization, server))
    source = TokenSource("office", server, US, shelf.newest, shelf.keep)
    old = await source.token()
    newer = await asyncio.gather(*(source.token(refused=old) for _ in range(5)))
    assert len(set(newer)) == 1 and newer[0] != old and refreshed(authorization) == 2
    with pytest.raises(TokenError) as raised:
        await source.token(refused=newer[0])
    assert raised.value.failure == "token-refused" and refreshed(authorization) == 2, "a third one will not do"
    clock.now += 61
    assert await source.token(refused=newer[0]) not in {old, newer[0]}


async def test_two_processes_use_no_refresh_token_twice(
    authorization: Authorization, server: OAuthServer, clock: Clock
) -> None:
    shelf = Shelf(await first(authorization, server))
    turn = asyncio.Lock()
    sources = [TokenSource("office", server, US, shelf.newest, shelf.keep, lambda: turn) for _ in range(4)]  # type: ignore[arg-type,return-value]
    for _ in range(3):
        tokens = await asyncio.gather(*(source.token(refused=source._access) for source in sources))
        assert len(set(tokens)) == 4
        clock.now += 61
    assert authorization.said()["reused"] == 0


async def test_where_nothing_can_be_kept_the_newest_is_the_one_in_memory(
    authorization: Authorization, server: OAuthServer
) -> None:
    shelf = Shelf(await first(authorization, server), read_only=True)
    source = TokenSource("office", server, US, shelf.newest, shelf.keep)
    old = await source.token()
    assert await source.token(refused=old) != old and authorization.said()["reused"] == 0


async def test_withdrawn_consent_says_so_until_somebody_signs_in_again(
    authorization: Authorization, server: OAuthServer, clock: Clock
) -> None:
    shelf = Shelf(await first(authorization, server))
    source = TokenSource("office", server, US, shelf.newest, shelf.keep)
    old = await source.token()
    authorization.want(withdraw=True)
    with pytest.raises(TokenError) as raised:
        await source.token(refused=old)
    assert (raised.value.code, raised.value.failure) == ("profile.consent-withdrawn", "consent-withdrawn")
    assert "Sign in again" in raised.value.hint
    shelf.kept = await first(authorization, server)
    clock.now += 61
    assert await source.token(refused=old) != old


async def test_a_failure_beside_the_sending_disturbs_nobody(
    authorization: Authorization, server: OAuthServer, clock: Clock
) -> None:
    shelf = Shelf(await first(authorization, server))
    source = TokenSource("office", server, US, shelf.newest, shelf.keep)
    old = await source.token()
    authorization.want(error="503")
    clock.now += 3600 - 200
    assert await source.token() == old
    assert source._beside is not None
    await source._beside
    assert await source.token() == old
    clock.now += 195
    with pytest.raises(TokenError) as raised:
        await source.token()
    assert raised.value.failure == "token-unreachable"
    authorization.want(error="")
    assert await source.token() != old


async def test_without_a_sign_in_there_is_no_token(server: OAuthServer) -> None:
    shelf = Shelf(None)
    with pytest.raises(DeskError) as raised:
        await TokenSource("office", server, US, shelf.newest, shelf.keep).token()
    assert raised.value.code == "profile.not-signed-in" and "office" in raised.value.sentence


# -- who we are -----------------------------------------------------------------------------------------------------


def test_a_client_is_found_in_the_environment_in_the_settings_and_in_the_package(
    server: OAuthServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smtpdesk.oauth import clients

    (tmp_path / "oauth").mkdir()
    (tmp_path / "oauth" / "clients.toml").write_text('[office]\nid = "packaged"\n', encoding="utf-8")
    monkeypatch.setattr(clients, "resources", lambda: tmp_path)
    clients._packaged.cache_clear()
    try:
        typed = keep_client({}, "office", OAuthClient("typed", Secret("s")))
        environ = {"SMTPDESK_OAUTH_CLIENT_ID_OFFICE": "by-service", "SMTPDESK_OAUTH_CLIENT_ID_OFFICE_MAIL": "by-preset"}
        found = [
            find_client(server, "office-mail", typed, environ),
            find_client(server, "other", typed, environ),
            find_client(server, "office-mail", typed, {}),
            find_client(server, "office-mail", {}, {}),
        ]
        assert [one.id if one else "" for one in found] == ["by-preset", "by-service", "typed", "packaged"]
        assert found[2] is not None and found[2].secret == Secret("s")
    finally:
        clients._packaged.cache_clear()
    monkeypatch.undo()
    clients._packaged.cache_clear()
    assert find_client(server, "office-mail", keep_client(typed, "office", None), {}) is None


@pytest.mark.parametrize("text", ["", "a.b", "a.!!!.c", "e30.e30.e30", "e30.W10.x", "e30.eyJlbWFpbCI6IDF9.x"])
def test_what_names_no_account_is_no_account(text: str) -> None:
    assert account_in(text) == ""


class SlowShelf(Shelf):
    """Keeps when it is let, so that something can happen meanwhile."""

    def __init__(self, kept: Secret | None) -> None:
        super().__init__(kept)
        self.asked, self.may = asyncio.Event(), asyncio.Event()

    async def keep(self, secret: Secret) -> None:
        self.asked.set()
        await self.may.wait()
        await super().keep(secret)


@pytest.mark.parametrize("when", ["keeping", "answered"])
async def test_a_refresh_token_is_not_lost_when_a_connect_is_cancelled(
    authorization: Authorization, server: OAuthServer, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await first(authorization, server)
    shelf = SlowShelf(old)
    real = protocol.refresh

    async def refresh(*asked: object) -> Grant:
        """The server has answered, and its answer is still on its way to us."""
        grant = await real(*asked)  # type: ignore[arg-type]
        shelf.asked.set()
        await shelf.may.wait()
        return grant

    if when == "answered":
        monkeypatch.setattr(protocol, "refresh", refresh)
    source = TokenSource("office", server, US, shelf.newest, shelf.keep)
    connecting = asyncio.create_task(source.token())
    await shelf.asked.wait()
    connecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await connecting
    waiting = [asyncio.create_task(source.token()) for _ in range(3)]
    await asyncio.sleep(0)
    shelf.may.set()
    tokens = await asyncio.gather(*waiting)
    assert len(set(tokens)) == 1 and refreshed(authorization) == 1, "the next ones wait for the same renewal"
    assert shelf.kept not in {None, old}
    assert authorization.said()["reused"] == 0
    assert await TokenSource("office", server, US, shelf.newest, shelf.keep).token()
    assert authorization.said()["reused"] == 0


def test_a_refresh_token_is_not_lost_when_the_program_ends(authorization: Authorization, server: OAuthServer) -> None:
    shelf = SlowShelf(None)

    async def program() -> None:
        shelf.kept = await first(authorization, server)
        source = TokenSource("office", server, US, shelf.newest, shelf.keep)
        asyncio.get_running_loop().create_task(source.token()).add_done_callback(lambda _task: shelf.may.set())
        await shelf.asked.wait()  # and here it ends, with the new one in nobody's hands but ours

    asyncio.run(program())
    kept, shelf.kept = shelf.kept, None
    assert kept is not None

    async def again() -> None:
        later = Shelf(kept)
        assert await TokenSource("office", server, US, later.newest, later.keep).token()

    asyncio.run(again())
    assert authorization.said()["reused"] == 0
