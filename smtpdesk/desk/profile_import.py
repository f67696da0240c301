"""The profiles of a file become those of the workspace: all of them or none, and no secret leaves for a new server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from smtpdesk.base.errors import InputError, VaultError
from smtpdesk.base.i18n import _
from smtpdesk.base.shell import quoted
from smtpdesk.desk import handing_over, profile_file
from smtpdesk.desk.handing_over import Ask, Imported
from smtpdesk.desk.profile_file import Written
from smtpdesk.desk.profile_rules import check_import
from smtpdesk.desk.profile_test import provider_of
from smtpdesk.desk.secret_changes import SecretChanges
from smtpdesk.desk.threads import StoreThread
from smtpdesk.domain.profile import OAUTH2, PASSWORD, Profile
from smtpdesk.providers import plain_host
from smtpdesk.store import Workspace
from smtpdesk.vault import Vault


@dataclass(frozen=True, slots=True)
class HostQuestion:
    """A server of a file that a person should know before it is asked to sign in: whose, which one, and why."""

    profile: str
    host: str
    sentence: str


class UntrustedHosts(InputError):
    """A file of profiles names servers that a person must say yes to; nothing was imported."""

    def __init__(self, questions: Sequence[HostQuestion], where: str) -> None:
        hosts = dict.fromkeys(one.host for one in questions)
        options = " ".join(f"--trust-host {quoted(host)}" for host in hosts)
        super().__init__(
            "profile.foreign-host",
            " ".join(dict.fromkeys(one.sentence for one in questions)) + " " + _("Nothing was imported."),
            _("If you know that this is right, say so: {options}").format(options=options),
            where,
        )
        self.questions = tuple(questions)


class ProfileImport:
    """Imports files into one workspace."""

    def __init__(self, store: Workspace, thread: StoreThread, vault: Vault, ask: Ask) -> None:
        self._store, self._thread, self._vault, self._ask = store, thread, vault, ask

    async def run(self, file: Path, *, replaces: bool, trusted: Collection[str]) -> list[Imported]:
        """See :meth:`Profiles.import_file`."""
        came = await asyncio.to_thread(profile_file.read, file)
        rows = await self._thread.call(self._store.profiles.all)
        kept = {row.profile.name: row.profile for row in rows}
        for one in came:
            await asyncio.to_thread(check_import, one, kept, replaces)
        await self._ask_about(came, kept, {plain_host(host) for host in trusted})
        async with SecretChanges(self._vault) as changes:
            for one in came:
                await self._forget(changes, kept.get(one.profile.name), one.profile)
            pairs = [(one.profile, one.profile.name not in kept) for one in came]
            await self._thread.call(lambda: self._store.profiles.save_all(pairs))
        return [
            Imported(one.profile, one.profile.name in kept, await handing_over.needs(one.profile, self._ask))
            for one in came
        ]

    async def _ask_about(self, came: Iterable[Written], kept: Mapping[str, Profile], trusted: set[str]) -> None:
        """Raise :class:`UntrustedHosts` for servers that nobody has said yes to."""
        asked: list[HostQuestion] = []
        where = ""
        for one in came:
            profile, before = one.profile, kept.get(one.profile.name)
            if plain_host(profile.relay.host) in trusted:
                continue
            outside = await self._vault.outside(profile.secret_ref) if profile.username else False
            moves = before is None or handing_over.moved(before, profile)
            sentence = _foreign(profile) or (_would_get(profile) if outside and moves else "")
            if sentence:
                where = where or one.where
                asked.append(HostQuestion(profile.name, plain_host(profile.relay.host), sentence))
        if asked:
            raise UntrustedHosts(asked, where)

    async def _forget(self, changes: SecretChanges, before: Profile | None, profile: Profile) -> None:
        """Forget what was given for another server, and what may be left of a profile of this name."""
        refs = [replace(profile, sign_in=kind).secret_ref for kind in (PASSWORD, OAUTH2)]
        if before is not None and handing_over.moved(before, profile):
            for ref in refs:
                await changes.forget(ref)
        elif before is None and profile.username:
            with contextlib.suppress(VaultError):  # a keyring that is locked has most likely nothing of this name
                for ref in refs:
                    await changes.forget(ref)


def _foreign(profile: Profile) -> str:
    """Why a person should look at the server of a profile that came; "" when there is nothing to see."""
    host, known = profile.relay.host, provider_of(profile)
    relay = profile.relay
    if known is not None and known.hosts and plain_host(host) not in known.hosts:
        words = _("“{name}” says that it is {provider}, but {host} is not a server of {provider}.")
        return words.format(name=profile.name, provider=known.name, host=host)
    if profile.uses_tokens and (relay.pinned_sha256 or relay.ca_file or relay.allow_plain_password):
        words = _("“{name}” signs in with tokens, but does not check who {host} is as usual.")
        return words.format(name=profile.name, host=host)
    return ""


def _would_get(profile: Profile) -> str:
    words = _("The password for “{name}” that is set outside of SMTPDesk would go to {host}.")
    return words.format(name=profile.name, host=profile.relay.host)
