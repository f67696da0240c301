"""The page itself: which profile is on show, what is unsaved, and what the desk is asked to do."""

from __future__ import annotations

import asyncio
from typing import Any

from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import (
    Banner,
    Chip,
    Elide,
    EmptyState,
    Tasks,
    box,
    button,
    choose,
    confirm,
    hbox,
    rule,
    scroll,
    vbox,
)
from smtpdesk.desktop.pages.profiles.fixes import Fix
from smtpdesk.desktop.pages.profiles.form import ProfileForm
from smtpdesk.desktop.pages.profiles.listing import ProfileList
from smtpdesk.desktop.pages.profiles.presets import PresetChooser
from smtpdesk.desktop.pages.profiles.testing import TestPanel
from smtpdesk.desktop.shell.context import AppContext, PageInfo
from smtpdesk.domain.profile import SANDBOX, Limits, Profile, Relay, Security
from smtpdesk.providers import Provider
from smtpdesk.store import ProfileRow

PAGE = PageInfo(id="profiles", title=lambda: _("SMTP profiles"), icon="server", order=30)

FORM_WIDTH = 366
#: Narrower than this the list becomes a menu.
LIST_FROM = 1000


class Page(QWidget):
    """List, form and test. ``opened(name="office")`` shows a profile, ``opened(add=True)`` begins a new one."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._desk = context.desk
        self._tasks = Tasks(self, self._told)
        self._rows: list[ProfileRow] = []
        self._saved: Profile | None = None
        self._is_new = False
        self._session_only = False
        self._test_task: asyncio.Task[Any] | None = None
        self._presets = {provider.id: provider for provider in self._desk.profiles.presets()}
        self.list = ProfileList()
        self.form = ProfileForm()
        self.test = TestPanel()
        self.chooser = PresetChooser(list(self._presets.values()))
        self._build()
        self.list.picked.connect(lambda name: self._tasks.spawn(self._pick(name)))
        self.list.added.connect(lambda: self._tasks.spawn(self._add()))
        self.form.edited.connect(self._show_dirty)
        self.test.wanted.connect(self._start_test)
        self.test.cancelled.connect(self._stop_test)
        self.test.fixed.connect(self._fix)
        self.chooser.chosen.connect(self._begin_new)
        self.chooser.cancelled.connect(lambda: self._tasks.spawn(self._back_from_chooser()))

    # --- building ----------------------------------------------------------------------------------------------
    def _build(self) -> None:
        self._title = Elide("", "section")
        self._dirty_chip = Chip(_("Not saved"))
        self._dirty_chip.hide()
        self._menu_button = button("", "quiet", "chevron-down", "small", tip=_("Choose another profile"))
        self._menu_button.clicked.connect(self._show_menu)
        self._add_small = button(
            "", "quiet", "plus", "small", tip=_("Add a profile"), clicked=lambda: self._tasks.spawn(self._add())
        )
        head = box(
            hbox((self._title, 1), self._dirty_chip, self._menu_button, self._add_small, gap=6, margins=(24, 0, 20, 0))
        )
        head.setFixedHeight(32)
        self._banner = Banner()
        self._banner.hide()
        self._form_stack = QStackedWidget()
        self._form_stack.addWidget(scroll(self.form, _("Settings of the profile")))
        self._form_stack.addWidget(self._built_in())
        self._save_button = button(_("Save"), "primary", clicked=lambda: self._tasks.spawn(self._save()))
        self._discard_button = button(_("Discard"), "quiet", clicked=self._discard)
        self._remove_button = button(
            _("Remove"), "quiet", "trash", color="bad", clicked=lambda: self._tasks.spawn(self._remove())
        )
        foot = hbox(self._remove_button, None, self._discard_button, self._save_button, gap=8, margins=(16, 9, 24, 9))
        self._foot = box(vbox(rule(), foot, gap=0))
        notice = box(hbox((self._banner, 1), margins=(24, 0, 24, 0)))
        left = box(vbox(12, head, notice, (self._form_stack, 1), self._foot, gap=0))
        left.setFixedWidth(FORM_WIDTH)
        work = box(hbox(left, rule("v"), (self.test, 1), gap=0))
        editor = box(vbox((work, 1), rule(), self.test.transcript, gap=0))
        self._stack = QStackedWidget()
        for part in (editor, self.chooser):
            self._stack.addWidget(part)
        self._list_rule = rule("v")
        self.setLayout(hbox(self.list, self._list_rule, (self._stack, 1), gap=0))

    def _built_in(self) -> QWidget:
        return EmptyState(
            _("The sandbox is built in"),
            _(
                "A mail server on this computer that keeps what you send and delivers nothing. "
                "Try a whole campaign with it before anybody gets mail."
            ),
            "flask-conical",
            button(_("Open the sandbox"), clicked=lambda: self._context.go("sandbox")),
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow page trades the list for a menu."""
        super().resizeEvent(event)
        wide = self.width() >= LIST_FROM
        self.list.setVisible(wide)
        self._list_rule.setVisible(wide)
        self._menu_button.setVisible(not wide)
        self._add_small.setVisible(not wide)

    # --- coming and going --------------------------------------------------------------------------------------
    async def opened(self, name: str = "", add: bool = False) -> None:
        """Read the profiles; keep an unsaved draft."""
        status = await self._desk.profiles.vault_status()
        self._session_only = not status.usable
        kept = _("Kept in the system keychain, never in a file.")
        self._where_kept = kept if status.usable else status.sentence
        if self._dirty() and not name:
            return
        await self._reload(name or (self._saved.name if self._saved else ""))
        if add:
            await self._add()

    def closed(self) -> None:
        """Stop a running test and everything else."""
        self._tasks.cancel()

    async def may_leave(self) -> bool:
        """Ask about unsaved changes."""
        if not self._dirty():
            return True
        answer = await choose(
            self,
            _("Save the changes?"),
            _("The profile “{name}” was changed.").format(name=self._title.text()),
            [("cancel", _("Cancel")), ("discard", _("Discard")), ("save", _("Save"))],
            primary="save",
        )
        if answer == "save":
            return await self._save()
        if answer == "discard":
            self._discard()
        return answer == "discard"

    # --- which profile -----------------------------------------------------------------------------------------
    async def _reload(self, name: str = "") -> None:
        self._rows = await self._desk.profiles.all()
        own = [row for row in self._rows if row.profile.provider != SANDBOX]
        self._context.set_count(PAGE.id, len(own))
        names = [row.profile.name for row in self._rows]
        wanted = name if name in names else (own or self._rows)[0].profile.name if self._rows else ""
        self.list.set_rows(self._rows)
        if wanted:
            await self._show(next(row for row in self._rows if row.profile.name == wanted))

    async def _show(self, row: ProfileRow) -> None:
        self._stop_test()
        self._saved, self._is_new = row.profile, False
        has_secret = bool(row.profile.username) and await self._desk.profiles.has_secret(row.profile)
        self._fill(row.profile, has_secret)
        self.list.set_current(row.profile.name)

    def _fill(self, profile: Profile, has_secret: bool) -> None:
        provider: Provider | None = self._presets.get(profile.provider)
        built_in = profile.provider == SANDBOX
        self._title.set_text(profile.name or _("New profile"))
        self._form_stack.setCurrentIndex(1 if built_in else 0)
        self._foot.setVisible(not built_in)
        self.form.load(profile, has_secret, provider)
        self.form.set_password_help(self._where_kept)
        self.test.reset(profile.identity.from_header)
        self._banner.hide()
        self._stack.setCurrentIndex(0)
        self._show_dirty()

    async def _pick(self, name: str) -> None:
        current = "" if self._is_new else self._saved.name if self._saved else None
        if name == current and self._stack.currentIndex() == 0:
            return
        if not await self.may_leave():
            self.list.set_current(current)
            return
        await self._reload(name)

    def _show_menu(self) -> None:
        menu = QMenu(self)
        menu.setAccessibleName(_("Profiles"))
        for name in self.list.names():
            action = QAction(name or _("New profile"), menu)
            action.triggered.connect(lambda _checked=False, name=name: self._tasks.spawn(self._pick(name)))
            menu.addAction(action)
        menu.popup(self._menu_button.mapToGlobal(self._menu_button.rect().bottomLeft()))

    # --- a new one ---------------------------------------------------------------------------------------------
    async def _add(self) -> None:
        if not await self.may_leave():
            return
        self.list.set_current(None)
        self._stack.setCurrentIndex(1)
        self.chooser.focus_first()

    async def _back_from_chooser(self) -> None:
        await self._reload(self._saved.name if self._saved else "")

    def _begin_new(self, provider_id: str) -> None:
        self._stop_test()
        provider = self._presets.get(provider_id)
        name = self._free_name(provider.name if provider and provider.endpoints else _("My server"))
        self._saved, self._is_new = None, True
        self._fill(from_preset(name, provider), False)
        self.list.set_rows(self._rows, name)
        self.list.set_current("")
        self.form.focus_first()

    def _free_name(self, wanted: str) -> str:
        taken = {row.profile.name for row in self._rows}
        clean = wanted.replace("/", " ").replace("\\", " ")
        names = [clean, *(f"{clean} {number}" for number in range(2, 1000))]
        return next(name for name in names if name not in taken)

    # --- saving ------------------------------------------------------------------------------------------------
    def _dirty(self) -> bool:
        if self._is_new:
            return True
        if self._saved is None or self._saved.provider == SANDBOX:
            return False
        return self.form.profile() != self._saved or self.form.secret() is not None

    def _show_dirty(self) -> None:
        dirty = self._dirty()
        self._dirty_chip.setVisible(dirty)
        self._save_button.setEnabled(dirty)
        self._discard_button.setEnabled(dirty)
        self._remove_button.setVisible(not self._is_new)

    async def _save(self) -> bool:
        others = {row.profile.name for row in self._rows} - {self._saved.name if self._saved else ""}
        if self.form.problems(others):
            return False
        profile, was = self.form.profile(), self._saved.name if self._saved else None
        try:
            await self._desk.profiles.save(profile, self.form.secret(), session_only=self._session_only, was=was)
        except DeskError as error:
            if not self.form.show_error(error):
                self._banner.set_error(error)
            return False
        self._is_new = False
        self._saved = profile
        await self._reload(profile.name)
        self._context.toast(_("Profile saved"))
        return True

    def _discard(self) -> None:
        self._is_new = False
        if self._saved is not None:
            self.form.load(self._saved, True)
        self._show_dirty()
        self._tasks.spawn(self._reload(self._saved.name if self._saved else ""))

    async def _remove(self) -> None:
        assert self._saved is not None
        sure = await confirm(
            self,
            _("Remove “{name}”?").format(name=self._saved.name),
            _("Its password is removed from the keychain too. What was sent with it stays in the log."),
            _("Remove"),
            danger=True,
        )
        if sure:
            await self._desk.profiles.remove(self._saved.name)
            self._saved = None
            await self._reload()

    # --- testing -----------------------------------------------------------------------------------------------
    def _start_test(self) -> None:
        built_in = self._saved is not None and self._saved.provider == SANDBOX
        if not built_in and self.form.problems(()):
            return
        profile = self._saved if built_in and self._saved else self.form.profile()
        self._test_task = self._tasks.spawn(self._run_test(profile))

    async def _run_test(self, profile: Profile) -> None:
        self.test.begin(profile)
        cancelled = False
        try:
            steps = self._desk.profiles.test(profile, self.form.secret(), self.test.to.text().strip())
            async for step in steps:
                self.test.add(step)
        except asyncio.CancelledError:
            cancelled = True
            raise
        except DeskError as error:
            self.test.show_error(error)
        finally:
            self.test.end(cancelled)
            self._test_task = None
        if not self._is_new and not self._dirty():
            self._rows = await self._desk.profiles.all()
            self.list.set_rows(self._rows)
            self.list.set_current(profile.name)

    def _stop_test(self) -> None:
        if self._test_task is not None:
            self._test_task.cancel()

    def _fix(self, fix: Fix) -> None:
        self.form.set_security(fix.security)
        self._start_test()

    def _told(self, error: DeskError) -> None:
        self._banner.set_error(error)


def from_preset(name: str, provider: Provider | None) -> Profile:
    """A new profile with what its provider is known to want."""
    if provider is None or not provider.endpoints:
        return Profile(name, Relay("", 587, Security.STARTTLS))
    first = provider.endpoints[0]
    return Profile(
        name=name,
        relay=Relay(first.host, first.port, first.security),
        username=provider.username_fixed,
        limits=provider.limits or Limits(),
        provider=provider.id,
    )
