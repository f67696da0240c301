"""A curve over time with its scale: how many, and when."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen

from smtpdesk.desktop.components.plain import show_tip
from smtpdesk.desktop.components.sparkline import Sparkline
from smtpdesk.desktop.theme import look

#: Pixels for the words of the scale: above, below and at the side of the curve.
_ABOVE, _BELOW, _SIDE = 20, 22, 6


class TimeChart(Sparkline):
    """A :class:`Sparkline` with a scale: ``chart.set_series(values, ticks, top=(12.0, "12/s"), marks=…)``.

    Time runs left to right in every language. ``tips`` are shown for the point under the mouse.
    """

    def __init__(self, height: int = 170, name: str = "") -> None:
        super().__init__(height=height, name=name)
        self._ticks: tuple[tuple[float, str], ...] = ()
        self._marks: tuple[tuple[float, str], ...] = ()
        self._tips: tuple[str, ...] = ()
        self._top, self._top_words = 0.0, ""
        self.setMouseTracking(True)

    def set_series(
        self,
        values: Sequence[float],
        ticks: Sequence[tuple[float, str]] = (),
        top: tuple[float, str] = (0.0, ""),
        marks: Sequence[tuple[float, str]] = (),
        tips: Sequence[str] = (),
    ) -> None:
        """Show values at even steps.

        Args:
            ticks: words below at places from 0 (oldest) to 1 (now).
            top: the value of the upper line, and its words.
            marks: dotted lines at places, in the colour of a signal (warn, bad, ok).
            tips: words for each value.
        """
        state = tuple(values), tuple(ticks), top, tuple(marks), tuple(tips)
        if state == (self._values, self._ticks, (self._top, self._top_words), self._marks, self._tips):
            return
        self._values, self._ticks, (self._top, self._top_words), self._marks, self._tips = state
        self.update()

    def _plot(self) -> QRectF:
        return QRectF(_SIDE, _ABOVE, self.width() - 2 * _SIDE, self.height() - _ABOVE - _BELOW)

    def _points(self) -> list[QPointF]:
        plot, top = self._plot(), max(self._top, *self._values, 1e-9)
        step = plot.width() / (len(self._values) - 1)
        return [
            QPointF(plot.left() + place * step, plot.bottom() - plot.height() * value / top)
            for place, value in enumerate(self._values)
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Scale, marks, area, curve."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plot = self._plot()
        self._paint_scale(painter, plot)
        if len(self._values) < 2:
            return
        for place, token in self._marks:
            painter.setPen(QPen(look.color(f"{token}Fill"), 1, Qt.PenStyle.DotLine))
            x = plot.left() + place * plot.width()
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        painter.setClipRect(plot.adjusted(-_SIDE, -_ABOVE, _SIDE, 1))
        self._paint_curve(painter, self._points(), plot.bottom(), smooth=False)

    def _paint_scale(self, painter: QPainter, plot: QRectF) -> None:
        painter.setFont(look.font("caption"))
        line = look.color("line")
        for share in (0.0, 0.5, 1.0):
            painter.fillRect(QRectF(plot.left(), plot.bottom() - share * plot.height(), plot.width(), 1), line)
        painter.setPen(look.color("text3"))
        for place, words in self._ticks:
            width = painter.fontMetrics().horizontalAdvance(words) + 2
            left = min(max(plot.left() + place * plot.width() - width / 2, 0.0), self.width() - width)
            painter.drawText(QRectF(left, plot.bottom() + 5, width, 16), Qt.AlignmentFlag.AlignCenter, words)
        if self._top_words:
            above = QRectF(plot.left(), plot.top() - 19, plot.width(), 16)
            side = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
            painter.drawText(above, side, self._top_words)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The words of the point under the mouse."""
        plot = self._plot()
        if len(self._tips) < 2 or len(self._tips) != len(self._values):
            return
        place = round((event.position().x() - plot.left()) / plot.width() * (len(self._tips) - 1))
        if 0 <= place < len(self._tips):
            show_tip(event.globalPosition().toPoint(), self._tips[place], self)
