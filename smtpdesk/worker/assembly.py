"""Puts the worker's parts together by hand: from a run in the ledger to lanes that can send."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, MutableMapping
from dataclasses import replace
from pathlib import Path

from smtpdesk.base.errors import InputError, VaultError
from smtpdesk.base.i18n import _
from smtpdesk.base.secret import Secret
from smtpdesk.delivery.assignment import Assignment
from smtpdesk.domain.address import split_mailbox
from smtpdesk.domain.campaign import Campaign
from smtpdesk.domain.delivery import RunInfo
from smtpdesk.domain.oauth import Tokens
from smtpdesk.domain.profile import SANDBOX, Profile, Relay, Security
from smtpdesk.domain.server_traits import ServerTraits
from smtpdesk.message import Composer, load_frozen, message_id
from smtpdesk.sandbox import ensure
from smtpdesk.smtp.session import Hooks, Session, open_session
from smtpdesk.smtp.steps import Timeouts
from smtpdesk.store import Workspace
from smtpdesk.vault import Vault, open_vault
from smtpdesk.worker.connection_slots import ConnectionSlots
from smtpdesk.worker.secret_hosts import may_keep_secret
from smtpdesk.worker.signing import signed, signer_for
from smtpdesk.worker.tokens import tokens_for

_log = logging.getLogger("smtpdesk.worker")


def run_folder(workspace: Path, run: str) -> Path:
    """Where a run keeps its frozen campaign, its marks and its lock."""
    return workspace / "runs" / run


def timeouts() -> Timeouts:
    """How long to wait for a server; ``SMTPDESK_ANSWER_TIMEOUT`` (seconds) shortens all of it.

    Raises:
        InputError: ``settings.answer-timeout``: the variable holds no number above 0.
    """
    given = os.environ.get("SMTPDESK_ANSWER_TIMEOUT") or "inf"
    try:
        limit = float(given)
    except ValueError:
        limit = 0.0
    if not limit > 0:  # also "nan"
        raise InputError(
            "settings.answer-timeout",
            _("SMTPDESK_ANSWER_TIMEOUT is “{value}”, which is no time to wait.").format(value=given),
            _("Set it to a number of seconds, for example 60, or take it away."),
        )
    usual = Timeouts()
    return Timeouts(*(min(limit, value) for value in (usual.connect, usual.greeting, usual.command, usual.answer)))


async def reachable(profile: Profile, workspace: Path) -> Profile:
    """The profile as it can be connected to: the sandbox's port is found, its server started when needed."""
    if profile.provider != SANDBOX:
        return profile
    port = await asyncio.to_thread(ensure, workspace / "sandbox")
    return replace(profile, relay=Relay("127.0.0.1", port, Security.NONE), username="")


def sender_of(profile: Profile, campaign: Campaign) -> tuple[str, str]:
    """The From header and the envelope sender that a profile uses for a campaign.

    Raises:
        InputError: ``campaign.no-from``: neither campaign nor profile says who sends.
    """
    from_header = campaign.from_header or profile.identity.from_header
    if not from_header:
        raise InputError(
            "campaign.no-from",
            _("Nobody is named as the sender."),
            _('Fill in "From" in the campaign or in the profile "{name}".').format(name=profile.name),
        )
    return from_header, profile.identity.envelope_sender or split_mailbox(from_header)[1]


class Assembly:
    """Builds assignments for a run; secrets come from the starter first, then from the vault."""

    def __init__(
        self,
        workspace: Workspace,
        vault: Vault,
        secrets: MutableMapping[str, Secret],
        changed: Callable[[str, Secret], None] = lambda ref, secret: None,
    ) -> None:
        self._workspace = workspace
        self._vault = vault
        self._secrets = secrets
        self._changed = changed
        #: What was handed over and what the vault said then, by reference.
        self._at_first: dict[str, tuple[Secret, Secret | None]] = {}
        #: For which profile a secret was handed over, by reference.
        self._given_for: dict[str, tuple[Profile, Secret | None]] = {}

    async def secret(self, profile: Profile) -> Secret | Tokens | None:
        """The profile's secret or what gives its tokens; None when it signs in nowhere or none is stored.

        Raises:
            VaultError: the keyring is locked or refuses. InputError: there is no client to ask for tokens.
        """
        if not profile.username:
            return None
        self._drop_if_moved(profile)
        if profile.uses_tokens:
            return tokens_for(self._workspace, profile, self._newest, self._keep)
        return await self._stored(profile.secret_ref)

    def _drop_if_moved(self, profile: Profile) -> None:
        """A profile that changed while its run goes on may lead elsewhere: what was handed over is not for there."""
        ref = profile.secret_ref
        before = self._given_for.get(ref)
        if before is not None and not may_keep_secret(before[0], profile) and self._secrets.get(ref) == before[1]:
            self._secrets.pop(ref, None)
        self._given_for[ref] = (profile, self._secrets.get(ref))

    async def _newest(self, ref: str) -> Secret | None:
        """A refresh token: what was handed over, unless another process has put a newer one into the vault since."""
        handed = self._secrets.get(ref)
        if handed is None:
            return await self._vault.get(ref)
        try:
            kept = await self._vault.get(ref)
        except VaultError as error:
            _log.info("the vault is not asked for a newer token: %s", error.code)
            return handed
        first = self._at_first.get(ref)
        if first is None or first[0] != handed:
            self._at_first[ref] = (handed, kept)
            return handed
        return kept if kept is not None and kept != first[1] else handed

    async def _keep(self, ref: str, secret: Secret) -> None:
        """A refresh token that the server has changed: into the vault, and back to who started us."""
        await self._vault.renew(ref, secret)
        self._secrets[ref] = secret
        self._changed(ref, secret)

    async def _stored(self, ref: str) -> Secret | None:
        return self._secrets.get(ref) or await self._vault.get(ref)

    async def assignment(self, run: RunInfo, name: str) -> Assignment:
        """What the lane of one profile needs to send a run."""
        stored = await asyncio.to_thread(self._workspace.profiles.get, name)
        profile = await reachable(stored.profile, self._workspace.folder)
        secret = await self.secret(profile)
        folder = self._workspace.folder / run.snapshot
        campaign = await asyncio.to_thread(load_frozen, folder)
        from_header, sender = sender_of(profile, campaign)
        signer = await signer_for(profile, self._stored)
        composer = await asyncio.to_thread(lambda: Composer.compile(campaign, folder, from_header=from_header))
        from_address = split_mailbox(from_header)[1]
        waits = timeouts()

        async def connect(hooks: Hooks, depth: int, traits: ServerTraits) -> Session:
            return await open_session(profile, secret, hooks, waits, depth=depth, traits=traits)

        async def remember(traits: ServerTraits) -> None:
            await asyncio.to_thread(self._workspace.server_traits.keep, profile.relay, traits)

        return Assignment(
            run=run.id,
            profile=name,
            limits=profile.limits,
            sender=sender,
            composer=signed(composer, signer),
            message_id=lambda address: message_id(run.id, address, from_address),
            retry=campaign.retry,
            connect=connect,
            slots=ConnectionSlots(self._workspace.folder, name),
            renew=lambda: self.assignment(run, name),
            traits=await asyncio.to_thread(self._workspace.server_traits.get, profile.relay),
            remember=remember,
        )


def vault_for(workspace: Workspace) -> Vault:
    """The vault of a workspace; two workspaces may each have a profile "office" without sharing its password."""
    return open_vault(scope=str(workspace.settings.get("vault_scope", "")))
