"""The two ways to sign in: the system's browser (RFC 8252), or a code typed on another device (RFC 8628)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from smtpdesk.base.secret import Secret
from smtpdesk.domain.oauth import OAuthClient, OAuthServer
from smtpdesk.oauth import errors
from smtpdesk.oauth.grant import Grant
from smtpdesk.oauth.loopback import Loopback

T = TypeVar("T")

#: Seconds that a person has to sign in: a password, a second factor, the consent.
PATIENCE = 600.0
#: The port for the browser's way back, where it must be known before (a tunnel); otherwise a free one.
PORT_VARIABLE = "SMTPDESK_OAUTH_PORT"
#: RFC 8628 section 3.5: so many seconds more between two questions after ``slow_down``.
_SLOWER = 5.0


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What to show a person: type ``code`` at ``url``; ``complete_url`` has the code in it (a link, a QR code).

    ``lifetime``: seconds until the code runs out.
    """

    code: str
    url: str
    complete_url: str
    lifetime: float


async def sign_in_in_browser(
    server: OAuthServer,
    client: OAuthClient,
    open_browser: Callable[[str], bool],
    *,
    login: str = "",
    cancel: asyncio.Event | None = None,
    patience: float = PATIENCE,
) -> Grant:
    """Let the person sign in on the provider's own page, in the browser that they trust.

    Args:
        open_browser: opens an address; False when it cannot.
        login: the account that the person means.
        cancel: set by the person who gives it up.
        patience: seconds to wait for the person.

    Raises:
        DeskError: ``oauth.denied``, ``oauth.timeout``, ``oauth.cancelled``, ``oauth.browser``, ``oauth.port``,
            ``oauth.no-refresh``, ``oauth.unreachable``, ``oauth.client`` or ``oauth.refused``.
    """
    return await _patient(server, _browser(server, client, open_browser, login), cancel, patience)


async def _browser(server: OAuthServer, client: OAuthClient, open_browser: Callable[[str], bool], login: str) -> Grant:
    from smtpdesk.oauth import protocol  # oauthlib takes 40 ms, which only those who sign in need to spend

    async with Loopback(server.redirect_host, _port()) as listener:
        request = protocol.authorization_request(server, client, listener.redirect, login)
        if not await asyncio.to_thread(open_browser, request.url):
            raise errors.no_browser()
        query = await listener.answer(partial(protocol.is_ours, request))
        code = protocol.code_in(server, request, query)
        return _lasting(server, await protocol.redeem(server, client, request, code))


async def sign_in_by_code(
    server: OAuthServer,
    client: OAuthClient,
    show_code: Callable[[DeviceCode], None],
    *,
    cancel: asyncio.Event | None = None,
    patience: float = PATIENCE,
) -> Grant:
    """Let the person sign in on any device with a browser, by typing a code there.

    Raises:
        DeskError: as :func:`sign_in_in_browser`, and ``oauth.no-device``.
    """
    if not server.device_url:
        raise errors.no_device(server)
    return await _patient(server, _device(server, client, show_code), cancel, patience)


async def _device(server: OAuthServer, client: OAuthClient, show_code: Callable[[DeviceCode], None]) -> Grant:
    from smtpdesk.oauth import protocol  # as above

    shown = await protocol.device(server, client)
    show_code(DeviceCode(shown.user_code, shown.verification_uri, shown.complete_uri, shown.lifetime))
    interval = shown.interval
    while True:
        await asyncio.sleep(interval)
        try:
            return _lasting(server, await protocol.device_grant(server, client, shown))
        except protocol.Again as again:
            interval += _SLOWER if again.slower else 0.0
        except protocol.CodeExpired:
            raise errors.late(server) from None


async def sign_out(server: OAuthServer, client: OAuthClient, token: Secret) -> bool:
    """Have the provider forget a refresh token; False where it has no way to be told.

    Raises:
        TokenError: no answer, or refused.
    """
    if not server.revocation_url:
        return False
    from smtpdesk.oauth import protocol  # as above

    await protocol.revoke(server, client, token)
    return True


def _lasting(server: OAuthServer, grant: Grant) -> Grant:
    if grant.refresh is None:
        raise errors.no_refresh(server)
    return grant


async def _patient(
    server: OAuthServer, work: Coroutine[Any, Any, T], cancel: asyncio.Event | None, patience: float
) -> T:
    """The result of ``work``, unless the person gives up or takes too long."""
    working = asyncio.ensure_future(work)
    given_up = asyncio.ensure_future((cancel or asyncio.Event()).wait())
    both: set[asyncio.Future[Any]] = {working, given_up}
    try:
        await asyncio.wait(both, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise errors.cancelled() if given_up.done() else errors.late(server)
    finally:
        for task in both:
            task.cancel()
        await asyncio.wait(both)


def _port() -> int:
    given = os.environ.get(PORT_VARIABLE, "")
    return int(given) if given.isascii() and given.isdigit() and int(given) < 65536 else 0
