"""Where one stands in a sequence of steps."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components.layout import LEADING, vr
from smtpdesk.desktop.theme import look, pixmap

_DOT, _GAP, _LINK, _HEIGHT = 20, 6, 34, 28


class Stepper(QWidget):
    """Recipients, Message, Check, Profile, Send: a tick when done, filled when current, an outline later.

    ``Stepper([_("Recipients"), …], 0)``; ``set_current(i)``, ``set_done({0, 1})``. When there is no room only the
    current step keeps its words. With ``clickable=True`` steps are picked by mouse and arrow keys: ``picked(int)``.
    """

    picked = Signal(int)

    def __init__(self, steps: Sequence[str], current: int = 0, clickable: bool = False) -> None:
        super().__init__()
        self._steps = tuple(steps)
        self._current = current
        self._done: frozenset[int] | None = None
        self._clickable = clickable
        self.setFixedHeight(_HEIGHT)
        if clickable:
            self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.setMouseTracking(True)
        self._announce()

    def set_current(self, current: int) -> None:
        """Move to a step."""
        if current != self._current:
            self._current = current
            self._announce()

    def set_done(self, done: frozenset[int] | set[int]) -> None:
        """Say which steps are done; without a word, all before the current one are."""
        self._done = frozenset(done)
        self._announce()

    def current(self) -> int:
        """Index of the current step."""
        return self._current

    def _announce(self) -> None:
        words = _("Step {n} of {total}: {name}")
        self.setAccessibleName(
            words.format(n=self._current + 1, total=len(self._steps), name=self._steps[self._current])
        )
        self.setMinimumWidth(self._width(compact=True))
        self.setMaximumWidth(self._width(compact=False))
        self.updateGeometry()
        self.update()

    @staticmethod
    def _bold() -> QFont:
        return look.font("body", QFont.Weight.DemiBold)

    def _word_width(self, index: int, compact: bool) -> int:
        if compact and index != self._current:
            return 0
        return QFontMetrics(self._bold()).horizontalAdvance(self._steps[index]) + _GAP

    def _width(self, compact: bool) -> int:
        words = sum(_DOT + self._word_width(i, compact) for i in range(len(self._steps)))
        return words + _LINK * (len(self._steps) - 1) + 2

    def sizeHint(self) -> QSize:
        """Room for all words."""
        return QSize(self._width(compact=False), _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Room for the current word."""
        return QSize(self._width(compact=True), _HEIGHT)

    def _places(self) -> list[tuple[int, int]]:
        """(x, width) of each step, logical."""
        compact = self.width() < self._width(compact=False)
        places, x = [], 0
        for index in range(len(self._steps)):
            width = _DOT + self._word_width(index, compact)
            places.append((x, width))
            x += width + _LINK
        return places

    def _is_done(self, index: int) -> bool:
        return index < self._current if self._done is None else index in self._done

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dots, words, and the line between."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        places = self._places()
        for index, (x, width) in enumerate(places):
            self._paint_dot(painter, index, x)
            self._paint_word(painter, index, x, width)
            if index < len(places) - 1:
                painter.setPen(QPen(look.color("lineStrong"), 1.5))
                link = vr(self, x + width + 9, 13, 16, 2)
                painter.drawLine(link.left(), 14, link.right(), 14)
        if self.hasFocus():
            x, width = places[self._current]
            painter.setPen(QPen(look.color("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(vr(self, x, 1, width, _HEIGHT - 2)).adjusted(1, 1, -1, -1), 8, 8)

    def _paint_dot(self, painter: QPainter, index: int, x: int) -> None:
        dot = QRectF(vr(self, x, 4, _DOT, _DOT)).adjusted(0.5, 0.5, -0.5, -0.5)
        current = index == self._current
        if self._is_done(index) and not current:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("accentSoft"))
            painter.drawEllipse(dot)
            tick = pixmap("check", "accentText", 12, self.devicePixelRatioF())
            painter.drawPixmap(vr(self, x + 4, 8, 12, 12), tick)
            return
        painter.setPen(QPen(look.color("accent" if current else "lineField"), 1.2))
        painter.setBrush(look.color("accent") if current else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(dot)
        painter.setPen(look.color("onAccent" if current else "text3"))
        painter.setFont(look.font("caption", QFont.Weight.DemiBold))
        painter.drawText(dot, Qt.AlignmentFlag.AlignCenter, str(index + 1))

    def _paint_word(self, painter: QPainter, index: int, x: int, width: int) -> None:
        if width <= _DOT:
            return
        current = index == self._current
        painter.setFont(self._bold() if current else look.font("body"))
        painter.setPen(look.color("text" if current else "text2" if self._is_done(index) else "text3"))
        painter.drawText(vr(self, x + _DOT + _GAP, 0, width - _DOT, _HEIGHT), LEADING, self._steps[index])

    def _step_at(self, point: QPointF) -> int | None:
        for index, (x, width) in enumerate(self._places()):
            if vr(self, x, 0, width, _HEIGHT).contains(point.toPoint()):
                return index
        return None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A hand over a step that can be picked."""
        over = self._clickable and self._step_at(event.position()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick a step."""
        index = self._step_at(event.position())
        if self._clickable and index is not None:
            self.picked.emit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys go one step back or on."""
        forward = Qt.Key.Key_Left if self.layoutDirection() == Qt.LayoutDirection.RightToLeft else Qt.Key.Key_Right
        back = Qt.Key.Key_Right if forward == Qt.Key.Key_Left else Qt.Key.Key_Left
        if event.key() == forward and self._current < len(self._steps) - 1:
            self.picked.emit(self._current + 1)
        elif event.key() == back and self._current > 0:
            self.picked.emit(self._current - 1)
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """New font, new widths."""
        if event.type() == QEvent.Type.FontChange:
            self._announce()
        super().changeEvent(event)
