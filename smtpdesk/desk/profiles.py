"""SMTP accounts: save, remove and test them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from smtpdesk.base.errors import InputError, VaultError
from smtpdesk.base.i18n import _
from smtpdesk.base.secret import Secret
from smtpdesk.desk import finding, handing_over, mends, profile_file
from smtpdesk.desk import profile_test as testing
from smtpdesk.desk.diagnosis import Diagnosis, Mend, diagnose
from smtpdesk.desk.dkim import DkimKeys
from smtpdesk.desk.findings import Asked, Findings
from smtpdesk.desk.handing_over import Imported
from smtpdesk.desk.profile_rules import check_import, validate
from smtpdesk.desk.profile_test import Recommendation
from smtpdesk.desk.signing_in import DeviceCode, SigningIn
from smtpdesk.desk.threads import StoreThread
from smtpdesk.domain.oauth import OAuthClient
from smtpdesk.domain.profile import OAUTH2, PASSWORD, SANDBOX, Profile
from smtpdesk.providers import Provider, for_address, providers
from smtpdesk.smtp.probe import ProbeStep
from smtpdesk.smtp.survey import Tried
from smtpdesk.store import ProfileRow, Workspace
from smtpdesk.vault import Vault, VaultStatus
from smtpdesk.worker.assembly import reachable


class Profiles:
    """The profiles of a workspace; their secrets are in the vault."""

    def __init__(self, store: Workspace, thread: StoreThread, vault: Vault, dkim: DkimKeys, signing: SigningIn) -> None:
        self._store = store
        self._thread = thread
        self._vault = vault
        self._dkim = dkim
        self._signing = signing

    async def all(self) -> list[ProfileRow]:
        """Every profile with its last test, by name."""
        return await self._thread.call(self._store.profiles.all)

    async def get(self, name: str) -> Profile:
        """One profile.

        Raises:
            InputError: ``profile.unknown``.
        """
        return await self._thread.call(lambda: self._store.profiles.get(name).profile)

    async def save(
        self, profile: Profile, secret: Secret | None = None, *, session_only: bool = False, was: str | None = None
    ) -> None:
        """Save a profile, and its secret where one is given.

        Args:
            profile: what to save.
            secret: its password, or the refresh token of one that signs in with OAuth2; None leaves the stored one.
            session_only: keep the secret in this process only, not in the keyring.
            was: its former name, when it is renamed.

        Raises:
            InputError: a field cannot be right; nothing was saved.
            VaultError: the keyring did not take the secret; the profile was not saved either.
        """
        await asyncio.to_thread(validate, profile)
        former = replace(profile, name=was) if was and was != profile.name else None
        if former is not None:
            secret = secret or await self._stored(former.secret_ref)
        if secret is not None:
            if session_only:
                self._vault.session(profile.secret_ref, secret)
            else:
                await self._vault.put(profile.secret_ref, secret)
        await self._thread.call(lambda: self._store.profiles.save(profile, was))
        if former is not None:
            await self._forget(former)

    async def remove(self, name: str) -> None:
        """Forget a profile, its secret and its signing key; runs keep what they recorded."""
        profile = await self.get(name)
        if profile.provider == SANDBOX:
            raise InputError("profile.built-in", _("The sandbox is built in and stays."))
        await self._thread.call(lambda: self._store.profiles.remove(name))
        if profile.username:
            await self._forget(profile)
        await self._dkim.forget(profile)

    async def _forget(self, profile: Profile) -> None:
        """Password and sign-in alike: a profile may have had the one before it had the other."""
        for kind in (PASSWORD, OAUTH2):
            await self._vault.delete(replace(profile, sign_in=kind).secret_ref)

    # -- signing in with OAuth2 ---------------------------------------------------------------------------------

    async def sign_in(
        self,
        name: str,
        *,
        open_browser: Callable[[str], bool] | None = None,
        show_code: Callable[[DeviceCode], None] | None = None,
        cancel: asyncio.Event | None = None,
        patience: float = 600.0,
        session_only: bool = False,
    ) -> Profile:
        """Let a person sign in for a profile on the provider's own page; it signs in with tokens from then on.

        Args:
            name: of the profile.
            open_browser: opens an address in the system's browser; False when it cannot. Called on a thread.
            show_code: without ``open_browser``: shows a code to type on another device.
            cancel: set when the person gives it up.
            patience: seconds that the person has.
            session_only: keep the sign-in in this process only, not in the keyring.

        Returns:
            The profile as it is now, with the account.

        Raises:
            DeskError: ``oauth.denied``, ``oauth.timeout``, ``oauth.cancelled``, ``oauth.no-client`` and others, each
                with its sentence; nothing was changed. VaultError: the keyring did not take it.
        """
        before = await self.get(name)
        signed = await self._signing.obtain(
            before, open_browser=open_browser, show_code=show_code, cancel=cancel, patience=patience
        )
        await self.save(signed.profile, signed.refresh, session_only=session_only)
        if not before.uses_tokens:
            with contextlib.suppress(VaultError):  # a password that stays behind is used for nothing
                await self._vault.delete(before.secret_ref)
        return signed.profile

    async def sign_out(self, name: str) -> bool:
        """Forget a profile's sign-in, here and at the provider; True when the provider was told.

        Raises:
            VaultError: the keyring did not let go of it.
        """
        profile = replace(await self.get(name), sign_in=OAUTH2)
        told = await self._signing.end(profile, await self._stored(profile.secret_ref))
        await self._thread.call(lambda: self._store.profiles.save(replace(profile, account="")))
        return told

    async def oauth_client(self, profile: Profile) -> OAuthClient | None:
        """Who this program is at the profile's provider; None when no client ID is known. InputError: no OAuth2."""
        return await self._signing.client(profile)

    async def set_oauth_client(self, profile: Profile, id: str, secret: str = "") -> None:
        """Keep the client ID (and a desktop client's secret) that a person registered at the profile's provider.

        Raises:
            InputError: ``oauth.no-server``, or ``oauth.client-id``: it is none.
        """
        await self._signing.set_client(profile, id, secret)

    async def has_secret(self, profile: Profile) -> bool:
        """True when a secret can be had for this profile now."""
        return await self._stored(profile.secret_ref) is not None

    def kept_for_session(self, profile: Profile) -> bool:
        """True when its secret is known until the program ends, and kept nowhere. Not a coroutine: asks nobody."""
        return self._vault.holds(profile.secret_ref)

    async def _stored(self, ref: str) -> Secret | None:
        """A stored secret; a computer without a keyring has stored none."""
        try:
            return await self._vault.get(ref)
        except VaultError as error:
            if error.code != "vault.absent":
                raise
            return None

    def presets(self) -> list[Provider]:
        """The providers that profiles can be made from. Not a coroutine: they are shipped files."""
        return providers()

    def preset_for(self, address: str) -> Provider | None:
        """The provider of a mailbox's address, told by its domain without asking anybody; None when none is known."""
        return for_address(address)

    async def find(
        self,
        address: str,
        *,
        progress: Callable[[Asked], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Findings:
        """The servers through which a mailbox may send, the best first, each with who named it.

        A preset asks nobody; else name servers and the domain's own hosts are asked, and learn the domain alone.

        Args:
            address: the mailbox's.
            progress: called with each that was asked, as it answers.
            cancelled: asked now and then; cancelling the task does as well.

        Raises:
            InputError: ``find.address``, ``dns.server``. Cancelled: it was cancelled.
        """
        return await finding.find(address, progress=progress, cancelled=cancelled)

    async def export(self, names: Sequence[str] = ()) -> str:
        """Profiles as a TOML file, without passwords, sign-ins and signing keys; all but the built-in one by default.

        Raises:
            InputError: ``profile.unknown``; ``profile.built-in``; ``profiles.none``: there is none.
        """
        wanted = [await self.get(name) for name in dict.fromkeys(names)]
        if any(profile.provider == SANDBOX for profile in wanted):
            raise InputError("profile.built-in", _("The sandbox is built in; it is on every computer."))
        if not names:
            wanted = [row.profile for row in await self.all() if row.profile.provider != SANDBOX]
        if not wanted:
            raise InputError("profiles.none", _("There is no profile to export."))
        return profile_file.write([await handing_over.without_secrets(one, self._stored) for one in wanted])

    async def import_file(self, file: Path, *, replaces: bool = False) -> list[Imported]:
        """Save the profiles of a file that :meth:`export` wrote: all of them, or none. Asks nothing.

        Args:
            file: it.
            replaces: a profile whose name exists takes its place; its password is forgotten where it would then go
                to another server.

        Raises:
            InputError: those of ``profile_file.read`` and ``profile_rules.validate``, with the line;
                ``profile.exists``. VaultError: the keyring did not let go of a password.
        """
        came = await asyncio.to_thread(profile_file.read, file)
        kept = {row.profile.name: row.profile for row in await self.all()}
        for one in came:
            await asyncio.to_thread(check_import, one, kept, replaces)
        done = []
        for one in came:
            profile, before = one.profile, kept.get(one.profile.name)
            if before is not None and handing_over.moved(before, profile):
                await self._forget(before)
            await self._thread.call(partial(self._store.profiles.save, profile))
            done.append(Imported(profile, before is not None, await handing_over.needs(profile, self._stored)))
        return done

    async def vault_status(self) -> VaultStatus:
        """Whether passwords can be kept, and where, in words."""
        return await self._vault.status()

    async def test(
        self, profile: Profile, secret: Secret | None = None, to: str = "", *, send: bool = False
    ) -> AsyncIterator[ProbeStep]:
        """Test a profile, saved or not, step by step; nothing is sent unless ``send``.

        Where another port or encryption may be the answer to a failure, the last step tells which ones answer.

        Args:
            profile: what to test.
            secret: its password; None takes the stored one.
            to: the recipient to ask about in RCPT TO; the profile's own address when empty.
            send: the person's leave to send one real message to ``to``.

        Raises:
            InputError: a field cannot be right.
            VaultError: the keyring refused.
        """
        await asyncio.to_thread(validate, profile)
        ready = await reachable(profile, self._store.folder)
        known = await self._signing.secret(ready, secret)
        told: list[ProbeStep] = []
        async for step in testing.run_test(ready, known, to, send=send):
            told.append(step)
            yield step
        if told:
            await self._thread.call(lambda: self._remember(profile, told))

    def diagnose(self, profile: Profile, steps: Sequence[ProbeStep]) -> Diagnosis | None:
        """Why a test failed, and the one mend that may help; None when nothing failed. Not a coroutine: it is pure."""
        return diagnose(profile, testing.provider_of(profile), steps)

    def offer(self, profile: Profile, steps: Sequence[ProbeStep]) -> Mend | None:
        """The limits that the server stated in a test, as a mend of the profile; None when there is none to keep."""
        return mends.offer(profile, steps)

    async def try_everything(self, profile: Profile) -> AsyncIterator[Tried]:
        """The likely combinations of host, port and security, all at once; yields each as it ends. Signs in nowhere.

        Raises:
            InputError: a field cannot be right.
        """
        await asyncio.to_thread(validate, profile)
        async for one in testing.try_all(profile):
            yield one

    async def recommend(self, profile: Profile, tried: Sequence[Tried], secret: Secret | None = None) -> Recommendation:
        """The safest of what :meth:`try_everything` found working; signs in there alone, to see whether that works.

        Raises:
            VaultError: the keyring refused.
        """
        return await testing.recommend(profile, tried, await self._signing.secret(profile, secret))

    def _remember(self, profile: Profile, told: Sequence[ProbeStep]) -> None:
        stored = {row.profile.name: row.profile for row in self._store.profiles.all()}
        if stored.get(profile.name) == profile:
            broken = next((step for step in told if step.state == "failed"), None)
            note = broken.meaning.cause if broken is not None and broken.meaning else ""
            self._store.profiles.tested(profile.name, broken is None, note)
