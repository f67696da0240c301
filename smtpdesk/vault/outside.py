"""Secrets that come from outside the program: the environment, or files somebody mounted (containers, servers)."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from smtpdesk.base import files
from smtpdesk.base.errors import InputError, VaultError
from smtpdesk.base.i18n import _
from smtpdesk.base.secret import Secret
from smtpdesk.base.secret_variables import PASSWORD_PREFIX, REFRESH_TOKEN_PREFIX

FOLDER_VARIABLE = "SMTPDESK_SECRETS_DIR"
#: How a reference to a signing key begins: ``dkim:DOMAIN:SELECTOR``.
KEY_PREFIX = "dkim:"
#: How a reference to a refresh token begins: ``oauth:PROFILE``.
TOKEN_PREFIX = "oauth:"
#: No password is longer; a larger file is a mistake.
_SIZE_LIMIT = 65536


def profile_of(ref: str) -> str:
    """The profile's name in a reference: ``profile:office`` to ``office``."""
    return ref.partition(":")[2] or ref


def variable_for(ref: str) -> str:
    """The environment variable that can hold this secret: ``profile:My office`` to ``SMTPDESK_PASSWORD_MY_OFFICE``.

    That of a refresh token is ``SMTPDESK_REFRESH_TOKEN_MY_OFFICE``.
    """
    prefix = REFRESH_TOKEN_PREFIX if ref.startswith(TOKEN_PREFIX) else PASSWORD_PREFIX
    return prefix + re.sub(r"[^A-Z0-9]", "_", profile_of(ref).upper())


def from_environment(ref: str, environ: Mapping[str, str]) -> Secret | None:
    """The secret in the environment; a variable that is empty counts as not set."""
    value = environ.get(variable_for(ref), "")
    return Secret(value) if value else None


def from_folder(ref: str, environ: Mapping[str, str]) -> Secret | None:
    """The secret in the file named like the profile in ``SMTPDESK_SECRETS_DIR``; one line break at its end is not part.

    Raises:
        VaultError: ``vault.file``, the file is there and cannot be read, or is no text.
    """
    path = secret_file(ref, environ)
    if path is None:
        return None
    try:
        raw = files.read(path, _SIZE_LIMIT)
        text = raw.decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, InputError):
        raise VaultError(
            "vault.file",
            _("The file with this profile's password cannot be read."),
            _("It must be a small text file that you may read, and better nobody else (mode 0600)."),
            str(path),
        ) from None
    for ending in ("\r\n", "\n"):
        if text.endswith(ending):
            text = text[: -len(ending)]
            break
    return Secret(text) if text else None


def secret_file(ref: str, environ: Mapping[str, str]) -> Path | None:
    """Where the secret's file would be; None without a folder, or when the profile's name is no plain file name.

    A signing key's file has the host name of its DNS record: ``desk1._domainkey.example.com``; a refresh token's is
    ``NAME.refresh-token``.
    """
    folder, name = environ.get(FOLDER_VARIABLE, ""), profile_of(ref)
    if ref.startswith(KEY_PREFIX):
        domain, _colon, selector = name.partition(":")
        name = f"{selector}._domainkey.{domain}"
    elif ref.startswith(TOKEN_PREFIX):
        name = f"{name}.refresh-token"
    if not folder or name in {"", ".", ".."} or any(sign in name for sign in "/\\:\0"):
        return None
    return Path(folder) / name


def too_open(environ: Mapping[str, str]) -> list[Path]:
    """The files in the secrets folder that other users of this computer can read."""
    folder = environ.get(FOLDER_VARIABLE, "")
    if not folder or os.name == "nt":  # Windows keeps rights elsewhere than in the mode
        return []
    try:
        return [path for path in sorted(Path(folder).iterdir()) if path.is_file() and path.stat().st_mode & 0o077]
    except OSError:
        return []
