"""What the part about signing in asks of the desk, for the profile on show."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from smtpdesk.base.errors import Cancelled, DeskError
from smtpdesk.base.i18n import _
from smtpdesk.desk import Desk
from smtpdesk.desktop.components import Tasks, confirm
from smtpdesk.desktop.pages.profiles.sign_in_section import SignInSection
from smtpdesk.domain.profile import Profile


def open_page(url: str) -> None:
    """Show an address in the system's browser."""
    QDesktopServices.openUrl(QUrl(url))


class SignInDeeds:
    """Signs in and out.

    Args:
        saved: saves what the form says and gives the profile; None when that cannot be.
        session_only: whether the sign-in is to be kept in this process only.
        changed: called with the profile after it.
    """

    def __init__(
        self,
        section: SignInSection,
        desk: Desk,
        tasks: Tasks,
        saved: Callable[[], Awaitable[Profile | None]],
        session_only: Callable[[], bool],
        changed: Callable[[Profile], None],
    ) -> None:
        self._section = section
        self._desk = desk
        self._tasks = tasks
        self._saved = saved
        self._session_only = session_only
        self._changed = changed
        self._cancel: asyncio.Event | None = None
        self._profile: Profile | None = None
        section.sign_in_wanted.connect(lambda: tasks.spawn(self._sign_in()))
        section.sign_out_wanted.connect(lambda: tasks.spawn(self._sign_out()))
        section.cancel_wanted.connect(self.stop)

    def show(self, profile: Profile, *, saved: bool = True) -> None:
        """Show how a profile signs in; one that is not ``saved`` has nobody signed in."""
        self.stop()
        self._profile = profile
        if not self._section.isHidden():
            self._tasks.spawn(self._look(profile, saved))

    def stop(self) -> None:
        """Give a sign-in up."""
        if self._cancel is not None:
            self._cancel.set()

    async def _look(self, profile: Profile, saved: bool) -> None:
        client = await self._desk.profiles.oauth_client(profile)
        signed = saved and profile.uses_tokens and await self._desk.profiles.has_secret(profile)
        if self._profile == profile and self._cancel is None:
            self._section.client_needed(client is None and not signed)
            self._section.show_account(profile.account if signed else None)

    async def _sign_in(self) -> None:
        client_id, client_secret = self._section.client()
        profile = await self._saved()
        if profile is None or self._cancel is not None:
            return
        cancel = self._cancel = asyncio.Event()
        loop = asyncio.get_running_loop()

        def open_browser(url: str) -> bool:
            loop.call_soon_threadsafe(open_page, url)  # the desk asks on a thread; Qt wants its own
            return True

        try:
            if client_id:
                await self._desk.profiles.set_oauth_client(profile, client_id, client_secret)
            self._section.client_needed(False)
            self._section.show_waiting()
            signed = await self._desk.profiles.sign_in(
                profile.name, open_browser=open_browser, cancel=cancel, session_only=self._session_only()
            )
        except Cancelled:
            self._over()  # whoever pressed it knows
        except DeskError:
            self._over()
            raise
        else:
            self._cancel = None
            self._changed(signed)

    def _over(self) -> None:
        self._cancel = None
        if self._profile is not None:
            self.show(self._profile)

    async def _sign_out(self) -> None:
        profile = self._profile
        if profile is None:
            return
        sure = await confirm(
            self._section,
            _("Sign out?"),
            _("Nothing can be sent with “{name}” until somebody signs in again.").format(name=profile.name),
            _("Sign out"),
        )
        if sure:
            await self._desk.profiles.sign_out(profile.name)
            self._changed(await self._desk.profiles.get(profile.name))
