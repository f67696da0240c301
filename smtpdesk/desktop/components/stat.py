"""A number with its word."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from smtpdesk.desktop.components.glyph import Glyph
from smtpdesk.desktop.components.layout import hbox, vbox
from smtpdesk.desktop.components.text import Elide, text


class StatTile(QWidget):
    """Icon and word, the number, then what happens to it: ``StatTile("1,486", _("Accepted"), hint, "ok")``.

    Tones: ok, warn, bad, unsure, wait. The number arrives as text, formatted for the locale.
    """

    def __init__(self, number: str, word: str, hint: str = "", tone: str = "wait") -> None:
        super().__init__()
        self._word, self._hint_text = word, hint
        self._number = text(number, "stat")
        self._hint = Elide(hint, "caption", "3")
        head = hbox(Glyph.status(tone), (Elide(word, "body", "2"), 1), gap=6)
        self.setLayout(vbox(head, hbox(self._number, None), self._hint, gap=2))
        self.set(number)

    def set(self, number: str, hint: str | None = None) -> None:
        """Another number, and another hint if given."""
        if hint is not None and hint != self._hint_text:
            self._hint_text = hint
            self._hint.set_text(hint)
        self._number.set_text(number)
        self.setAccessibleName(f"{number} {self._word}, {self._hint_text}".rstrip(", "))
