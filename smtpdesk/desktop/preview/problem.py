"""Why there is no message to show: calm, in place, with the way to the line that causes it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Card, Glyph, box, button, hbox, text, vbox
from smtpdesk.message import RowError


def place_of(where: str) -> tuple[str, int]:
    """File and line of an error's ``where`` (``"message.html:12:4"``); the line is 0 when there is none."""
    file, *numbers = where.split(":")
    return file, int(numbers[0]) if numbers and numbers[0].isdigit() else 0


class ProblemPanel(QWidget):
    """``panel.set(error)``; ``jump(file, line)`` when the person wants to see the line."""

    jump = Signal(str, int)

    def __init__(self) -> None:
        super().__init__()
        self._place = ("", 0)
        self._title = text("", "strong", wrap=True)
        self._hint = text("", "body", "2", wrap=True)
        self._where = text("", "caption", "3", wrap=True)
        self._jump = button(_("Show the file"), "", "corner-down-left", "small")
        self._jump.clicked.connect(lambda: self.jump.emit(*self._place))
        self._actions = box(hbox(self._jump, None, gap=8))
        glyph = Glyph("circle-x", "bad", 18)
        words = vbox(self._title, self._hint, self._where, 4, self._actions, gap=4)
        row = hbox(glyph, (words, 1), gap=12, margins=(16, 14, 16, 14))
        row.setAlignment(glyph, Qt.AlignmentFlag.AlignTop)
        card = Card(row, "bad")
        note = text(
            _("The preview comes back by itself as soon as this is mended. Nothing can be sent before."),
            "caption",
            "3",
            wrap=True,
        )
        self.setLayout(vbox(card, note, None, gap=10, margins=(20, 16, 16, 16)))

    def set(self, error: DeskError) -> None:
        """Show another error."""
        self._place = place_of(error.where)
        file, line = self._place
        self._title.set_text(error.sentence)
        self._hint.set_text(error.hint)
        self._hint.setVisible(bool(error.hint))
        self._where.set_text(_where_words(file, line, error))
        self._where.setVisible(bool(self._where.sentence()))
        setting = file == "campaign.toml"
        self._jump.set_label(_("Go there") if setting else _("Go to line {n}").format(n=line))
        self._actions.setVisible(bool(line))
        self.setAccessibleName(f"{error.sentence} {error.hint}")

    def sentence(self) -> str:
        """What it says."""
        return self._title.sentence()


def _where_words(file: str, line: int, error: DeskError) -> str:
    words = _("{file}, line {n}").format(file=file, n=line) if line else file
    if isinstance(error, RowError) and error.line:
        row = _("row {n} of the list, {address}").format(n=error.line, address=f"\u2068{error.address}\u2069")
        words = f"{words} · {row}" if words else row
    return words
