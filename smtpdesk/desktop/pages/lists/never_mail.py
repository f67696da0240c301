"""Whom never to mail: addresses and whole domains, why, and since when."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QLineEdit, QWidget

from smtpdesk.base.errors import DeskError, InputError
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desk import Desk
from smtpdesk.desk.suppression_file import BadRow
from smtpdesk.desktop.components import (
    Badge,
    Banner,
    Column,
    EmptyState,
    Field,
    PagedModel,
    Tasks,
    box,
    button,
    hbox,
    open_file,
    rule,
    save_file,
    search_line,
    table_view,
    text,
    vbox,
)
from smtpdesk.desktop.pages.lists.words import day_and_time, number
from smtpdesk.domain.address import address_key, domain_of
from smtpdesk.domain.recipient import Suppression

_BETWEEN = re.compile(r"[\s,;]+")
#: Rows of a file that named nobody and are shown one by one.
_NAMED = 5


class Unwanted:
    """Answers for an address whether it is suppressed, from what was read last."""

    def __init__(self, entries: Sequence[Suppression] = ()) -> None:
        self._targets = frozenset(entry.target for entry in entries)

    def __call__(self, address: str) -> bool:
        """Whether the address, or its whole domain, is never to be mailed."""
        return bool(self._targets) and (
            address_key(address) in self._targets or f"@{domain_of(address)}" in self._targets
        )

    def __len__(self) -> int:
        return len(self._targets)


class NeverMail(QWidget):
    """``await panel.look()``. ``changed(list[Suppression])`` after every change; ``said(str, undo)`` for a toast."""

    changed = Signal(list)
    said = Signal(str, object)

    def __init__(self, desk: Desk, on_error: Callable[[DeskError], None]) -> None:
        super().__init__()
        self._desk = desk
        self._tasks = Tasks(self, on_error)
        self._entries: list[Suppression] = []
        self._shown: list[Suppression] = []
        self.model = PagedModel(_columns(), lambda ids: [self._shown[row] for row in ids])
        self.table = table_view(self.model, _("Never mail"))
        self.target, self.reason = QLineEdit(), QLineEdit()
        self._build()

    def _build(self) -> None:
        self.target.setPlaceholderText(_("ana@example.com, or @example.com for a whole domain"))
        self.reason.setPlaceholderText(_("Asked us to stop"))
        self._target_field = Field(_("Address or domain"), self.target)
        self.add_button = button(_("Add"), "", "plus", clicked=self._add)
        for line in (self.target, self.reason):
            line.returnPressed.connect(self._add)
        self._target_field.setMaximumWidth(420)
        add = hbox((self._target_field, 3), (Field(_("Reason"), self.reason), 2), self._beside_fields(), gap=12)
        note = _(
            "Whoever stands here is never mailed, whatever list they are on. "
            "Add people here, from a list, or from a campaign's log."
        )
        self.search = search_line(_("Search"), 220)
        self.search.textChanged.connect(self._filter)
        self.remove_button = button(_("Allow again"), "", "undo-2", clicked=self._remove)
        self.remove_button.setEnabled(False)
        self._tools = box(hbox(self.search, None, self.remove_button, gap=8))
        self._count = text("", "caption", "3")
        self.import_button = button(_("Import…"), "", "upload", clicked=self._import_file)
        self.export_button = button(_("Export"), "", "download", clicked=self._export_file)
        files = (self.import_button, self.export_button)
        top = box(hbox((text(note, "body", "2", wrap=True), 1), *files, gap=8))
        self._unread = Banner("warn", "", "", button(_("Close"), "quiet", clicked=lambda: self._unread.hide()))
        self._unread.hide()
        head = vbox(top, self._unread, add, self._tools, gap=14, margins=(24, 14, 20, 12))
        self._empty = EmptyState(
            _("Nobody is on this list"),
            _("Add an address or a whole domain above, one or many at once, or import a file."),
            "ban",
        )
        status = box(hbox(self._count, None, margins=(24, 0, 20, 0)))
        status.setFixedHeight(34)
        column = vbox(box(head), rule(), (self.table, 1), (self._empty, 1), rule(), status, gap=0)
        self.setLayout(column)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._tell())
        delete = QShortcut(QKeySequence.StandardKey.Delete, self.table, context=Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self._remove)

    def _beside_fields(self) -> QWidget:
        return box(vbox(text(" ", "body"), self.add_button, None, gap=4))

    # --- what is shown -----------------------------------------------------------------------------------------
    async def look(self) -> list[Suppression]:
        """Read anew."""
        self._entries = await self._desk.lists.suppressions()
        self._filter()
        self.changed.emit(self._entries)
        return self._entries

    def _filter(self) -> None:
        words = self.search.text().strip().casefold()
        self._shown = [
            entry
            for entry in self._entries
            if not words or words in entry.target.casefold() or words in entry.reason.casefold()
        ]
        self.model.set_ids(array("q", range(len(self._shown))))
        self.table.setVisible(bool(self._shown))
        self._empty.setVisible(not self._shown)
        self._tools.setVisible(bool(self._entries))
        if self._entries:
            self._empty.set(_("Nothing found"), _("No entry holds “{words}”.").format(words=self.search.text().strip()))
        else:
            self._empty.set(
                _("Nobody is on this list"),
                _("Add an address or a whole domain above, one or many at once, or import a file."),
            )
        self._tell()

    def _tell(self) -> None:
        chosen = self._selected()
        self.remove_button.setEnabled(bool(chosen))
        self.export_button.setEnabled(bool(self._entries))
        count = len(self._entries)
        words = ngettext("{n} entry", "{n} entries", count).format(n=number(count))
        self._count.set_text(words if count else "")

    def _selected(self) -> list[Suppression]:
        numbers = {index.row() for index in self.table.selectionModel().selectedRows()}
        return [self._shown[row] for row in sorted(numbers) if row < len(self._shown)]

    # --- deeds -------------------------------------------------------------------------------------------------
    def _add(self) -> None:
        targets = [word for word in _BETWEEN.split(self.target.text().strip()) if word]
        if not targets:
            self._target_field.set_error(_("Type an address or a domain."))
            return
        self._tasks.spawn(self.add(targets, self.reason.text().strip()))

    async def add(self, targets: Sequence[str], reason: str, source: str = "") -> None:
        """Never mail these again."""
        try:
            new = await self._desk.lists.suppress(targets, reason or _("added by hand"), source)
        except InputError as error:
            self._target_field.set_error(f"{error.sentence} {error.hint}".strip())
            return
        self._target_field.set_error("")
        self.target.clear()
        self.reason.clear()
        await self.look()
        words = ngettext("{n} entry added", "{n} entries added", new).format(n=number(new))
        self.said.emit(words if new else _("That was on the list already"), None)

    def _import_file(self) -> None:
        self._tasks.spawn(self._with_file(self._import()))

    def _export_file(self) -> None:
        self._tasks.spawn(self._with_file(self._export()))

    async def _with_file(self, work: Coroutine[Any, Any, None]) -> None:
        """One file at a time."""
        self.import_button.setEnabled(False)
        self.export_button.setEnabled(False)
        try:
            await work
        finally:
            self.import_button.setEnabled(True)
            self._tell()

    async def _import(self) -> None:
        file = await open_file(self, _("Choose a file of addresses"), [(_("CSV"), ["*.csv", "*.txt"])])
        if file is not None:
            await self.import_file(file)

    async def import_file(self, file: Path) -> None:
        """Add whoever a CSV file names; rows that name nobody are shown with their lines."""
        self._unread.hide()
        self._count.set_text(_("Reading {file}…").format(file=file.name))
        done = await self._desk.lists.import_suppressions(file, _("imported from {file}").format(file=file.name))
        await self.look()
        if done.bad:
            self._unread.set("warn", *unread_words(done.bad))
        words = _("{new} new, {known} were on the list already")
        self.said.emit(words.format(new=number(done.new), known=number(done.known)), None)

    async def _export(self) -> None:
        file = await save_file(self, _("Save the list"), "never-mail.csv", [(_("CSV"), ["*.csv"])])
        if file is None:
            return
        count = await self._desk.lists.export_suppressions(file)
        words = ngettext("{n} entry is in {file}", "{n} entries are in {file}", count)
        self.said.emit(words.format(n=number(count), file=file.name), None)

    def _remove(self) -> None:
        chosen = self._selected()
        if chosen:
            self._tasks.spawn(self._allow(chosen))

    async def _allow(self, chosen: Sequence[Suppression]) -> None:
        for entry in chosen:
            await self._desk.lists.unsuppress(entry.target)
        await self.look()
        words = ngettext("{n} entry may be mailed again", "{n} entries may be mailed again", len(chosen))
        self.said.emit(words.format(n=number(len(chosen))), lambda: self._tasks.spawn(self._undo(chosen)))

    async def _undo(self, chosen: Sequence[Suppression]) -> None:
        for entry in chosen:
            await self._desk.lists.suppress([entry.target], entry.reason, entry.source)
        await self.look()


def unread_words(bad: Sequence[BadRow]) -> tuple[str, str]:
    """Title and body of what is said when rows of a file name nobody: which ones, the first of many."""
    title = ngettext("{n} row names nobody", "{n} rows name nobody", len(bad)).format(n=number(len(bad)))
    one = _("line {line}: “{text}”")
    rows = [one.format(line=number(row.line), text=row.value[:80]) for row in bad[:_NAMED]]
    further = len(bad) - _NAMED
    rows += [_("and {n} more").format(n=number(further))] if further > 0 else []
    hint = _("Each row needs an address or a domain. The others were taken; correct these and import the file again.")
    return title, f"{', '.join(rows)}. {hint}"


def _columns() -> list[Column]:
    return [
        Column("kind", "", 40, lambda _entry: "", badge=_kind),
        Column("target", _("Address or domain"), 280, lambda entry: entry.target),
        Column("reason", _("Reason"), 280, lambda entry: entry.reason, tone=lambda _entry: "text2"),
        Column("since", _("Since"), 150, lambda entry: day_and_time(entry.since), tone=lambda _entry: "text2"),
        Column("source", _("From"), 160, lambda entry: entry.source, tone=lambda _entry: "text2"),
    ]


def _kind(entry: Suppression) -> Badge:
    return Badge("", "", "globe" if entry.target.startswith("@") else "at-sign", plain=True)
