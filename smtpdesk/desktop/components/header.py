"""A table header of two lines: the name, and below it what kind of thing the column holds."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QHeaderView, QStyle, QWidget

from smtpdesk.desktop.components.columns import Column
from smtpdesk.desktop.components.layout import LEADING, TRAILING
from smtpdesk.desktop.components.plain import one_line
from smtpdesk.desktop.theme import look, pixmap


class TypeHeader(QHeaderView):
    """Painted, since a section of QHeaderView holds one line. Reads title, kind and icon of the columns.

    ``TypeHeader(columns)``: :class:`~smtpdesk.desktop.components.columns.Column` values; without any kind it is
    one line and lower. The sorted column shows an arrow.
    """

    def __init__(self, columns: list[Column], parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._columns = columns
        self.setHighlightSections(False)
        self.setSectionsClickable(True)
        self.setSectionsMovable(False)
        self.setMinimumSectionSize(48)
        self.set_columns(columns)

    def set_columns(self, columns: list[Column]) -> None:
        """Other columns."""
        self._columns = columns
        self._two_lines = any(column.kind for column in columns)
        self.setFixedHeight(48 if self._two_lines else 34)
        self.viewport().update()

    def paintSection(self, painter: QPainter, rect: QRect, index: int) -> None:
        """Name over kind, a hairline below."""
        painter.save()
        painter.fillRect(rect, look.color("sunken"))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), look.color("line"))
        if index < len(self._columns):
            self._paint_column(painter, rect, self._columns[index], index)
        painter.restore()

    def _place(self, rect: QRect, x: int, y: int, width: int, height: int) -> QRect:
        inner = QRect(rect.x() + x, rect.y() + y, max(0, width), height)
        return QStyle.visualRect(self.layoutDirection(), rect, inner)

    def _paint_column(self, painter: QPainter, rect: QRect, column: Column, index: int) -> None:
        width, top = rect.width(), 6 if self._two_lines else 7
        sorted_here = self.isSortIndicatorShown() and self.sortIndicatorSection() == index
        room = width - 24 - (16 if sorted_here else 0)
        bold = look.font("body", QFont.Weight.DemiBold)
        painter.setFont(bold)
        painter.setPen(look.color("text"))
        name = QFontMetrics(bold).elidedText(one_line(column.title), Qt.TextElideMode.ElideRight, room)
        painter.drawText(self._place(rect, 12, top, room, 20), TRAILING if column.right else LEADING, name)
        if sorted_here:
            up = self.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder
            arrow = pixmap("arrow-up" if up else "arrow-down", "text3", 12, self.devicePixelRatioF())
            painter.drawPixmap(self._place(rect, width - 22, top + 4, 12, 12), arrow)
        if self._two_lines and column.kind:
            self._paint_kind(painter, rect, column)

    def _paint_kind(self, painter: QPainter, rect: QRect, column: Column) -> None:
        font = look.font("caption")
        metrics = QFontMetrics(font)
        icon_room = 16 if column.icon else 0
        width = min(metrics.horizontalAdvance(column.kind), rect.width() - 24 - icon_room)
        x = rect.width() - 12 - width if column.right else 12 + icon_room
        if column.icon:
            picture = pixmap(column.icon, "text3", 12, self.devicePixelRatioF())
            painter.drawPixmap(self._place(rect, x - 16, 28, 12, 12), picture)
        painter.setPen(look.color("text3"))
        painter.setFont(font)
        words = metrics.elidedText(one_line(column.kind), Qt.TextElideMode.ElideRight, width + 2)
        painter.drawText(self._place(rect, x, 22, width + 2, 21), LEADING, words)
