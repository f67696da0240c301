"""From a profile to what signs its messages: the one place where a key is looked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from smtpdesk.base.errors import DeskError, VaultError
from smtpdesk.base.i18n import _
from smtpdesk.base.secret import Secret
from smtpdesk.domain.profile import Dkim, Profile
from smtpdesk.message import DkimKey, SignedComposer, Signer
from smtpdesk.message.dkim import Builder
from smtpdesk.vault.outside import variable_for

#: Gives the secret of a reference, or None when there is none.
Ask = Callable[[str], Awaitable[Secret | None]]


async def signer_for(profile: Profile, ask: Ask) -> Signer | None:
    """What signs a profile's messages; None when that is left to the relay.

    Raises:
        DeskError: ``dkim.no-key``, or why the key cannot be read. VaultError: the keyring is locked or refuses.
    """
    if profile.dkim is None:
        return None
    try:
        secret = await ask(profile.dkim.secret_ref)
    except VaultError as error:
        if error.code != "vault.absent":
            raise
        secret = None  # a computer without a keyring has stored none
    if secret is None:
        raise no_key(profile.name, profile.dkim)
    return Signer(await asyncio.to_thread(DkimKey.read, secret), profile.dkim)


def signed(composer: Builder, signer: Signer | None) -> Builder:
    """The composer, whose messages are signed where there is something to sign them with."""
    return composer if signer is None else SignedComposer(composer, signer)


def no_key(profile: str, dkim: Dkim) -> DeskError:
    """A profile signs and its key is not to be had on this computer."""
    return DeskError(
        "dkim.no-key",
        _("The profile “{name}” signs for {domain}, and the key for that is not on this computer.").format(
            name=profile, domain=dkim.domain
        ),
        _(
            "Import the key or make a new one in the profile, or take signing off it. "
            "On a server, set {variable} to the key."
        ).format(variable=variable_for(dkim.secret_ref)),
    )
