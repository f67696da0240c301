"""Secrets that change together with profiles: all of it happens, or none."""

from __future__ import annotations

from types import TracebackType

from smtpdesk.base.secret import Secret
from smtpdesk.vault import Kept, Vault


class SecretChanges:
    """``async with SecretChanges(vault) as changes:`` undoes its changes when the block raises.

    A process that is killed in between has lost a secret at worst; none is ever left for another server.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._before: dict[str, Kept | None] = {}

    async def __aenter__(self) -> SecretChanges:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            for ref, kept in self._before.items():
                await self._vault.put_back(ref, kept)

    async def put(self, ref: str, secret: Secret, *, session_only: bool = False) -> None:
        """Keep a secret, in place of one that was there.

        Raises:
            VaultError: the keyring did not take it.
        """
        if session_only:
            await self._remember(ref, ask=False)
            self._vault.session(ref, secret)
        else:
            await self._remember(ref)
            await self._vault.put(ref, secret)

    async def forget(self, ref: str) -> bool:
        """Forget a secret; True when there was one.

        Raises:
            VaultError: the keyring did not let go of it.
        """
        await self._remember(ref)
        await self._vault.delete(ref)
        return self._before[ref] is not None

    async def _remember(self, ref: str, *, ask: bool = True) -> None:
        if ref not in self._before:
            self._before[ref] = await self._vault.kept(ref, ask_keyring=ask)
