"""A cell of two lines: the subject, and below it the addresses with the whole width for them."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from smtpdesk.desktop.components.cells import CellDelegate
from smtpdesk.desktop.components.layout import LEADING
from smtpdesk.desktop.theme import look

LINE_HEIGHT = 50

Index = QModelIndex | QPersistentModelIndex


class TwoLines(CellDelegate):
    """Paints the two lines of a cell's text; the ground and the selection are painted as in every table."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """No words of the style's own."""
        super().initStyleOption(option, index)
        option.text = ""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The ground, then both lines."""
        super().paint(painter, option, index)
        first, _gap, second = str(index.data(Qt.ItemDataRole.DisplayRole) or "").partition("\n")
        inner: QRect = option.rect.adjusted(12, 6, -10, -6)
        half = inner.height() // 2
        painter.save()
        painter.setLayoutDirection(option.direction)
        upper, lower = look.font("body", QFont.Weight.Medium), look.font("caption")
        self._line(painter, QRect(inner.x(), inner.y(), inner.width(), half), first, upper, "text")
        self._line(painter, QRect(inner.x(), inner.y() + half, inner.width(), half), second, lower, "text2")
        painter.restore()

    @staticmethod
    def _line(painter: QPainter, room: QRect, words: str, font: QFont, token: str) -> None:
        painter.setFont(font)
        painter.setPen(look.color(token))
        shown = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, LEADING, shown)
