"""A stacked bar, and a thin progress bar."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QWidget

from smtpdesk.desktop.components.layout import vr
from smtpdesk.desktop.theme import look


class StackedBar(QWidget):
    """Shares of a whole: ``StackedBar([(0.61, "okFill"), (0.02, "badFill")])``; the rest stays track.

    A share above nothing is at least 4 px wide. With one part it is a progress bar.
    """

    def __init__(self, parts: Sequence[tuple[float, str]] = (), height: int = 10, name: str = "") -> None:
        super().__init__()
        self._parts: tuple[tuple[float, str], ...] = ()
        self.setFixedHeight(height)
        self.set_parts(parts, name)

    def set_parts(self, parts: Sequence[tuple[float, str]], name: str = "") -> None:
        """Other shares (0 to 1, colour token), and what a screen reader says of them."""
        if name:
            self.setAccessibleName(name)
        if tuple(parts) != self._parts:
            self._parts = tuple(parts)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The parts from the leading edge, 2 px apart, in a rounded track."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        path = QPainterPath()
        path.addRoundedRect(rect, rect.height() / 2, rect.height() / 2)
        painter.setClipPath(path)
        painter.fillRect(rect, look.color("track"))
        x, several = 0.0, len([part for part in self._parts if part[0] > 0]) > 1
        for share, token in self._parts:
            if share <= 0:
                continue
            width = max(share * rect.width(), 4.0)
            painter.fillRect(QRectF(vr(self, x, 0, width, rect.height())), look.color(token))
            x += width
            if several:
                painter.fillRect(QRectF(vr(self, x, 0, 2, rect.height())), look.color("surface"))
                x += 2
