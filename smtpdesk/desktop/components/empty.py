"""What a page says while there is nothing on it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from smtpdesk.desktop.components.glyph import Glyph
from smtpdesk.desktop.components.layout import hbox, vbox
from smtpdesk.desktop.components.text import text

_WIDEST = 440


class EmptyState(QWidget):
    """``EmptyState(title, body, "inbox", button(…))``: centred; ``art`` is a Lucide name, a widget, or None."""

    def __init__(self, title: str, body: str, art: QWidget | str | None = None, *actions: QWidget) -> None:
        super().__init__()
        column = vbox(gap=6)
        column.addStretch(1)
        if art is not None:
            picture = Glyph(art, "text3", 36) if isinstance(art, str) else art
            column.addWidget(picture, 0, Qt.AlignmentFlag.AlignHCenter)
            column.addSpacing(12)
        self._title = text(title, "section" if isinstance(art, str) else "title")
        self._title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._title, 0, Qt.AlignmentFlag.AlignHCenter)
        self._body = text(body, "body", "2", wrap=True)
        self._body.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._body, 0, Qt.AlignmentFlag.AlignHCenter)
        if actions:
            column.addSpacing(12)
            column.addLayout(hbox(None, *actions, None))
        column.addStretch(1)
        self.setLayout(column)
        self._fit()

    def _fit(self) -> None:
        # A wrapped label in a centred layout gets too little height otherwise.
        width = min(_WIDEST, max(120, self.width() - 48))
        self._body.setFixedSize(width, max(1, self._body.heightForWidth(width)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap anew."""
        super().resizeEvent(event)
        self._fit()

    def set(self, title: str, body: str) -> None:
        """Other words."""
        self._title.set_text(title)
        self._body.set_text(body)
        self._fit()
