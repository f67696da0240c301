"""A small curve: the rate over the last minutes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QLinearGradient, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from smtpdesk.desktop.theme import look


class Sparkline(QWidget):
    """``Sparkline(name=_("Rate"))`` then ``set_values(values, note=(index, "slowed at 14:22"))`` as they come.

    Time runs left to right in every language. Needs two values to draw a line.
    """

    def __init__(
        self, values: Sequence[float] = (), height: int = 56, color: str = "accentText", name: str = ""
    ) -> None:
        super().__init__()
        self._values: tuple[float, ...] = tuple(values)
        self._color = color
        self._note: tuple[int, str] | None = None
        self.setMinimumHeight(height)
        self.setAccessibleName(name)

    def set_values(
        self, values: Sequence[float], note: tuple[int, str] | None = None, color: str | None = None
    ) -> None:
        """Other values (any unit, 0 or more), optionally a dotted mark with words at one of them."""
        self._values, self._note, self._color = tuple(values), note, color or self._color
        self.update()

    def _points(self) -> list[QPointF]:
        width, height = self.width() - 8, self.height() - 8
        top = max(*self._values, 1e-9) * 1.12
        step = width / (len(self._values) - 1)
        return [QPointF(i * step + 1, 4 + height - height * value / top) for i, value in enumerate(self._values)]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Base line, area, curve, and a dot for now."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bottom = self.height()
        painter.fillRect(QRectF(0, bottom - 1, self.width(), 1), look.color("line"))
        if len(self._values) < 2:
            return
        points = self._points()
        self._paint_curve(painter, points, bottom, smooth=True)
        painter.setBrush(look.color(self._color))
        painter.setPen(QPen(look.color("surface"), 2))
        painter.drawEllipse(points[-1], 4.5, 4.5)

    def _paint_curve(self, painter: QPainter, points: list[QPointF], bottom: float, *, smooth: bool) -> None:
        """The area and the curve through the points; where it matters that nothing is above or below them, straight."""
        path = QPainterPath(points[0])
        for a, b in pairwise(points):
            middle = (a.x() + b.x()) / 2
            if smooth:
                path.cubicTo(QPointF(middle, a.y()), QPointF(middle, b.y()), b)
            else:
                path.lineTo(b)
        area = QPainterPath(path)
        area.lineTo(points[-1].x(), bottom)
        area.lineTo(points[0].x(), bottom)
        area.closeSubpath()
        shade = QLinearGradient(0, 0, 0, bottom)
        shade.setColorAt(0, look.color(self._color, 0.25))
        shade.setColorAt(1, look.color(self._color, 0.0))
        painter.fillPath(area, shade)
        self._paint_note(painter, points)
        painter.setPen(QPen(look.color(self._color), 1.75))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)

    def _paint_note(self, painter: QPainter, points: list[QPointF]) -> None:
        if self._note is None or not 0 <= self._note[0] < len(points):
            return
        x = points[self._note[0]].x()
        painter.setPen(QPen(look.color("lineField"), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(x, 2), QPointF(x, self.height()))
        painter.setPen(look.color("text3"))
        painter.setFont(look.font("caption"))
        left = x > self.width() / 2
        rect = QRectF(0, self.height() - 19, x - 6, 16) if left else QRectF(x + 6, self.height() - 19, self.width(), 16)
        side = Qt.AlignmentFlag.AlignRight if left else Qt.AlignmentFlag.AlignLeft
        painter.drawText(rect, side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute, self._note[1])
        painter.setBrush(Qt.BrushStyle.NoBrush)
