"""From a profile to what gives its access tokens: the one place where that is put together, for worker and desk."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from filelock import FileLock

from smtpdesk.base import private
from smtpdesk.base.errors import InputError, VaultError
from smtpdesk.base.i18n import _
from smtpdesk.base.secret import Secret
from smtpdesk.domain.oauth import OAuthClient, OAuthServer
from smtpdesk.domain.profile import Profile
from smtpdesk.oauth import GuardedTokens, TokenSource, find_client, no_client, variable_names
from smtpdesk.oauth.clients import SETTING
from smtpdesk.providers import provider, token_hosts
from smtpdesk.store import Workspace

#: Gives the newest secret of a reference, or None when there is none.
Ask = Callable[[str], Awaitable[Secret | None]]
#: Keeps a secret under a reference.
Keep = Callable[[str, Secret], Awaitable[None]]


def server_of(profile: Profile) -> OAuthServer:
    """The authorization server of a profile's provider.

    Raises:
        InputError: ``oauth.no-server``: this provider has none that we know.
    """
    known = provider(profile.provider).oauth if profile.provider else None
    if known is None:
        raise InputError(
            "oauth.no-server",
            _("SMTPDesk does not know where to sign in for the profile “{name}”.").format(name=profile.name),
            _("Choose its provider again, or sign in with a password."),
        )
    return known


def client_of(workspace: Workspace, profile: Profile) -> tuple[OAuthServer, OAuthClient]:
    """Where a profile signs in, and who this program is there.

    Raises:
        InputError: ``oauth.no-server`` or ``oauth.no-client``.
    """
    server = server_of(profile)
    client = find_client(server, profile.provider, workspace.settings.get(SETTING, {}))
    if client is None:
        raise no_client(server, variable_names(server.service)[0])
    return server, client


def tokens_for(workspace: Workspace, profile: Profile, ask: Ask, keep: Keep) -> GuardedTokens:
    """What gives the access tokens of a profile that signs in with OAuth2, to the hosts of its preset alone.

    Raises:
        InputError: ``oauth.no-server`` or ``oauth.no-client``.
    """
    server, client = client_of(workspace, profile)

    async def newest() -> Secret | None:
        try:
            return await ask(profile.secret_ref)
        except VaultError as error:
            if error.code != "vault.absent":
                raise
            return None  # a computer without a keyring has stored none

    source = TokenSource(
        profile.name,
        server,
        client,
        newest,
        lambda secret: keep(profile.secret_ref, secret),
        lambda: _alone(workspace.folder / "runs" / "tokens.lock"),
    )
    return GuardedTokens(source, server, token_hosts(profile.provider))


@contextlib.asynccontextmanager
async def _alone(path: Path) -> AsyncIterator[None]:
    """One renewal at a time over all processes of the workspace: a refresh token that changes is good for one use."""
    private.make_folder(path.parent)
    lock = FileLock(path, thread_local=False, mode=private.FILE)
    await asyncio.to_thread(lock.acquire, 60.0)
    try:
        yield
    finally:
        lock.release()
