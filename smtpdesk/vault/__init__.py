"""Secrets: the OS keyring; environment or mounted file for servers; this process's memory."""

from smtpdesk.vault.outside import TOKEN_VARIABLE_PREFIX, VARIABLE_PREFIX
from smtpdesk.vault.vault import Kept, Vault, VaultStatus, memory_vault, open_vault

__all__ = ["TOKEN_VARIABLE_PREFIX", "VARIABLE_PREFIX", "Kept", "Vault", "VaultStatus", "memory_vault", "open_vault"]
