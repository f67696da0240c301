"""The error tree. Only these reach a person: each has a stable code, one sentence, and what to do."""

from __future__ import annotations


class DeskError(Exception):
    """Something a person must know about.

    Args:
        code: stable, dotted, lower case, e.g. ``recipients.no-address-column``. Never reworded once released.
        sentence: one sentence in plain words, already translated.
        hint: what to do next, one or two sentences, already translated; may be empty.
        where: file, line and column or row, when the cause is in a file (``"message.html:12:4"``).
    """

    #: Exit status of the command line when this error ends a command (see ARCHITECTURE.md, "Contracts").
    exit_status = 2

    def __init__(self, code: str, sentence: str, hint: str = "", where: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.hint = hint
        self.where = where

    def __str__(self) -> str:
        head = f"{self.where}: {self.sentence}" if self.where else self.sentence
        return f"{head} {self.hint}".strip()

    def as_dict(self) -> dict[str, str]:
        """The error as the JSON object that ``--json`` prints."""
        return {"code": self.code, "error": self.sentence, "hint": self.hint, "where": self.where}


class InputError(DeskError):
    """Wrong usage, or input that cannot be read: a file, a folder, an option, a template."""


class StoreError(DeskError):
    """The workspace cannot be opened, read or written: newer schema, full disk, locked."""


class VaultError(DeskError):
    """The OS keyring is absent, locked or refused; nothing was stored."""


class PreflightFailed(DeskError):
    """Checks found errors before the first byte left; nothing was sent."""

    exit_status = 3


class RelayUnusable(DeskError):
    """The relay could not be used at all (refused, sign-in failed, certificate); nothing was sent."""

    exit_status = 4


class Cancelled(DeskError):
    """A person cancelled a long job; nothing was left half-written."""

    exit_status = 130
