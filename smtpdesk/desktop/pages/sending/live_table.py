"""A table that grows and changes several times a second: its rows are read elsewhere, its cells painted by hand.

Reading a page of rows while painting, and painting through the style sheet, are quick enough for a list that rests;
ten times a second they are what makes a window stand still.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QTableView

from smtpdesk.desktop.components import LEADING, TRAILING, Badge, Column, PagedModel
from smtpdesk.desktop.components.plain import one_line
from smtpdesk.desktop.components.tables import PAGE, CellDelegate
from smtpdesk.desktop.theme import look, pixmap

Index = QModelIndex | QPersistentModelIndex


class LiveModel(PagedModel):
    """A :class:`PagedModel` that can be handed rows, so that painting need not read them."""

    def give(self, rows: Mapping[int, Any]) -> None:
        """Keep these rows (by id) for every page that they make whole; call it right after ids were set or added."""
        ids = self.ids()
        last = (len(ids) - 1) // PAGE
        for page in range(last, -1, -1):
            wanted = ids[page * PAGE : (page + 1) * PAGE]
            held = self._pages.get(page, ())
            fresh = [rows.get(row_id) for row_id in wanted[len(held) :]]
            if not all(row is not None for row in fresh):
                return
            if fresh:
                self._pages[page] = [*held, *fresh]

    def append_ids(self, ids: Sequence[int]) -> None:
        """Add rows at the end with one insert; the last page keeps what it has, :meth:`give` fills it."""
        if not len(ids):
            return
        first = len(self._ids)
        self.beginInsertRows(QModelIndex(), first, first + len(ids) - 1)
        self._ids.extend(ids)
        self.endInsertRows()
        self.counted.emit(len(self._ids))

    def row(self, number: int) -> Any:
        """The row at a number; a page that has become too short is read anew."""
        held = self._pages.get(number // PAGE)
        if held is not None and number % PAGE >= len(held):
            self._pages.pop(number // PAGE)
        return super().row(number)

    def pages_in_sight(self, table: QTableView) -> dict[int, array[int]]:
        """The ids of the pages that the table shows at present."""
        if not self.rowCount():
            return {}
        first = max(0, table.rowAt(0))
        bottom = table.rowAt(table.viewport().height() - 1)
        last = bottom if bottom >= 0 else self.rowCount() - 1
        return {page: self._ids[page * PAGE : (page + 1) * PAGE] for page in range(first // PAGE, last // PAGE + 1)}

    def put(self, pages: Mapping[int, Sequence[Any]]) -> None:
        """Newly read pages take the place of all that are kept; what is in sight is painted anew."""
        self._pages.clear()
        self._pages.update(pages)
        if pages:
            first, last = min(pages) * PAGE, min((max(pages) + 1) * PAGE, self.rowCount()) - 1
            self.dataChanged.emit(self.index(first, 0), self.index(last, self.columnCount() - 1))


@dataclass(frozen=True, slots=True)
class _Pen:
    """A font with its measures."""

    font: QFont
    metrics: QFontMetrics


@lru_cache(maxsize=32)
def _pen(role: str, size: int) -> _Pen:
    font = look.mono() if role == "mono" else look.font(role)
    return _Pen(font, QFontMetrics(font))


@lru_cache(maxsize=128)
def _ink(token: str, dark: bool) -> QColor:
    return look.color(token)


def pen(role: str) -> _Pen:
    """The font of a role at present (body or mono); made once a size, not once a cell."""
    return _pen(role, look.base)


def ink(token: str) -> QColor:
    """The colour of a token at present; made once a mode, not once a cell."""
    return _ink(token, look.dark)


class LineDelegate(CellDelegate):
    """Paints whole cells itself, as the style sheet would: ground, hairline, words or badge."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One cell, without asking the model for each of its roles."""
        model = index.model()
        if not isinstance(model, PagedModel):
            return
        rect: QRect = option.rect
        self._ground(painter, option, rect)
        row = model.row(index.row())
        if row is None:
            return
        column = model.columns()[index.column()]
        badge = column.badge(row) if column.badge else None
        if badge is None:
            self._words(painter, rect, option.direction, column, row)
        elif badge.plain:
            self._mark(painter, rect, option.direction, badge)
        else:
            self._paint_badge(painter, option, badge)

    @staticmethod
    def _ground(painter: QPainter, option: QStyleOptionViewItem, rect: QRect) -> None:
        state: QStyle.StateFlag = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, ink("accentSoft"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, ink("sunken"))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, ink("line"))

    @staticmethod
    def _words(painter: QPainter, rect: QRect, direction: Qt.LayoutDirection, column: Column, row: Any) -> None:
        words = one_line(column.value(row))
        if not words:
            return
        token = column.tone(row) if column.tone else None
        kind = pen("mono" if column.mono else "body")
        painter.setFont(kind.font)
        painter.setPen(ink(token or "text"))
        painter.setLayoutDirection(direction)
        shown = kind.metrics.elidedText(words, Qt.TextElideMode.ElideRight, rect.width() - 22)
        painter.drawText(rect.adjusted(12, 0, -10, 0), TRAILING if column.right else LEADING, shown)

    @staticmethod
    def _mark(painter: QPainter, rect: QRect, direction: Qt.LayoutDirection, badge: Badge) -> None:
        kind = pen("body")
        x = 12
        signal = badge.tone in ("ok", "warn", "bad", "unsure")
        if badge.icon:
            tint = f"{badge.tone}Fill" if signal else "text3"
            place = QStyle.visualRect(direction, rect, QRect(rect.left() + x, rect.center().y() - 7, 15, 15))
            painter.drawPixmap(place, pixmap(badge.icon, tint, 15, painter.device().devicePixelRatio()))
            x += 19
        painter.setFont(kind.font)
        painter.setPen(ink("text3" if badge.tone == "ok" else badge.tone if signal else "text2"))
        painter.setLayoutDirection(direction)
        shown = kind.metrics.elidedText(one_line(badge.label), Qt.TextElideMode.ElideRight, rect.width() - x - 8)
        room = QRect(rect.left() + x, rect.top(), rect.width() - x - 6, rect.height())
        painter.drawText(QStyle.visualRect(direction, rect, room), LEADING, shown)
