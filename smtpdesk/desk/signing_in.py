"""Signing in on a provider's own page: begin, wait, keep, sign out. The tokens go to the vault and nowhere else."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from smtpdesk.base.errors import DeskError, InputError, VaultError
from smtpdesk.base.i18n import _
from smtpdesk.base.secret import Secret
from smtpdesk.desk.threads import StoreThread
from smtpdesk.domain.oauth import OAuthClient, OAuthServer, Tokens
from smtpdesk.domain.profile import OAUTH2, Profile
from smtpdesk.oauth import DeviceCode, Grant, sign_in_by_code, sign_in_in_browser, sign_out
from smtpdesk.oauth.clients import SETTING, find_client, keep_client
from smtpdesk.store import Workspace
from smtpdesk.vault import Vault
from smtpdesk.worker.secret_hosts import may_keep_secret
from smtpdesk.worker.tokens import client_of, server_of, tokens_for

__all__ = ["DeviceCode", "SignedIn", "SigningIn"]

#: RFC 6749 appendix A.1 allows any visible character; real ones are plainer.
_CLIENT_ID = re.compile(r"[A-Za-z0-9._\-]{3,255}\Z")
_log = logging.getLogger("smtpdesk.desk")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that worked: the profile with the account in it, and the refresh token to be saved with it."""

    profile: Profile
    refresh: Secret


class SigningIn:
    """Signs in for profiles, saved or not."""

    def __init__(self, store: Workspace, thread: StoreThread, vault: Vault) -> None:
        self._store = store
        self._thread = thread
        self._vault = vault

    async def obtain(
        self,
        profile: Profile,
        *,
        open_browser: Callable[[str], bool] | None = None,
        show_code: Callable[[DeviceCode], None] | None = None,
        cancel: asyncio.Event | None = None,
        patience: float = 600.0,
    ) -> SignedIn:
        """Let the person sign in; nothing is saved yet.

        Args:
            profile: for which; its user name is offered as the account.
            open_browser: opens an address in the system's browser. None: the sign-in is by code.
            show_code: shows the code and where to type it.
            cancel: set when the person gives it up.
            patience: seconds that the person has.

        Raises:
            DeskError: ``oauth.*``, each with its sentence; nothing was changed.
        """
        server, client = await self._thread.call(lambda: client_of(self._store, profile))
        grant = await self._granted(server, client, profile, open_browser, show_code, cancel, patience)
        assert grant.refresh is not None, "a sign-in without a refresh token is refused"
        account = grant.account or profile.username
        named = replace(profile, sign_in=OAUTH2, account=account, username=profile.username or account)
        return SignedIn(named, grant.refresh)

    async def _granted(
        self,
        server: OAuthServer,
        client: OAuthClient,
        profile: Profile,
        open_browser: Callable[[str], bool] | None,
        show_code: Callable[[DeviceCode], None] | None,
        cancel: asyncio.Event | None,
        patience: float,
    ) -> Grant:
        if open_browser is not None:
            return await sign_in_in_browser(
                server, client, open_browser, login=profile.username, cancel=cancel, patience=patience
            )
        assert show_code is not None, "either a browser or a place to show a code"
        return await sign_in_by_code(server, client, show_code, cancel=cancel, patience=patience)

    async def end(self, profile: Profile, token: Secret | None) -> bool:
        """Forget the sign-in of a profile here and, where that can be told, at the provider.

        Returns:
            True when the provider has forgotten it too; otherwise the person can take the consent back on its page.

        Raises:
            VaultError: the keyring did not let go of it.
        """
        await self._vault.delete(profile.secret_ref)
        if token is None:
            return False
        try:
            server, client = await self._thread.call(lambda: client_of(self._store, profile))
            return await sign_out(server, client, token)
        except DeskError as error:
            _log.warning("the provider could not be told of the sign-out: %s", error.code)
            return False

    # -- who we are there -----------------------------------------------------------------------------------------

    async def client(self, profile: Profile) -> OAuthClient | None:
        """The client that a profile would sign in with; None when nobody has entered one."""

        def find() -> OAuthClient | None:
            return find_client(server_of(profile), profile.provider, self._store.settings.get(SETTING, {}))

        return await self._thread.call(find)

    async def set_client(self, profile: Profile, id: str, secret: str = "") -> None:
        """Keep the client that a person registered at the profile's provider; an empty id forgets it.

        Raises:
            InputError: ``oauth.no-server``, or ``oauth.client-id``: it is none.
        """
        if id and not _CLIENT_ID.match(id):
            raise InputError(
                "oauth.client-id",
                _("“{text}” is no client ID.").format(text=id[:60]),
                _("Copy it whole from the provider's page; it has letters, digits, dots and dashes."),
            )

        def keep() -> None:
            client = OAuthClient(id, Secret(secret) if secret else None) if id else None
            service = server_of(profile).service
            self._store.settings.update(SETTING, lambda kept: keep_client(kept or {}, service, client))

        await self._thread.call(keep)

    async def secret(
        self, profile: Profile, entered: Secret | None = None, *, trusted_host: str = ""
    ) -> Secret | Tokens | None:
        """What a profile signs in with: its password, what gives its tokens, or None.

        A stored secret is for the server of the profile as it is saved; one that was changed since, and leads
        elsewhere, has none.

        Args:
            entered: a password that is not saved yet.
            trusted_host: a host that the person has named as one that may have the stored one.

        Raises:
            VaultError: the keyring is locked or refuses. InputError: ``oauth.no-server`` or ``oauth.no-client``.
        """
        if not profile.username:
            return None
        if not profile.uses_tokens and entered is not None:
            return entered
        saved = await self._thread.call(lambda: self._saved(profile.name))
        if saved is not None and not may_keep_secret(saved, profile, trusted_host):
            return None
        if profile.uses_tokens:
            ask, keep = self._vault.get, self._vault.renew
            return await self._thread.call(lambda: tokens_for(self._store, profile, ask, keep))
        try:
            return await self._vault.get(profile.secret_ref)
        except VaultError as error:
            if error.code != "vault.absent":
                raise
            return None  # a computer without a keyring has stored none

    def _saved(self, name: str) -> Profile | None:
        rows = self._store.profiles.all()
        return next((row.profile for row in rows if row.profile.name == name), None)
