"""The plain-text version: made from the HTML, until the person writes their own."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Glyph, box, button, hbox, rule, text, vbox
from smtpdesk.desktop.pages.campaign.completing import MessageEdit


class TextPane(QWidget):
    """``pane.show_text(own)``, ``pane.set_made(words)``; ``edited(str)``: the person's own text, "" gives it up.

    ``begin``: called for what an own text starts with, the template that the HTML amounts to.
    """

    edited = Signal(str)

    def __init__(self, begin: Callable[[], str]) -> None:
        super().__init__()
        self._begin = begin
        self.editor = MessageEdit(_("Message, plain text"), highlight=False)
        self.editor.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.editor.textChanged.connect(self._typed)
        self._made = ""
        self._own = False
        self._filling = False
        self._words = text("", "caption", "2", wrap=True)
        self.own_button = button(_("Write my own"), "", "", "small", clicked=self._write_own)
        self.back_button = button(_("Make it from the HTML"), "quiet", "", "small", clicked=self._give_up)
        buttons = (self.own_button, self.back_button)
        row = hbox(Glyph("info", "text3", 14), (self._words, 1), *buttons, gap=8, margins=(24, 7, 16, 7))
        self.setLayout(vbox(box(row), rule(), (self.editor, 1), gap=0))
        self._show()

    def show_text(self, own: str) -> None:
        """Show the person's own text; "" means it is made from the HTML."""
        self._own = bool(own.strip())
        if self._own and self.editor.toPlainText() != own:
            self._fill(own)
        self._show()

    def set_made(self, words: str) -> None:
        """What was made from the HTML for the person in the preview."""
        self._made = words
        if not self._own:
            self._fill(words)

    def own(self) -> bool:
        """Whether there is a text of the person's own."""
        return self._own

    def _fill(self, words: str) -> None:
        if self.editor.toPlainText() != words:
            self._filling = True
            self.editor.setPlainText(words)
            self._filling = False

    def _show(self) -> None:
        self.editor.setReadOnly(not self._own)
        self.own_button.setVisible(not self._own)
        self.back_button.setVisible(self._own)
        made = _("Made from the HTML, as this person gets it. It follows every change.")
        own = _("Your own text. Fields work here too; changes of the HTML do not reach it.")
        self._words.set_text(own if self._own else made)

    def _typed(self) -> None:
        if self._own and not self._filling:
            self.edited.emit(self.editor.toPlainText())

    def _write_own(self) -> None:
        words = self._begin() or "\n"
        self._own = True
        self._fill(words)
        self._show()
        self.editor.setFocus()
        self.edited.emit(words)

    def _give_up(self) -> None:
        self._own = False
        self._show()
        self._fill(self._made)
        self.edited.emit("")
