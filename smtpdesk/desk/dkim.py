"""Signing in the program (DKIM): make or import a key for a profile, show the record to publish, take it away."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from smtpdesk.base.errors import DeskError, InputError, VaultError
from smtpdesk.base.i18n import _
from smtpdesk.base.secret import Secret
from smtpdesk.desk.threads import StoreThread
from smtpdesk.domain.address import AddressError, domain_of, split_mailbox
from smtpdesk.domain.finding import Finding, Severity
from smtpdesk.domain.profile import SANDBOX, Dkim, Profile
from smtpdesk.message import DkimKey, DnsRecord, Signer, dkim_name, record
from smtpdesk.store import Workspace
from smtpdesk.vault import Vault
from smtpdesk.worker.signing import no_key, signer_for


@dataclass(frozen=True, slots=True)
class DkimShown:
    """How a profile signs. ``key`` is "RSA, 2048 bits" in two parts; without a record the key is not on this computer.

    The record does not say whether it is published: nobody's name server is asked.
    """

    profile: str
    dkim: Dkim
    algorithm: str = ""
    bits: int = 0
    record: DnsRecord | None = None
    findings: tuple[Finding, ...] = ()


class DkimKeys:
    """The keys of the profiles; the private halves are in the vault and nowhere else."""

    def __init__(self, store: Workspace, thread: StoreThread, vault: Vault) -> None:
        self._store = store
        self._thread = thread
        self._vault = vault
        self._ready: dict[Dkim, Signer | None] = {}

    async def show(self, profile: str) -> DkimShown | None:
        """How a profile signs; None when it leaves that to the relay.

        Raises:
            InputError: ``profile.unknown``, or the key cannot be read. VaultError: the keyring is locked or refuses.
        """
        known = await self._profile(profile)
        if known.dkim is None:
            return None
        key = await self._key(known.dkim)
        if key is None:
            return DkimShown(profile, known.dkim, findings=(_as_finding(no_key(profile, known.dkim)),))
        return _shown(profile, known.dkim, key)

    async def record(self, profile: str) -> DnsRecord:
        """The DNS record to publish.

        Raises:
            DeskError: ``dkim.none``, ``dkim.no-key``; otherwise as :meth:`show`.
        """
        shown = await self.show(profile)
        if shown is None:
            raise _not_signing(profile)
        if shown.record is None:
            raise no_key(profile, shown.dkim)
        return shown.record

    async def make(self, profile: str, domain: str = "", selector: str = "", algorithm: str = "rsa") -> DkimShown:
        """Sign this profile's messages with a new key.

        Args:
            profile: its name.
            domain: whom the signature speaks for; the domain of the profile's From when empty.
            selector: the key's name within the domain. When empty, the key of another profile that signs for this
                domain is used, so that there is one record to publish; without one, a name is made of the key itself.
            algorithm: ``"rsa"`` (2048 bits) or ``"ed25519"``, which many receivers cannot check.

        Raises:
            InputError: ``dkim.exists`` when there is a key of this name, ``dkim.domain``, ``dkim.selector``,
                ``dkim.algorithm``, ``profile.unknown``, ``profile.built-in``.
            VaultError: the keyring did not take the key; the profile was not changed.
        """
        known = await self._changeable(profile)
        domain = dkim_name(domain or _own_domain(known), "x").domain
        used = await self._used_by_others(profile)
        if not selector:
            for dkim in used:
                key = await self._key(dkim) if dkim.domain == domain else None
                if key is not None and key.algorithm == algorithm:
                    return await self._take(known, dkim, key)
        key = await asyncio.to_thread(DkimKey.make, algorithm)
        dkim = dkim_name(domain, selector or _selector(key))
        if dkim in used or (dkim == known.dkim and await self._key(dkim) is not None):
            raise InputError(
                "dkim.exists",
                _("There is already a key “{selector}” for {domain}.").format(
                    selector=dkim.selector, domain=dkim.domain
                ),
                _("Choose another selector; messages under way are still checked with the old key."),
            )
        await self._vault.put(dkim.secret_ref, key.secret())
        return await self._take(known, dkim, key)

    async def import_key(self, profile: str, domain: str, selector: str, pem: Secret) -> DkimShown:
        """Sign this profile's messages with a key that exists. One of the same name is replaced.

        Args:
            profile: its name.
            domain: as in :meth:`make`.
            selector: the name under which the key is published; a name is made of the key when empty.
            pem: the text of the key's PEM file.

        Raises:
            InputError: the key is none, too short, or protected; otherwise as :meth:`make`.
            VaultError: the keyring did not take the key; the profile was not changed.
        """
        known = await self._changeable(profile)
        key = await asyncio.to_thread(DkimKey.from_pem, pem)
        dkim = dkim_name(domain or _own_domain(known), selector or _selector(key))
        try:
            kept = await self._key(dkim)
        except InputError:
            kept = None  # what is there is no key: it is replaced
        if kept is None or kept.public != key.public:  # on a server it may come from the environment
            await self._vault.put(dkim.secret_ref, key.secret())
        return await self._take(known, dkim, key)

    async def remove(self, profile: str) -> None:
        """Leave signing to the relay again. The key is forgotten unless another profile signs with it.

        Raises:
            InputError: ``dkim.none``, ``profile.unknown``. VaultError: the keyring did not give the key up; the
                profile signs no more all the same.
        """
        known = await self._profile(profile)
        if known.dkim is None:
            raise _not_signing(profile)
        await self._save(replace(known, dkim=None))
        await self.forget(known)

    async def forget(self, former: Profile) -> None:
        """Forget the key that a profile signed with, unless another one signs with it. For profiles just removed."""
        if former.dkim is None or former.dkim in await self._used_by_others(former.name):
            return
        self._ready.pop(former.dkim, None)
        await self._vault.delete(former.dkim.secret_ref)

    async def signer(self, profile: Profile) -> Signer | None:
        """What signs a profile's messages; None when the relay does.

        Raises:
            DeskError: ``dkim.no-key``, or why the key cannot be read. VaultError: the keyring is locked or refuses.
        """
        return await signer_for(profile, self._vault.get)

    async def preview_signer(self, profile: Profile | None) -> tuple[Signer | None, str]:
        """What signs a preview, and why nothing does although something should: what is written is shown all the same.

        It is remembered, since a preview is made anew with every key typed.
        """
        if profile is None or profile.dkim is None:
            return None, ""
        try:
            if profile.dkim not in self._ready:
                self._ready[profile.dkim] = await signer_for(profile, self._vault.get)
            return self._ready[profile.dkim], ""
        except DeskError as error:
            return None, error.sentence

    async def findings(self, profiles: Iterable[Profile]) -> list[Finding]:
        """What keeps these profiles from signing as they should, for the check before a sending."""
        found: list[Finding] = []
        for profile in profiles:
            try:
                key = None if profile.dkim is None else await self._key(profile.dkim)
            except DeskError as error:
                found.append(_as_finding(error))
                continue
            if key is not None:
                found += key.findings()
            elif profile.dkim is not None:
                found.append(_as_finding(no_key(profile.name, profile.dkim)))
        return list(dict.fromkeys(found))

    # -- inside -------------------------------------------------------------------------------------------------

    async def _ask(self, ref: str) -> Secret | None:
        """A stored secret; a computer without a keyring has stored none."""
        try:
            return await self._vault.get(ref)
        except VaultError as error:
            if error.code != "vault.absent":
                raise
            return None

    async def _key(self, dkim: Dkim) -> DkimKey | None:
        secret = await self._ask(dkim.secret_ref)
        return None if secret is None else await asyncio.to_thread(DkimKey.read, secret)

    async def _profile(self, name: str) -> Profile:
        return await self._thread.call(lambda: self._store.profiles.get(name).profile)

    async def _changeable(self, name: str) -> Profile:
        profile = await self._profile(name)
        if profile.provider == SANDBOX:
            raise InputError("profile.built-in", _("The sandbox is built in and signs nothing."))
        return profile

    async def _used_by_others(self, name: str) -> list[Dkim]:
        rows = await self._thread.call(self._store.profiles.all)
        return [row.profile.dkim for row in rows if row.profile.dkim is not None and row.profile.name != name]

    async def _take(self, profile: Profile, dkim: Dkim, key: DkimKey) -> DkimShown:
        """Let the profile sign with a key that the vault has; its former key goes."""
        self._ready.pop(dkim, None)
        await self._save(replace(profile, dkim=dkim))
        if profile.dkim != dkim:
            await self.forget(profile)
        return _shown(profile.name, dkim, key)

    async def _save(self, profile: Profile) -> None:
        await self._thread.call(lambda: self._store.profiles.save(profile))


def _shown(profile: str, dkim: Dkim, key: DkimKey) -> DkimShown:
    published = record(key, dkim.domain, dkim.selector)
    return DkimShown(profile, dkim, key.algorithm, key.bits, published, key.findings())


def _own_domain(profile: Profile) -> str:
    try:
        return domain_of(split_mailbox(profile.identity.from_header)[1])
    except AddressError:
        raise InputError(
            "dkim.domain",
            _("The profile names no sender, so there is no domain to sign for."),
            _("Fill in its From address, or say which domain."),
        ) from None


def _selector(key: DkimKey) -> str:
    """A name that no other key has: two computers with keys of their own publish two records."""
    return f"desk-{hashlib.sha256(key.public).hexdigest()[:6]}"


def _not_signing(profile: str) -> InputError:
    return InputError(
        "dkim.none",
        _("The profile “{name}” does not sign; that is left to its server.").format(name=profile),
        _("Make a key for it first, if the server does not sign: smtpdesk dkim make."),
    )


def _as_finding(error: DeskError) -> Finding:
    return Finding(error.code, Severity.ERROR, error.sentence, _("Nothing can be signed."), error.hint)
