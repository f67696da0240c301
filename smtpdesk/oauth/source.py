"""Access tokens for one profile, for as long as a process lives."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext

from smtpdesk.base.cancelling import to_the_end
from smtpdesk.base.clock import now
from smtpdesk.base.errors import DeskError
from smtpdesk.base.secret import Secret
from smtpdesk.domain.oauth import OAuthClient, OAuthServer, TokenError
from smtpdesk.oauth.errors import not_signed_in, not_taken
from smtpdesk.oauth.grant import Grant

_log = logging.getLogger("smtpdesk.oauth")
#: A token is renewed beside the sending from so many seconds before its end, and not used for the last few.
_SOON, _LAST = 300.0, 30.0
#: Two tokens that are refused within so many seconds are enough.
_ENOUGH = 60.0

#: The newest refresh token that is known, or None.
Newest = Callable[[], Awaitable[Secret | None]]
#: Keeps a refresh token that the server has changed.
Keep = Callable[[Secret], Awaitable[None]]


class TokenSource:
    """Gives an access token that is valid now; renews it before it ends, one renewal at a time.

    New connections use the token at hand while the next one is fetched, so that nothing waits for it.

    Args:
        profile: whose tokens these are, for words. ``server``, ``client``: where and as whom to ask.
        newest, keep: the vault. Another process may have changed the refresh token meanwhile: the newest is used.
        gate: held while a refresh token is used and replaced: no two processes may use the same one twice.
    """

    def __init__(
        self,
        profile: str,
        server: OAuthServer,
        client: OAuthClient,
        newest: Newest,
        keep: Keep,
        gate: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
    ) -> None:
        self._profile = profile
        self._server = server
        self._client = client
        self._newest = newest
        self._keep = keep
        self._gate = gate
        self._turn = asyncio.Lock()
        self._refresh: Secret | None = None
        #: What the vault said last.
        self._kept: Secret | None = None
        self._access: Secret | None = None
        self._ends, self._renew_at = 0.0, 0.0
        self._refused_at = float("-inf")
        self._beside: asyncio.Task[None] | None = None
        self._renewal: asyncio.Task[None] | None = None

    async def token(self, refused: Secret | None = None) -> Secret:
        """A token that is valid now; another one than ``refused``.

        Raises:
            TokenError: ``profile.consent-withdrawn``, ``profile.not-signed-in``, ``oauth.unreachable``,
                ``oauth.client``, ``oauth.refused`` or ``profile.token-refused``.
            VaultError: the keyring is locked or refuses.
        """
        if self._access is not None and self._access != refused and now() < self._ends:
            if now() >= self._renew_at and (self._beside is None or self._beside.done()):
                self._beside = asyncio.create_task(self._renew_beside())
            return self._access
        async with self._turn:
            if self._access is not None and self._access == refused:
                self._mind(now())
            if self._access is None or self._access == refused or now() >= self._ends:
                await self._renew()
            assert self._access is not None
            return self._access

    def _mind(self, moment: float) -> None:
        """A token was refused before its time; where its successor is, too, a third will not do."""
        if moment - self._refused_at < _ENOUGH:
            raise not_taken()
        self._refused_at = moment

    async def _renew_beside(self) -> None:
        before = self._access
        async with self._turn:
            if self._access != before:
                return
            try:
                await self._renew()
            except (DeskError, TimeoutError) as error:
                # The token at hand still serves; whoever needs the next one hears of it.
                self._renew_at = self._ends
                _log.info("a token could not be renewed early: %s", getattr(error, "code", "locked"))

    async def _renew(self) -> None:
        """Renew the token, or wait for who is at it. Whoever waits may be cancelled; the renewal goes on.

        The server may have changed the refresh token already: given up here, the new one would be lost and the old
        one worth nothing.
        """
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(to_the_end(self._renewed()))
            self._renewal.add_done_callback(_seen)
        await asyncio.shield(self._renewal)

    async def _renewed(self) -> None:
        async with self._gate():
            grant = await self._granted(await self._latest())
        self._access = grant.access
        early = min(_LAST, grant.lifetime * 0.15)
        self._ends = now() + grant.lifetime - early
        self._renew_at = now() + grant.lifetime - max(early, min(_SOON, grant.lifetime * 0.4))

    async def _latest(self) -> Secret:
        """The newest refresh token: what is kept, unless we have had a newer one that could not be kept."""
        kept = await self._newest()
        if kept is not None and kept != self._kept:
            self._kept = self._refresh = kept
        if self._refresh is None:
            raise not_signed_in(self._profile)
        return self._refresh

    async def _granted(self, used: Secret) -> Grant:
        from smtpdesk.oauth import protocol  # oauthlib takes 40 ms, which only those who need a token have to spend

        try:
            grant = await protocol.refresh(self._server, self._client, used)
        except TokenError as error:
            if error.code != "profile.consent-withdrawn":
                raise
            newer = await self._latest()  # somebody signed in again, or another process has used this one up
            if newer == used:
                raise
            grant = await protocol.refresh(self._server, self._client, newer)
        if grant.refresh is not None and grant.refresh != self._refresh:
            # The old one may be worth nothing from here on: before all else the new one is kept.
            self._refresh = grant.refresh
            await self._keep(grant.refresh)
        return grant


def _seen(task: asyncio.Task[None]) -> None:
    """Nobody may be waiting any more; whoever asks next hears of it then."""
    if not task.cancelled():
        task.exception()
