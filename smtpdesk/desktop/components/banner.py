"""A banner across the page: something happened, what we did, what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.desktop.components.glyph import STATUS, Glyph
from smtpdesk.desktop.components.layout import box, hbox, restyle, vbox
from smtpdesk.desktop.components.text import text


class Banner(QFrame):
    """``Banner("warn", title, body, button(…))``. Tones: ok, warn, bad, unsure, accent.

    :meth:`set` changes it while shown and makes it visible; :meth:`set_error` shows a :class:`DeskError`.
    """

    def __init__(self, tone: str = "accent", title: str = "", body: str = "", *actions: QWidget) -> None:
        super().__init__()
        self._glyph = Glyph("info", "accentText", 18)
        self._title = text("", "strong", wrap=True)
        self._body = text("", "body", "2", wrap=True)
        self._row = hbox(self._glyph, (box(vbox(self._title, self._body, gap=0)), 1), gap=12, margins=(14, 11, 12, 11))
        self._row.setAlignment(self._glyph, Qt.AlignmentFlag.AlignTop)
        self.setLayout(self._row)
        for action in actions:
            self.add_action(action)
        self._fill(tone, title, body)

    def add_action(self, action: QWidget) -> None:
        """Put a button at the end."""
        self._row.addWidget(action, 0, Qt.AlignmentFlag.AlignVCenter)

    def _fill(self, tone: str, title: str, body: str) -> None:
        if self.property("card") != tone:
            self.setProperty("card", tone)
            restyle(self)
        self._glyph.set_icon(STATUS[tone], tone if tone != "accent" else "accentText")
        self._title.setVisible(bool(title))
        self._title.set_text(f"{title}")
        self._body.setVisible(bool(body))
        self._body.set_text(body)
        self.setAccessibleName(f"{title} {body}".strip())

    def set(self, tone: str, title: str, body: str = "") -> None:
        """Other words; the banner becomes visible."""
        self._fill(tone, title, body)
        self.show()

    def set_error(self, error: DeskError) -> None:
        """Show an error of ours: its sentence, its hint, its place."""
        place = f"{error.where}: " if error.where else ""
        self.set("bad", f"{place}{error.sentence}", error.hint)
