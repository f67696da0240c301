"""The vault: where the secret of a profile is looked for, and where it is kept."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from smtpdesk.base.errors import VaultError
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.base.secret import Secret
from smtpdesk.base.secret_variables import environment
from smtpdesk.vault.outside import KEY_PREFIX, TOKEN_PREFIX, from_environment, from_folder, too_open, variable_for
from smtpdesk.vault.patience import Queue
from smtpdesk.vault.stores import KeyringStore, MemoryStore, Store, late

T = TypeVar("T")
_log = logging.getLogger("smtpdesk.vault")

#: Seconds a keyring may take to give a secret out, and to take one (it may ask its owner to unlock it first).
READ_PATIENCE = 20.0
WRITE_PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class VaultStatus:
    """Whether passwords can be kept, in what, a sentence that says so, and what could be safer.

    ``reason`` says only why they cannot be kept, without what to do about it.
    """

    usable: bool
    name: str
    sentence: str
    hints: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the vault itself keeps of one secret: for this session, and in the keyring. None where it has none."""

    session: Secret | None
    keyring: Secret | None


class Vault:
    """Secrets by reference (``Profile.secret_ref``). Safe to use from several tasks; no secret shows in its repr.

    A secret is looked for in this order: what was entered for this session, the environment, the secrets folder, the
    keyring. Only the keyring is written to.
    """

    def __init__(
        self,
        scope: str = "",
        *,
        store: Store | None = None,
        environ: Mapping[str, str] | None = None,
        read_patience: float = READ_PATIENCE,
        write_patience: float = WRITE_PATIENCE,
    ) -> None:
        self._scope = scope
        self._store: Store = store or KeyringStore()
        self._environ = environment() if environ is None else environ
        self._read_patience = read_patience
        self._write_patience = write_patience
        self._session: dict[str, Secret] = {}
        self._keyring_queue = Queue("vault-keyring")
        # Apart from the keyring, whose question to its owner must not hold up a file.
        self._file_queue = Queue("vault-files")

    async def get(self, ref: str) -> Secret | None:
        """The secret, or None when nobody has stored one.

        Raises:
            VaultError: ``vault.absent``, ``vault.locked``, ``vault.denied``, ``vault.timeout`` or ``vault.file``.
        """
        here = self._session.get(ref) or from_environment(ref, self._environ)
        if here is not None:
            return here
        filed = await self._ask(ref, self._file_queue, lambda: from_folder(ref, self._environ), self._read_patience)
        if filed is not None:
            return filed
        name = self._name(ref)
        kept = await self._ask(ref, self._keyring_queue, lambda: self._store.read(name), self._read_patience)
        return None if kept is None else Secret(kept)

    async def put(self, ref: str, secret: Secret) -> None:
        """Keep the secret in the keyring. It replaces one entered for this session.

        Raises:
            VaultError: as :meth:`get`; nothing was stored then, unless a question that the keyring still shows is
                answered after ``vault.timeout``.
        """
        name = self._name(ref)
        await self._ask(
            ref, self._keyring_queue, lambda: self._store.write(name, secret.reveal()), self._write_patience
        )
        self._session.pop(ref, None)

    async def delete(self, ref: str) -> None:
        """Forget the secret, here and in the keyring; no error when there is none.

        Raises:
            VaultError: ``vault.locked``, ``vault.denied`` or ``vault.timeout``.
        """
        self._session.pop(ref, None)
        name = self._name(ref)
        await self._ask(ref, self._keyring_queue, lambda: self._store.remove(name), self._write_patience)

    async def renew(self, ref: str, secret: Secret) -> None:
        """Keep a secret that has changed where the old one is: in the keyring, or in this process where it is not.

        In this process, too, while the keyring refuses: the old secret may be worth nothing any more.
        """
        if ref in self._session:
            self._session[ref] = secret
            return
        name = self._name(ref)
        try:
            kept = await self._ask(ref, self._keyring_queue, lambda: self._store.read(name), self._read_patience)
            if kept is not None:
                if kept != secret.reveal():
                    await self.put(ref, secret)
                return
        except VaultError as error:
            _log.warning("a changed secret is kept for this session only: %s", error.code)
        self._session[ref] = secret

    async def kept(self, ref: str, *, ask_keyring: bool = True) -> Kept | None:
        """What is kept here, without the environment and the secrets folder; None when that is nothing.

        Raises:
            VaultError: ``vault.locked``, ``vault.denied`` or ``vault.timeout``; no keyring is no error.
        """
        entered, stored, name = self._session.get(ref), None, self._name(ref)
        if ask_keyring:
            try:
                stored = await self._ask(ref, self._keyring_queue, lambda: self._store.read(name), self._read_patience)
            except VaultError as error:
                if error.code != "vault.absent":
                    raise
        if entered is None and stored is None:
            return None
        return Kept(entered, None if stored is None else Secret(stored))

    async def put_back(self, ref: str, kept: Kept | None) -> None:
        """Keep again what :meth:`kept` said; what came in its place is gone. Raises nothing: it is a way back."""
        try:
            if kept is not None and kept.keyring is not None:
                await self.put(ref, kept.keyring)
            else:
                await self.delete(ref)
        except VaultError as error:
            _log.warning("a secret could not be put back: %s", error.code)
        if kept is not None and kept.session is not None:
            self._session[ref] = kept.session

    async def outside(self, ref: str) -> bool:
        """Whether the environment or the secrets folder has this secret: that one cannot be forgotten here.

        Raises:
            VaultError: ``vault.file`` or ``vault.timeout``.
        """
        if from_environment(ref, self._environ) is not None:
            return True
        filed = await self._ask(ref, self._file_queue, lambda: from_folder(ref, self._environ), self._read_patience)
        return filed is not None

    def session(self, ref: str, secret: Secret) -> None:
        """Keep the secret in this process only, until it ends or :meth:`put` or :meth:`delete` is called."""
        self._session[ref] = secret

    def holds(self, ref: str) -> bool:
        """Whether this process alone knows the secret: it is gone when the program ends."""
        return ref in self._session

    async def status(self) -> VaultStatus:
        """Whether passwords can be kept here; asks nobody to unlock anything and never raises."""
        try:
            name = await self._keyring_queue.run(self._store.title, self._read_patience)
            sentence = ""
        except TimeoutError:
            name, sentence = "", late().sentence
        try:
            hints = tuple(await self._file_queue.run(self._file_hints, self._read_patience))
        except TimeoutError:
            hints = ()
        if name:
            return VaultStatus(True, name, _("Passwords are kept in: {name}.").format(name=name), hints)
        sentence = sentence or _("This computer has no keyring that we can keep passwords in.")
        remedy = _('Enter passwords "for this session only", or set {variable}.').format(variable=variable_for("NAME"))
        return VaultStatus(False, "", f"{sentence} {remedy}", hints, sentence)

    def __repr__(self) -> str:
        return f"Vault({self._scope!r})"

    def _name(self, ref: str) -> str:
        return f"{self._scope}/{ref}" if self._scope else ref

    def _file_hints(self) -> list[str]:
        files = too_open(self._environ)
        if not files:
            return []
        sentence = ngettext(
            "{n} password file can be read by others on this computer: {first}. Mode 0600 keeps it yours.",
            "{n} password files can be read by others on this computer, such as {first}. Mode 0600 keeps them yours.",
            len(files),
        )
        return [sentence.format(n=len(files), first=files[0])]

    async def _ask(self, ref: str, queue: Queue, work: Callable[[], T], patience: float) -> T:
        try:
            return await queue.run(work, patience)
        except TimeoutError:
            raise _with_remedy(late(), ref) from None
        except VaultError as error:
            raise _with_remedy(error, ref) from None


def open_vault(scope: str = "") -> Vault:
    """The vault of this computer. ``scope`` keeps the secrets of several workspaces apart (an id, no path)."""
    return Vault(scope)


def memory_vault(scope: str = "") -> Vault:
    """A vault that forgets everything with this process, and looks at no environment: for tests and demos."""
    return Vault(scope, store=MemoryStore(), environ={})


def _with_remedy(error: VaultError, ref: str) -> VaultError:
    if error.code == "vault.file":
        return error
    if ref.startswith(KEY_PREFIX):
        remedy = _("On a server without a keyring, set {variable} to the key.").format(variable=variable_for(ref))
    elif ref.startswith(TOKEN_PREFIX):
        remedy = _('You can sign in "for this session only", or set {variable}.').format(variable=variable_for(ref))
    else:
        remedy = _(
            'In the window, enter the password "for this session only". For the command line, set {variable} and leave '
            "--password-stdin out."
        ).format(variable=variable_for(ref))
    return VaultError(error.code, error.sentence, f"{error.hint} {remedy}".strip(), error.where)
