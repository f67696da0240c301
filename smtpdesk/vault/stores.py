"""Where secrets are kept: the operating system's keyring, or memory. All calls block."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Protocol

import keyring
import keyring.backends.chainer
import keyring.backends.fail
import keyring.backends.null
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, NoKeyringError, PasswordDeleteError

from smtpdesk.base.errors import VaultError
from smtpdesk.base.i18n import _
from smtpdesk.vault import parts

_log = logging.getLogger(__name__)

SERVICE = "SMTPDesk"

#: What people call it, by the module of the backend.
_NAMES = {
    "keyring.backends.SecretService": "Secret Service",
    "keyring.backends.libsecret": "Secret Service",
    "keyring.backends.kwallet": "KWallet",
    "keyring.backends.Windows": "Windows Credential Manager",
    "keyring.backends.macOS": "macOS Keychain",
}


class Store(Protocol):
    """Keeps secrets under names. Every method may block, and raises VaultError when the place cannot be used."""

    def read(self, name: str) -> str | None:
        """The secret, or None when there is none."""
        ...

    def write(self, name: str, value: str) -> None:
        """Keep the secret, in place of one that was there."""
        ...

    def remove(self, name: str) -> None:
        """Forget the secret; no error when there is none."""
        ...

    def title(self) -> str:
        """What people call this place; "" when it cannot be used."""
        ...


class MemoryStore:
    """Keeps secrets in this process and forgets them with it."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    def read(self, name: str) -> str | None:
        """The secret, or None."""
        return self._kept.get(name)

    def write(self, name: str, value: str) -> None:
        """Keep it."""
        self._kept[name] = value

    def remove(self, name: str) -> None:
        """Forget it."""
        self._kept.pop(name, None)

    def title(self) -> str:
        """Memory can always be used."""
        return _("this program's memory")


class KeyringStore:
    """The keyring of the operating system. The backend is looked for at each call: asking is cheap once it is known."""

    def read(self, name: str) -> str | None:
        """The secret, or None when the keyring has none.

        Raises:
            VaultError: ``vault.absent``, ``vault.locked`` or ``vault.denied``.
        """
        backend = _usable_backend()
        try:
            return parts.read(backend, SERVICE, name)
        except Exception as error:  # noqa: BLE001 - backends raise whatever their platform does
            raise _as_vault_error(error) from None

    def write(self, name: str, value: str) -> None:
        """Keep the secret.

        Raises:
            VaultError: ``vault.absent``, ``vault.locked`` or ``vault.denied``.
        """
        backend = _usable_backend()
        try:
            parts.write(backend, SERVICE, name, value)
        except Exception as error:  # noqa: BLE001 - as above
            raise _as_vault_error(error) from None

    def remove(self, name: str) -> None:
        """Forget the secret; where there is no keyring, there is nothing to forget.

        Raises:
            VaultError: ``vault.locked`` or ``vault.denied``.
        """
        backend = choose(_backend())
        if backend is None:
            return
        try:
            parts.remove(backend, SERVICE, name)
        except PasswordDeleteError:
            if self.read(name) is not None:
                raise refused() from None
        except Exception as error:  # noqa: BLE001 - as above
            raise _as_vault_error(error) from None

    def title(self) -> str:
        """The keyring's name, or ""."""
        backend = choose(_backend())
        if backend is None:
            return ""
        module = type(backend).__module__
        known = next((name for prefix, name in _NAMES.items() if module.startswith(prefix)), "")
        return known or str(getattr(backend, "name", "")) or module


def choose(backend: KeyringBackend | None) -> KeyringBackend | None:
    """The backend to use, or None: nothing that throws secrets away or writes them into a readable file."""
    if isinstance(backend, keyring.backends.chainer.ChainerBackend):
        return next(iter(filter(_acceptable, backend.backends)), None)
    return backend if backend is not None and _acceptable(backend) else None


def _acceptable(backend: KeyringBackend) -> bool:
    # keyrings.alt: plain text, or files whose master password is asked for on a terminal.
    refused_kinds = (keyring.backends.null.Keyring, keyring.backends.fail.Keyring)
    return not isinstance(backend, refused_kinds) and not type(backend).__module__.startswith("keyrings.alt")


def _backend() -> KeyringBackend | None:
    try:
        return keyring.get_keyring()
    except Exception as error:  # noqa: BLE001 - a backend named in keyring's settings may not even import
        _log.warning("the keyring could not be opened: %s", type(error).__name__)
        return None


def _usable_backend() -> KeyringBackend:
    backend = choose(_backend())
    if backend is None:
        raise absent()
    return backend


def _as_vault_error(error: Exception) -> VaultError:
    """What went wrong, told by the kinds of the exceptions alone: their words may hold anything and stay out."""
    names = [type(one).__name__ for one in _chain(error)]
    _log.warning("the keyring failed: %s", " < ".join(names))
    if isinstance(error, KeyringLocked) or any("Locked" in name or "PromptDismissed" in name for name in names):
        return locked()
    if isinstance(error, NoKeyringError) or any("NotAvailable" in name or "Connect" in name for name in names):
        return absent()
    return refused()


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def absent() -> VaultError:
    """There is no keyring, or none that is safe."""
    return VaultError("vault.absent", _("This computer has no keyring that we can keep passwords in."))


def locked() -> VaultError:
    """The keyring is locked, and was not unlocked."""
    return VaultError("vault.locked", _("The keyring is locked."), _("Unlock it and try again."))


def refused() -> VaultError:
    """The keyring is there and said no."""
    return VaultError("vault.denied", _("The keyring refused."), _("Allow SMTPDesk to use it and try again."))


def late() -> VaultError:
    """The keyring did not answer."""
    return VaultError(
        "vault.timeout",
        _("The keyring did not answer in time."),
        _("If it shows a question, answer it and try again."),
    )
