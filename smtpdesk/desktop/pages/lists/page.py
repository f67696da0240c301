"""The page "Lists": one list at a time as a table, its import, and whom never to mail."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desktop.components import (
    Banner,
    Drop,
    Elide,
    Tabs,
    Tasks,
    ask_text,
    box,
    button,
    confirm,
    hbox,
    rule,
    save_file,
    text,
    vbox,
)
from smtpdesk.desktop.components.plain import entry
from smtpdesk.desktop.pages.lists.import_panel import ImportPanel
from smtpdesk.desktop.pages.lists.list_table import ListTable
from smtpdesk.desktop.pages.lists.never_mail import NeverMail, Unwanted
from smtpdesk.desktop.pages.lists.searching import ASIDE
from smtpdesk.desktop.pages.lists.source_chooser import SPREADSHEETS, SourceChooser
from smtpdesk.desktop.pages.lists.words import number, origin, people, rows
from smtpdesk.desktop.shell.context import AppContext, PageInfo
from smtpdesk.domain.profile import SANDBOX
from smtpdesk.domain.recipient import ListInfo, Suppression
from smtpdesk.recipients import Pasted

PAGE = PageInfo(id="lists", title=lambda: _("Lists"), icon="table", order=20)

_LOADING, _EMPTY, _LIST, _NEVER, _IMPORT = range(5)
_REMEMBERED = "lists.current"


class Page(QWidget):
    """``go("lists")``; ``go("lists", file=path)`` imports; ``name=…`` shows a list; ``never=True`` the other tab."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._desk = context.desk
        self._tasks = Tasks(self, self._told)
        self._lists: list[ListInfo] = []
        self._current: ListInfo | None = None
        self._unwanted = Unwanted()
        self.table = ListTable(self._told)
        self.table.suppress.connect(lambda addresses: self._tasks.spawn(self._suppress(addresses)))
        self.table.export_wanted.connect(lambda: self._tasks.spawn(self._export_aside()))
        self.never = NeverMail(self._desk, self._told)
        self.never.changed.connect(self._never_changed)
        self.never.said.connect(self._say)
        self.panel = ImportPanel(self._desk)
        self.panel.done.connect(lambda info: self._tasks.spawn(self._imported(info)))
        self.panel.left.connect(self._back)
        self._build()

    # --- building ----------------------------------------------------------------------------------------------
    def _build(self) -> None:
        self.tabs = Tabs([_("Lists"), _("Never mail")], name=_("Lists and never mail"))
        self.tabs.picked.connect(self._tab)
        self.import_button = button(_("Import a list"), "", "plus", "small", clicked=lambda: self.start_import())
        tab_row = box(hbox((self.tabs, 1), self.import_button, gap=8, margins=(24, 6, 16, 0)))
        self._top = box(vbox(tab_row, rule(), gap=0))
        self._error = Banner("bad", "", "", button(_("Try again"), clicked=self._again))
        self._error_box = box(vbox(self._error, margins=(24, 14, 20, 0)))
        self._error_box.hide()
        self._stack = QStackedWidget()
        loading = box(vbox(None, hbox(None, text(_("Reading your lists…"), "body", "3"), None), None))
        list_page = Drop(vbox(self._head(), (self.table, 1), gap=0), SPREADSHEETS, bare=True)
        list_page.dropped.connect(lambda files: self.start_import(files[0]))
        for page in (loading, self._empty_page(), list_page, self.never, self.panel):
            self._stack.addWidget(page)
        self.setLayout(vbox(self._top, self._error_box, (self._stack, 1), gap=0))

    def _head(self) -> QWidget:
        self._title = Elide("", "title", hug=True)
        self._sub = Elide("", "caption", "3")
        self.switch_button = button("", "quiet", "chevron-down", tip=_("Choose another list"), clicked=self._switch)
        title = hbox(self._title, self.switch_button, None, gap=2)
        self.replace_button = button(_("Replace file…"), "", "refresh-cw", clicked=self._replace)
        self.more_button = button("", "", "ellipsis", tip=_("More about this list"), clicked=self._more)
        self.use_button = button(_("Use in a campaign"), "primary", clicked=self._use)
        words = box(vbox(title, self._sub, gap=0))
        actions = (self.more_button, self.replace_button, self.use_button)
        return box(hbox((words, 1), *actions, gap=8, margins=(24, 12, 20, 10)))

    def _empty_page(self) -> QWidget:
        self.empty = SourceChooser(_("No lists yet"), _("Bring the people. You see every row before anything is kept."))
        self.empty.chosen_file.connect(lambda file: self.start_import(file))
        self.empty.pasted.connect(self._pasted)
        return self.empty

    def _pasted(self, cells: str) -> None:
        self.start_import()
        self.panel.use(Pasted(cells), _("Pasted cells"))
        self.empty.clear()

    # --- coming and going --------------------------------------------------------------------------------------
    async def opened(self, name: str = "", file: Path | None = None, never: bool = False, show: str = "") -> None:
        """Show a list (the last one without a word), import a file, or show whom never to mail.

        ``show``: the filter to begin with: ``aside``, ``ready`` …
        """
        if self.panel.importing():
            return
        if self._stack.currentIndex() == _IMPORT and not (name or file or never):
            return
        await self._look(name)
        if file is not None:
            self.start_import(file)
        elif never:
            self._show_tab(1)
        elif show and self._current is not None:
            self.table.set_filter(show)

    async def may_leave(self) -> bool:
        """While an import runs: stop it, or stay."""
        if not self.panel.importing():
            return True
        sure = await confirm(
            self, _("Stop the import?"), _("Nothing is changed when it stops before its end."), _("Stop the import")
        )
        if sure:
            await self.panel.stop()
            self._back()
        return sure

    def closed(self) -> None:
        """Off show: nothing is searched meanwhile."""
        self._tasks.cancel()
        self.table.stop()

    async def _look(self, name: str = "") -> None:
        self._error_box.hide()
        self._lists = await self._desk.lists.all()
        self._unwanted = Unwanted(await self.never.look())
        self._context.set_count("lists", len(self._lists) or None)
        wanted = name or (self._current.name if self._current else "")
        wanted = wanted or str(await self._desk.settings.get(_REMEMBERED, ""))
        found = next((info for info in self._lists if info.name == wanted), None)
        if found is None and self._lists:
            found = max(self._lists, key=lambda info: info.imported_at)
        if found is None:
            self._current = None
            self._show_tab(0)
            return
        if self._current is None or found.id != self._current.id:
            await self._show(found)
        self._show_tab(0)

    async def _show(self, info: ListInfo) -> None:
        view = await asyncio.to_thread(self._desk.lists.view, info.id)
        await self.table.show_list(view, self._unwanted)
        self._current = info
        self._title.set_text(info.name)
        self._sub.set_text(origin(info))
        self.use_button.setEnabled(info.ready > 0)
        await self._desk.settings.set(_REMEMBERED, info.name)

    def _show_tab(self, index: int) -> None:
        self.tabs.set_current(index)
        self._top.show()
        listed = _LIST if self._current is not None else _EMPTY
        self._stack.setCurrentIndex(_NEVER if index == 1 else listed)
        self.import_button.setVisible(index == 0 and self._current is not None)

    def _tab(self, index: int) -> None:
        self._show_tab(index)

    def _told(self, error: DeskError) -> None:
        self._error.set_error(error)
        self._error_box.show()

    def _again(self) -> None:
        self._tasks.spawn(self._look())

    def _say(self, words: str, undo: object) -> None:
        self._context.toast(words, (_("Undo"), undo) if callable(undo) else None)

    # --- import ------------------------------------------------------------------------------------------------
    def start_import(self, file: Path | None = None, replaces: str = "") -> None:
        """Show the import: of a file, or first the choice of one; ``replaces``: the list that gets new rows."""
        self._top.hide()
        self._error_box.hide()
        self.panel.start(self._lists, file, replaces)
        self._stack.setCurrentIndex(_IMPORT)

    async def _imported(self, info: ListInfo) -> None:
        self._current = None
        await self._look(info.name)
        ready = _("{people} ready").format(people=people(info.ready))
        if info.set_aside:
            words = ngettext("{n} row set aside, {ready}", "{n} rows set aside, {ready}", info.set_aside)
            review = (_("Review"), lambda: self.table.set_filter(ASIDE))
            self._context.toast(words.format(n=number(info.set_aside), ready=ready), review)
        else:
            self._context.toast(ready)

    def _back(self) -> None:
        self._show_tab(0)

    def _replace(self) -> None:
        if self._current is not None:
            self.start_import(replaces=self._current.name)

    # --- lists -------------------------------------------------------------------------------------------------
    def _switch(self) -> None:
        menu = QMenu(self)
        for info in self._lists:
            made = entry(menu, info.name, behind=number(info.ready + info.set_aside))
            made.setCheckable(True)
            made.setChecked(self._current is not None and info.id == self._current.id)
            made.triggered.connect(partial(self._pick, info))
        menu.addSeparator()
        entry(menu, _("Import a list…")).triggered.connect(lambda: self.start_import())
        self._pop(menu, self.switch_button)

    def _pick(self, info: ListInfo, _checked: bool = False) -> None:
        self._tasks.spawn(self._show(info))

    def _more(self) -> None:
        menu = QMenu(self)
        if self._current is not None and self._current.set_aside:
            aside = entry(menu, _("Show the {rows} set aside").format(rows=rows(self._current.set_aside)))
            aside.triggered.connect(lambda: self.table.set_filter(ASIDE))
            menu.addSeparator()
        entry(menu, _("Remove this list…")).triggered.connect(lambda: self._tasks.spawn(self._remove()))
        self._pop(menu, self.more_button)

    @staticmethod
    def _pop(menu: QMenu, under: QWidget) -> None:
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(under.mapToGlobal(QPoint(0, under.height() + 4)))

    async def _export_aside(self) -> None:
        info = self._current
        if info is None:
            return
        name = _("{list} set aside").format(list=info.name).replace("/", " ").replace("\\", " ")
        kinds = [(_("CSV files"), ["*.csv"])]
        file = await save_file(self, _("Save the rows that are set aside"), f"{name}.csv", kinds)
        if file is not None:
            count = await self._desk.lists.export_set_aside(info.id, file)
            self._context.toast(_("{rows} saved in {file}").format(rows=rows(count), file=file.name))

    async def _remove(self) -> None:
        info = self._current
        if info is None:
            return
        sure = await confirm(
            self,
            _("Remove the list “{name}”?").format(name=info.name),
            _("Its {rows} go from this workspace. The file it came from stays where it is.").format(
                rows=rows(info.ready + info.set_aside)
            ),
            _("Remove"),
            danger=True,
        )
        if sure:
            await self._desk.lists.remove(info.name)
            self._current = None
            await self._look()
            self._context.toast(_("“{name}” is removed").format(name=info.name))

    # --- people ------------------------------------------------------------------------------------------------
    async def _suppress(self, addresses: list[str]) -> None:
        await self.never.add(addresses, _("taken from a list"), self._current.name if self._current else "")

    def _never_changed(self, entries: list[Suppression]) -> None:
        self._unwanted = Unwanted(entries)
        self.tabs.set_label(1, _("Never mail {n}").format(n=number(len(entries))) if entries else _("Never mail"))
        self.table.set_suppressed(self._unwanted)

    def _use(self) -> None:
        self._tasks.spawn(self._use_in_campaign())

    async def _use_in_campaign(self) -> None:
        info = self._current
        if info is None:
            return
        name = await ask_text(
            self,
            _("New campaign"),
            _("Name"),
            info.name,
            _("Create"),
            help=_("For you; the {people} of this list do not see it.").format(people=people(info.ready)),
        )
        if name is None:
            return
        profiles = await self._desk.profiles.all()
        own = [row.profile.name for row in profiles if row.profile.provider != SANDBOX]
        folder = await self._desk.campaigns.create(name, list_name=info.name, profile=own[0] if own else SANDBOX)
        self._context.go("campaign", folder=folder)
