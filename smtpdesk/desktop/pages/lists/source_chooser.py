"""Where recipients come from: a file that is dropped or chosen, or cells that are pasted."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Drop, Glyph, Tasks, box, button, hbox, open_file, text, vbox

#: What can be imported; other files are tried as text.
SPREADSHEETS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods")
_WIDTH = 620


async def choose_spreadsheet(parent: QWidget) -> Path | None:
    """Ask for a spreadsheet with the system's dialog; None when cancelled."""
    patterns = [f"*{suffix}" for suffix in SPREADSHEETS]
    return await open_file(parent, _("Choose a spreadsheet"), [(_("Spreadsheets"), patterns)])


class SourceChooser(QWidget):
    """``chosen_file(Path)`` or ``pasted(str)``; ``title`` and ``note`` stand above the drop field."""

    chosen_file = Signal(object)
    pasted = Signal(str)

    def __init__(self, title: str = "", note: str = "") -> None:
        super().__init__()
        self._tasks = Tasks(self)
        self._title, self._note = title, note
        self.cells = QPlainTextEdit()
        self.cells.setProperty("boxed", "true")
        self.cells.setAccessibleName(_("Pasted cells"))
        self.cells.setPlaceholderText("ana@example.com\nBo Li <bo@example.com>")
        self.cells.setTabChangesFocus(True)
        self.cells.setFixedHeight(112)
        self.use_button = button(_("Use these cells"), clicked=self._use)
        self.use_button.setEnabled(False)
        self.cells.textChanged.connect(lambda: self.use_button.setEnabled(bool(self.cells.toPlainText().strip())))
        self.choose_button = button(_("Choose a spreadsheet…"), "primary", size="large", clicked=self._choose)
        self.setLayout(hbox(None, box(self._column()), None, margins=24))

    def _column(self) -> QVBoxLayout:
        glyph = hbox(None, Glyph("file-spreadsheet", "accentText", 28), None)
        title = text(_("Drop a spreadsheet here"), "section")
        note = text(_("Excel, CSV or OpenDocument. It is read on this computer and never uploaded."), "body", "2")
        for line in (title, note):
            line.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        inside = vbox(glyph, title, note, 8, hbox(None, self.choose_button, None), gap=6, margins=(24, 28, 24, 28))
        self.drop = Drop(inside, SPREADSHEETS)
        self.drop.setFixedWidth(_WIDTH)
        self.drop.dropped.connect(lambda files: self.chosen_file.emit(files[0]))
        paste_title = text(_("Or paste cells"), "strong")
        paste_note = text(_("Copied from a spreadsheet, or addresses copied from a mail program."), "body", "2")
        head = vbox(gap=4)
        for words, role, tone in ((self._title, "title", ""), (self._note, "body", "2")):
            if words:
                line = text(words, role, tone)
                line.setAlignment(Qt.AlignmentFlag.AlignHCenter)
                head.addWidget(line)
        if self._title:
            head.addSpacing(18)
        return vbox(
            None,
            head,
            self.drop,
            22,
            paste_title,
            paste_note,
            self.cells,
            hbox(self.use_button, None),
            None,
            gap=6,
        )

    def clear(self) -> None:
        """Forget what was pasted."""
        self.cells.clear()

    def _choose(self) -> None:
        self._tasks.spawn(self._ask())

    async def _ask(self) -> None:
        file = await choose_spreadsheet(self)
        if file is not None:
            self.chosen_file.emit(file)

    def _use(self) -> None:
        self.pasted.emit(self.cells.toPlainText())
