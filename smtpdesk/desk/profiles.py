"""SMTP accounts: save, remove and test them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

from smtpdesk.base.errors import InputError, VaultError
from smtpdesk.base.i18n import _
from smtpdesk.base.secret import Secret
from smtpdesk.desk import finding, handing_over, mends, profile_file
from smtpdesk.desk import profile_test as testing
from smtpdesk.desk.diagnosis import Diagnosis, Mend, diagnose
from smtpdesk.desk.dkim import DkimKeys
from smtpdesk.desk.findings import Asked, Findings
from smtpdesk.desk.fix_trail import FixTrail
from smtpdesk.desk.handing_over import Imported
from smtpdesk.desk.profile_import import ProfileImport
from smtpdesk.desk.profile_rules import validate
from smtpdesk.desk.profile_test import Recommendation
from smtpdesk.desk.secret_changes import SecretChanges
from smtpdesk.desk.signing_in import DeviceCode, SigningIn
from smtpdesk.desk.threads import StoreThread
from smtpdesk.domain.oauth import OAuthClient
from smtpdesk.domain.profile import OAUTH2, PASSWORD, SANDBOX, Profile
from smtpdesk.providers import Provider, for_address, providers
from smtpdesk.smtp.probe import ProbeStep
from smtpdesk.smtp.survey import Tried
from smtpdesk.store import ProfileRow, Workspace
from smtpdesk.vault import Kept, Vault, VaultStatus
from smtpdesk.worker.assembly import reachable
from smtpdesk.worker.secret_hosts import may_keep_secret


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
        self,
        profile: Profile,
        secret: Secret | None = None,
        *,
        session_only: bool = False,
        was: str | None = None,
        new: bool = False,
        trusted_host: str = "",
    ) -> bool:
        """Save a profile, and its secret where one is given.

        A stored secret stays with the server that it was given for: it is forgotten where the profile now leads
        elsewhere (see ``may_keep_secret``), unless a new one comes with it or the person trusts that host.

        Args:
            profile: what to save.
            secret: its password, or the refresh token of one that signs in with OAuth2; None leaves the stored one.
            session_only: keep the secret in this process only, not in the keyring.
            was: its former name, when it is renamed.
            new: it is a new one, and takes nobody's place.
            trusted_host: a host that the person has named as one that may have the stored secret.

        Returns:
            True when a stored secret was forgotten.

        Raises:
            InputError: a field cannot be right, or ``profile.exists``; nothing was saved.
            VaultError: the keyring did not take the secret; the profile was not saved either.
        """
        await asyncio.to_thread(validate, profile)
        rows = {row.profile.name: row.profile for row in await self.all()}
        renamed = was is not None and was != profile.name
        if (new or renamed) and profile.name in rows:
            await self._thread.call(lambda: self._store.profiles.save(profile, was, new=new))  # says why not
        before = rows.get(was or profile.name)
        async with SecretChanges(self._vault) as changes:
            if secret is not None:
                await changes.put(profile.secret_ref, secret, session_only=session_only)
            lost = await self._settle(changes, before, profile, secret is not None, trusted_host)
            await self._thread.call(lambda: self._store.profiles.save(profile, was, new=new))
        if renamed and before is not None:
            await self._forget(before)
        return lost

    async def _settle(
        self, changes: SecretChanges, before: Profile | None, profile: Profile, given: bool, trusted_host: str
    ) -> bool:
        """What was kept for a profile goes with it, or is forgotten; True when something was."""
        refs = [replace(profile, sign_in=kind).secret_ref for kind in (PASSWORD, OAUTH2)]
        unasked = [ref for ref in refs if not (given and ref == profile.secret_ref)]
        if before is None:
            if profile.username and not given:
                with contextlib.suppress(VaultError):  # what may be left of a former one of this name
                    for ref in unasked:
                        await changes.forget(ref)
            return False
        if not may_keep_secret(before, profile, trusted_host):
            forgotten = [await changes.forget(ref) for ref in unasked]
            return any(forgotten) and not given
        if before.name != profile.name and not given:
            former = replace(profile, name=before.name)
            kept = await self._vault.kept(former.secret_ref)
            if kept is not None:
                await self._carry(changes, profile, kept)
        return False

    @staticmethod
    async def _carry(changes: SecretChanges, profile: Profile, kept: Kept) -> None:
        """To a new name, where it is kept now: for this session, or in the keyring."""
        if kept.keyring is not None:
            await changes.put(profile.secret_ref, kept.keyring)
        if kept.session is not None:
            await changes.put(profile.secret_ref, kept.session, session_only=True)

    async def remove(self, name: str) -> None:
        """Forget a profile, its secret and its signing key; runs keep what they recorded."""
        profile = await self.get(name)
        if profile.provider == SANDBOX:
            raise InputError("profile.built-in", _("The sandbox is built in and stays."))
        await self._thread.call(lambda: self._store.profiles.remove(name))
        if profile.username:
            await self._forget(profile)
        else:
            with contextlib.suppress(VaultError):  # it may have had a user name once
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

    async def import_file(
        self, file: Path, *, replaces: bool = False, trusted_hosts: Collection[str] = ()
    ) -> list[Imported]:
        """Save the profiles of a file that :meth:`export` wrote: all of them, or none. Asks nothing.

        Args:
            file: it.
            replaces: a profile whose name exists takes its place; its password is forgotten where it would then go
                to another server.
            trusted_hosts: servers that the person has said yes to.

        Raises:
            UntrustedHosts: ``profile.foreign-host``: a server is none of the provider that the profile names, or would
                get a password that is set outside of SMTPDesk; the person is to be asked.
            InputError: those of ``profile_file.read`` and ``profile_rules.validate``, with the line;
                ``profile.exists``. VaultError: the keyring did not let go of a password.
        """
        work = ProfileImport(self._store, self._thread, self._vault, self._stored)
        return await work.run(file, replaces=replaces, trusted=trusted_hosts)

    async def vault_status(self) -> VaultStatus:
        """Whether passwords can be kept, and where, in words."""
        return await self._vault.status()

    async def test(
        self,
        profile: Profile,
        secret: Secret | None = None,
        to: str = "",
        *,
        send: bool = False,
        trusted_host: str = "",
    ) -> AsyncIterator[ProbeStep]:
        """Test a profile, saved or not, step by step; nothing is sent unless ``send``.

        Where another port or encryption may be the answer to a failure, the last step tells which ones answer.

        Args:
            profile: what to test.
            secret: its password; None takes the stored one, where that was given for this server.
            to: the recipient to ask about in RCPT TO; the profile's own address when empty.
            send: the person's leave to send one real message to ``to``.
            trusted_host: a host that the person has named as one that may have the stored password.

        Raises:
            InputError: a field cannot be right.
            VaultError: the keyring refused.
        """
        await asyncio.to_thread(validate, profile)
        ready = await reachable(profile, self._store.folder)
        known = await self._signing.secret(ready, secret, trusted_host=trusted_host)
        told: list[ProbeStep] = []
        async for step in testing.run_test(ready, known, to, send=send):
            told.append(step)
            yield step
        if told:
            await self.remember_test(profile, told)

    def diagnose(self, profile: Profile, steps: Sequence[ProbeStep]) -> Diagnosis | None:
        """Why a test failed, and the one mend that may help; None when nothing failed. Not a coroutine: it is pure."""
        return diagnose(profile, testing.provider_of(profile), steps)

    @staticmethod
    def next_fix(trail: FixTrail, profile: Profile, found: Diagnosis | None) -> Mend | None:
        """What may be tried after that, in the course of several fixes; None when nothing is left."""
        return trail.next(profile, found, testing.provider_of(profile))

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

    async def remember_test(self, profile: Profile, told: Sequence[ProbeStep]) -> None:
        """Keep how a test ended, where that profile is saved, and what it showed of the server."""
        await self._thread.call(lambda: self._remember(profile, told))

    def _remember(self, profile: Profile, told: Sequence[ProbeStep]) -> None:
        testing.remember_server(self._store, profile.relay, told)
        stored = {row.profile.name: row.profile for row in self._store.profiles.all()}
        if stored.get(profile.name) == profile:
            broken = next((step for step in told if step.state == "failed"), None)
            note = broken.meaning.cause if broken is not None and broken.meaning else ""
            self._store.profiles.tested(profile.name, broken is None, note)
