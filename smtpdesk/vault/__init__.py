"""Secrets: the OS keyring; environment or mounted file for servers; this process's memory."""

from smtpdesk.vault.vault import Kept, Vault, VaultStatus, memory_vault, open_vault

__all__ = ["Kept", "Vault", "VaultStatus", "memory_vault", "open_vault"]
