"""The import of a spreadsheet: how it will be read, seen in its first rows, then all of it with a way to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QLineEdit, QStackedWidget, QWidget

from smtpdesk.base.errors import Cancelled, DeskError
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desk import Desk
from smtpdesk.desktop.components import (
    Drop,
    Field,
    ProgressPanel,
    Tasks,
    TopBar,
    box,
    button,
    clear,
    confirm,
    hbox,
    rule,
    scroll,
    text,
    vbox,
)
from smtpdesk.desktop.pages.lists.choices_form import ChoicesForm
from smtpdesk.desktop.pages.lists.finding_line import finding_line
from smtpdesk.desktop.pages.lists.first_rows import FirstRows
from smtpdesk.desktop.pages.lists.source_chooser import SPREADSHEETS, SourceChooser, choose_spreadsheet
from smtpdesk.desktop.pages.lists.words import number
from smtpdesk.domain.recipient import ListInfo
from smtpdesk.recipients import Choices, Pasted, Preview, Source

_ROWS = 100
_FORM_WIDTH = 312


class ImportPanel(QWidget):
    """``panel.start(lists, file=…, replaces=…)``. ``done(ListInfo)`` after an import; ``left()`` when given up."""

    done = Signal(object)
    left = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._tasks = Tasks(self, self._tell)
        self._source: Source | None = None
        self._replaces = ""
        self._lists: dict[str, ListInfo] = {}
        self.rows = FirstRows()
        self.error = self.rows.error
        self._turn = 0
        self._good = False
        self._job: asyncio.Task[object] | None = None
        self.chooser = SourceChooser()
        self.chooser.chosen_file.connect(self.use_file)
        self.chooser.pasted.connect(lambda cells: self.use(Pasted(cells), _("Pasted cells")))
        self.form = ChoicesForm()
        self.form.changed.connect(lambda _choices: self._look_again())
        self.progress = ProgressPanel()
        self._build()

    # --- building ----------------------------------------------------------------------------------------------
    def _build(self) -> None:
        self._other = button(_("Another file…"), clicked=self._choose_other)
        self.cancel_button = button(_("Cancel"), "quiet", clicked=self._leave)
        self.bar = TopBar(_("Import a list"), right=[self._other, self.cancel_button])
        self._pages = QStackedWidget()
        self._pages.addWidget(self.chooser)
        self._pages.addWidget(self._review_page())
        self.setLayout(vbox(self.bar, (self._pages, 1), gap=0))
        escape = QShortcut(QKeySequence.StandardKey.Cancel, self)
        escape.activated.connect(self._leave)

    def _review_page(self) -> QWidget:
        self.name = QLineEdit()
        self.name.textChanged.connect(lambda _words: self._name_changed())
        self._name_field = Field(_("Name of the list"), self.name)
        self._noticed = vbox(gap=12)
        self._noticed_title = text(_("Noticed"), "strong")
        column = vbox(
            self._name_field, self.form, 4, self._noticed_title, self._noticed, None, gap=12, margins=(24, 16, 20, 16)
        )
        left = scroll(box(column), _("How it is read"))
        left.setFixedWidth(_FORM_WIDTH)
        drop = Drop(hbox((left, 0), rule("v"), (self.rows, 1), gap=0), SPREADSHEETS, bare=True)
        drop.dropped.connect(lambda files: self.use_file(files[0]))
        return box(vbox((drop, 1), rule(), self._foot(), gap=0))

    def _foot(self) -> QWidget:
        note = _("Rows with a problem are set aside, never dropped. Your file is untouched.")
        self._note = text(note, "caption", "3")
        self.import_button = button(_("Import"), "primary", clicked=self._begin)
        self._foot_rest = box(hbox(self._note, None, self.import_button, gap=8))
        foot = box(vbox(self.progress, self._foot_rest, margins=(24, 10, 16, 10)))
        self.import_button.setDefault(True)
        return foot

    # --- beginning ---------------------------------------------------------------------------------------------
    def start(self, lists: Sequence[ListInfo], file: Path | None = None, replaces: str = "") -> None:
        """Begin an import; ``lists``: those there are; ``replaces``: the name of the list that gets new rows."""
        self._lists = {info.name: info for info in lists}
        self._replaces = replaces
        self._source = None
        self.chooser.clear()
        self.rows.hide_error()
        self.name.setText(replaces)
        self.bar.set_title(_("Replace “{name}”").format(name=replaces) if replaces else _("Import a list"))
        self.bar.set_sub("")
        self._other.hide()
        self._pages.setCurrentIndex(0)
        if file is not None:
            self.use_file(file)
        else:
            self.chooser.choose_button.setFocus()

    def use_file(self, file: Path) -> None:
        """Look at a file."""
        self.use(file, file.stem)

    def use(self, source: Source, name: str) -> None:
        """Look at a source; ``name`` is proposed for the list."""
        self._source = source
        self.form.reset()
        self.form.hide()
        if not self._replaces:
            self.name.setText(" ".join(name.replace("_", " ").split()))
            self.name.selectAll()
        self.rows.show_preview(None)
        self._other.show()
        self._pages.setCurrentIndex(1)
        self.name.setFocus()
        self._look_again()

    def importing(self) -> bool:
        """Whether rows are being read right now."""
        return self._job is not None and not self._job.done()

    async def stop(self) -> None:
        """Stop an import that is under way, and wait until it has; nothing is changed."""
        if self._job is not None and not self._job.done():
            self._job.cancel()
            await asyncio.wait({self._job})

    # --- looking -----------------------------------------------------------------------------------------------
    def _look_again(self) -> None:
        if self._source is not None:
            self._tasks.spawn(self._look(self._source, self.form.choices))

    async def _look(self, source: Source, choices: Choices) -> None:
        self._turn += 1
        turn = self._turn
        self.rows.say(_("Reading…"))
        self.import_button.setEnabled(False)
        try:
            preview = await self._desk.lists.look(source, choices, _ROWS)
        except DeskError as error:
            if turn == self._turn:
                self._cannot(error)
            return
        if turn == self._turn:
            self._can(source, preview)

    def _cannot(self, error: DeskError) -> None:
        self._good = False
        self.rows.show_error(error)
        self.rows.show_preview(None)
        self._show_noticed(None)
        self._update()

    def _can(self, source: Source, preview: Preview) -> None:
        shape = preview.shape
        self._good = bool(shape.address_column)
        self.rows.hide_error()
        self.form.setVisible(True)
        self.form.show_shape(shape)
        kind = _kind_words(shape.kind)
        columns = ngettext("{n} column", "{n} columns", len(shape.columns)).format(n=len(shape.columns))
        name = source.name if isinstance(source, Path) else _("Pasted cells")
        self.bar.set_sub(f"{name} · {kind} · {columns}" if isinstance(source, Path) else f"{name} · {columns}")
        self.rows.show_preview(preview)
        self._show_noticed(preview)
        self._update()

    def _show_noticed(self, preview: Preview | None) -> None:
        clear(self._noticed)
        findings = preview.shape.findings if preview else ()
        self._noticed_title.setVisible(bool(findings))
        for finding in findings:
            self._noticed.addWidget(finding_line(finding))

    def _name_changed(self) -> None:
        self._update()

    def _taken(self) -> ListInfo | None:
        return self._lists.get(self.name.text().strip())

    def _update(self) -> None:
        taken = self._taken()
        if taken is not None:
            total = number(taken.ready + taken.set_aside)
            self._name_field.set_warning(_("Replaces the {n} rows of the list of this name.").format(n=total))
        else:
            self._name_field.set_warning("")
        self.import_button.set_label(_("Replace") if taken is not None else _("Import"))
        self.import_button.setEnabled(self._good and bool(self.name.text().strip()) and not self.importing())

    # --- importing ---------------------------------------------------------------------------------------------
    def _begin(self) -> None:
        if self._source is not None and not self.importing():
            self._job = self._tasks.spawn(self._import(self._source, self.name.text().strip(), self.form.choices))

    async def _import(self, source: Source, name: str, choices: Choices) -> None:
        taken = self._taken()
        if taken is not None and name != self._replaces and not await self._sure(taken):
            return
        title = source.name if isinstance(source, Path) else _("Pasted cells")
        self._busy(True)
        self.progress.start(_("Reading {name}").format(name=title), _("{n} rows"))
        try:
            info = await self._desk.lists.import_list(
                source, name, choices, self.progress.progress, self.progress.is_cancelled
            )
        except Cancelled:
            self.rows.say(_("Stopped. Nothing was changed."))
            return
        finally:
            self.progress.stop()
            self._busy(False)
        self.done.emit(info)

    async def _sure(self, taken: ListInfo) -> bool:
        total = number(taken.ready + taken.set_aside)
        return await confirm(
            self,
            _("Replace the list “{name}”?").format(name=taken.name),
            _("Its {n} rows give way to those of this file. Campaigns that use it go to the new rows.").format(n=total),
            _("Replace"),
        )

    def _busy(self, busy: bool) -> None:
        self._foot_rest.setVisible(not busy)
        self.cancel_button.setVisible(not busy)
        for part in (self.form, self.name, self._other):
            part.setEnabled(not busy)
        if not busy:
            QTimer.singleShot(0, self, self._update)

    def _tell(self, error: DeskError) -> None:
        self.rows.show_error(error)

    # --- leaving -----------------------------------------------------------------------------------------------
    def _leave(self) -> None:
        if not self.importing():
            self.left.emit()

    def _choose_other(self) -> None:
        self._tasks.spawn(self._ask_other())

    async def _ask_other(self) -> None:
        file = await choose_spreadsheet(self)
        if file is not None:
            self.use_file(file)


def _kind_words(kind: str) -> str:
    return {
        "csv": _("CSV"),
        "tsv": _("text with tabs"),
        "xlsx": _("Excel workbook"),
        "xls": _("Excel workbook"),
        "ods": _("OpenDocument sheet"),
        "pasted": _("pasted cells"),
    }.get(kind, kind)
