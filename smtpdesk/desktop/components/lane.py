"""One profile at work, as a row of a card."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from smtpdesk.desktop.components.chip import Chip
from smtpdesk.desktop.components.layout import hbox, vbox
from smtpdesk.desktop.components.sparkline import Sparkline
from smtpdesk.desktop.components.text import Elide, text

_ICON = {"ok": "arrow-right", "warn": "hourglass", "bad": "circle-x", "unsure": "circle-question-mark", "": "pause"}


class Lane(QWidget):
    """``Lane(profile_name)`` then :meth:`set` on every change: state, note, rate and count as ready-made words."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._chip = Chip("")
        self._note = Elide("", "caption", "3")
        self._curve = Sparkline(height=30)
        self._curve.setFixedWidth(92)
        self._rate = text("", "strong")
        self._count = text("", "caption", "3")
        for label in (self._rate, self._count):
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head = Elide(name, "strong", hug=True)
        left = vbox(hbox(head, self._chip, None, gap=8), self._note, gap=3)
        right = vbox(self._rate, self._count, gap=3)
        self.setLayout(hbox((left, 1), self._curve, right, gap=14, margins=(14, 10, 14, 10)))

    def set(self, state: str, tone: str, note: str, rate: str, count: str, values: Sequence[float] = ()) -> None:
        """Show ``state`` on a chip of ``tone`` ("", ok, warn, bad, unsure), a note below, and the figures."""
        self._chip.set(state, tone, _ICON.get(tone))
        self._note.set_text(note)
        self._rate.set_text(rate)
        self._count.set_text(count)
        self._curve.set_values(values, color="accentText" if tone in ("ok", "") else f"{tone}Fill")
        self.setAccessibleName(f"{self._name}, {state}. {note} {rate}, {count}")
