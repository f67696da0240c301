"""Export and import on the page: the files are asked for, and what came says what it still needs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QMenu, QWidget

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desk import Desk
from smtpdesk.desk.handing_over import Imported, Need
from smtpdesk.desk.profile_import import UntrustedHosts
from smtpdesk.desktop.components import Banner, choose, open_file, save_file
from smtpdesk.desktop.components.plain import entry


def add_actions(menu: QMenu, exported: Callable[[], object], imported: Callable[[], object]) -> None:
    """Both, at the end of a menu."""
    for words, called in ((_("Export…"), exported), (_("Import…"), imported)):
        entry(menu, words).triggered.connect(lambda _checked=False, called=called: called())


class HandOver:
    """``await export()`` and ``await import_()``; ``reload`` shows a profile by name, then the banner speaks."""

    def __init__(
        self,
        page: QWidget,
        desk: Desk,
        banner: Banner,
        reload: Callable[[str], Awaitable[None]],
        toast: Callable[[str], object],
    ) -> None:
        self._page, self._desk, self._banner, self._reload, self._toast = page, desk, banner, reload, toast

    async def export(self) -> None:
        """All profiles into a file that the person names.

        Raises:
            DeskError: there is none.
        """
        text = await self._desk.profiles.export()
        file = await save_file(self._page, _("Export the profiles"), "profiles.toml", [(_("Profiles"), ["*.toml"])])
        if file is not None:
            await asyncio.to_thread(self._write, file, text)
            self._toast(_("Exported. Passwords are not in the file."))

    @staticmethod
    def _write(file: Path, text: str) -> None:
        try:
            file.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            words = _("The file cannot be written: {reason}.").format(reason=error.strerror or str(error))
            raise InputError("profiles.unwritable", words, _("Choose another folder."), str(file)) from None

    async def import_(self) -> None:
        """The profiles of a file; asks before one takes the place of another.

        Raises:
            DeskError: the file is none, or wrong.
        """
        file = await open_file(self._page, _("Import profiles"), [(_("Profiles"), ["*.toml"])])
        if file is not None:
            await self.import_from(file)

    async def import_from(self, file: Path) -> None:
        """The profiles of this file, once the person has said yes to what is to be asked."""
        replaces, trusted = False, list[str]()
        while True:
            try:
                done = await self._desk.profiles.import_file(file, replaces=replaces, trusted_hosts=trusted)
                break
            except UntrustedHosts as error:
                if not await self._may_trust(error):
                    return
                trusted += [one.host for one in error.questions]
            except InputError as error:
                if error.code != "profile.exists" or replaces:
                    raise
                if not await self._may_replace(error):
                    return
                replaces = True
        await self._reload(done[0].profile.name)
        self._say(done)

    async def _may_trust(self, error: UntrustedHosts) -> bool:
        hosts = ", ".join(dict.fromkeys(one.host for one in error.questions))
        sentences = " ".join(dict.fromkeys(one.sentence for one in error.questions))
        answer = await choose(
            self._page,
            _("Do you trust this server?"),
            sentences + " " + _("Whoever runs it would see your password. Ask the person who gave you the file."),
            [("cancel", _("Cancel")), ("trust", _("Trust {host}").format(host=hosts))],
            primary="cancel",
        )
        return answer == "trust"

    async def _may_replace(self, error: InputError) -> bool:
        words = _("{what} Replacing keeps a password only where the server stays the same.")
        answer = await choose(
            self._page,
            _("Replace profiles of the same name?"),
            words.format(what=error.sentence),
            [("cancel", _("Cancel")), ("replace", _("Replace"))],
            primary="replace",
        )
        return answer == "replace"

    def _say(self, done: Sequence[Imported]) -> None:
        title = ngettext("{count} profile was imported.", "{count} profiles were imported.", len(done))
        named: dict[str, list[str]] = {}
        for one in done:
            for need in one.needs:
                named.setdefault(need_words(need), []).append(one.profile.name)
        lines = [f"{words} {', '.join(names)}." for words, names in named.items()]
        self._banner.set("warn" if lines else "ok", title.format(count=len(done)), "\n".join(lines))


def need_words(need: Need) -> str:
    """What is needed, as one does it in the window; the names of the profiles follow."""
    return {
        "username": _("Enter the user name and the password, and save:"),
        "password": _("Enter the password, and save:"),
        "sign-in": _("Sign in on the provider's page:"),
        "host": _("Signs in at a provider, but its server is not the provider's:"),
        "pin": _("Compare the fingerprint of the one certificate that is trusted:"),
        "plain": _("May send the password without encryption:"),
        "dkim": _("Import the signing key, or make a new one:"),
    }.get(need.kind, need.sentence)
