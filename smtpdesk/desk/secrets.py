"""What a worker must be handed because only this process may know it."""

from __future__ import annotations

from collections.abc import Iterable

from smtpdesk.base.secret import Secret
from smtpdesk.domain.profile import Profile
from smtpdesk.vault import Vault


async def secrets_of(profiles: Iterable[Profile], vault: Vault) -> dict[str, Secret]:
    """Passwords and signing keys of profiles by reference; a worker asks the keyring itself only when it must.

    Raises:
        VaultError: the keyring is locked or refuses.
    """
    secrets = {}
    for profile in profiles:
        references = [profile.secret_ref] if profile.username else []
        references += [profile.dkim.secret_ref] if profile.dkim else []
        for reference in references:
            secret = await vault.get(reference)
            if secret is not None:
                secrets[reference] = secret
    return secrets
