"""A small picture: rows of a sheet become letters."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from smtpdesk.desktop.theme import look


class Art(QWidget):
    """Painted from tokens, so that it follows light and dark; mirrored where people read from the right."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(310, 120)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The sheet, the ways, the letters."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            painter.translate(self.width(), 0)
            painter.scale(-1, 1)
        painter.setPen(QPen(look.color("lineStrong"), 1.4))
        painter.setBrush(look.color("raised"))
        painter.drawRoundedRect(QRectF(6, 6, 142, 108), 9, 9)
        for row in range(4):
            self._row(painter, row, 20 + row * 24)

    def _row(self, painter: QPainter, row: int, y: float) -> None:
        person = row > 0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("accentSoft" if person else "hover"))
        painter.drawRoundedRect(QRectF(14, y - 5, 126, 19), 4, 4)
        for x, width, strength in ((21, 36, 1.0), (66, 26, 0.4), (101, 32, 0.4)):
            painter.setBrush(look.color("accent" if person else "lineField", strength))
            painter.drawRoundedRect(QRectF(x, y + 2, width, 5), 2.5, 2.5)
        if person:
            self._letter(painter, y + 4.5, 228 + (row - 1) * 12, 18 + (row - 1) * 42)

    @staticmethod
    def _letter(painter: QPainter, y: float, x: float, middle: float) -> None:
        way = QPainterPath(QPointF(152, y))
        way.cubicTo(QPointF(190, y), QPointF(190, middle), QPointF(x - 8, middle))
        painter.setPen(QPen(look.color("accentText"), 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(way)
        letter = QRectF(x, middle - 16, 56, 33)
        painter.setPen(QPen(look.color("accentText"), 1.6))
        painter.setBrush(look.color("raised"))
        painter.drawRoundedRect(letter, 5, 5)
        fold = [
            letter.topLeft() + QPointF(2, 3), QPointF(letter.center().x(), letter.y() + 19),
            letter.topRight() + QPointF(-2, 3),
        ]  # fmt: skip
        painter.drawPolyline(QPolygonF(fold))
