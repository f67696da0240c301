"""What the section about signing asks of the desk, for the profile on show."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from smtpdesk.base import files
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.base.secret import Secret
from smtpdesk.desk import Desk
from smtpdesk.desk.dkim import DkimShown
from smtpdesk.desktop.components import Tasks, confirm, open_file
from smtpdesk.desktop.pages.profiles.dkim_dialog import ask_for_key
from smtpdesk.desktop.pages.profiles.dkim_section import DkimSection
from smtpdesk.domain.address import AddressError, domain_of, split_mailbox
from smtpdesk.domain.profile import SANDBOX, Dkim, Profile

#: A PEM file of RSA-4096 has 3,300 characters.
_SIZE_LIMIT = 65536


class DkimDeeds:
    """Makes, imports and removes keys. ``changed(name, dkim)`` is called when the saved profile signs otherwise now.

    ``made()`` is called when the record of a new key is on show.
    """

    def __init__(
        self,
        section: DkimSection,
        desk: Desk,
        tasks: Tasks,
        changed: Callable[[str, Dkim | None], None],
        made: Callable[[], object],
        toast: Callable[[str], object],
    ) -> None:
        self._section = section
        self._desk = desk
        self._tasks = tasks
        self._changed = changed
        self._made = made
        self._profile: Profile | None = None
        #: The key that was made just now and whose record is not on show yet.
        self._new: Dkim | None = None
        section.setEnabled(False)  # until it is known whose it is
        section.make_wanted.connect(lambda: self._do(self._make))
        section.import_wanted.connect(lambda: self._do(self._import))
        section.remove_wanted.connect(lambda: self._do(self._remove))
        section.copied.connect(lambda _words: toast(_("Copied")))

    def show(self, profile: Profile | None) -> None:
        """Show how a saved profile signs; None for one that is not saved yet."""
        same = profile is not None and profile == self._profile
        self._profile = profile
        self._section.setEnabled(True)
        signs = profile.dkim if profile is not None and profile.provider != SANDBOX else None
        if not same:
            waiting = DkimShown(profile.name, signs) if profile is not None and signs is not None else None
            self._section.show_key(waiting, saved=profile is not None)
        if profile is not None and signs is not None:
            self._tasks.spawn(self._look(profile))

    async def _look(self, profile: Profile) -> None:
        """A locked keyring takes its time; who looks at another profile meanwhile is not shown this one's key."""
        shown = await self._desk.dkim.show(profile.name)
        if self._profile == profile:
            self._section.show_key(shown)
            if profile.dkim == self._new:
                self._new = None
                self._made()

    def _do(self, deed: Callable[[Profile], Coroutine[Any, Any, None]]) -> None:
        if self._profile is not None:
            self._tasks.spawn(deed(self._profile))

    async def _make(self, profile: Profile) -> None:
        wish = await ask_for_key(self._section, _own_domain(profile), is_new=True)
        if wish is not None:
            self._took(await self._desk.dkim.make(profile.name, wish.domain, wish.selector, wish.algorithm))

    async def _import(self, profile: Profile) -> None:
        title, kinds = _("Choose the private key"), [(_("PEM files"), ["*.pem", "*.key", "*.private"])]
        file = await open_file(self._section, title, kinds)
        if file is None:
            return
        pem = await asyncio.to_thread(_read, file)
        wish = await ask_for_key(self._section, _own_domain(profile), is_new=False)
        if wish is not None:
            self._took(await self._desk.dkim.import_key(profile.name, wish.domain, wish.selector, pem))

    async def _remove(self, profile: Profile) -> None:
        sure = await confirm(
            self._section,
            _("Stop signing?"),
            _(
                "Messages sent with “{name}” will carry no signature of yours. The key is removed from the keyring "
                "unless another profile uses it. Leave the record published until your last messages have arrived."
            ).format(name=profile.name),
            _("Remove"),
            danger=True,
        )
        if sure:
            try:
                await self._desk.dkim.remove(profile.name)
            finally:
                self._changed(profile.name, (await self._desk.profiles.get(profile.name)).dkim)

    def _took(self, shown: DkimShown) -> None:
        self._new = shown.dkim
        self._changed(shown.profile, shown.dkim)


def _read(file: Path) -> Secret:
    try:
        return Secret(files.read(file, _SIZE_LIMIT).decode("utf-8", "replace"))
    except OSError as error:
        raise InputError("dkim.key-file", _("The file cannot be read."), error.strerror or "", str(file)) from None


def _own_domain(profile: Profile) -> str:
    try:
        return domain_of(split_mailbox(profile.identity.from_header)[1])
    except AddressError:
        return ""
