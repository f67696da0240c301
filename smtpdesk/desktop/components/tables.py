"""Tables that open a million rows at once: ids in memory, rows read page by page when they are painted.

::

    columns = [
        Column("address", _("Address"), 240, lambda row: row.address, kind=_("address"), icon="at-sign"),
        Column("state", _("State"), 120, lambda row: "", badge=lambda row: Badge(_("Ready"), "ok")),
    ]
    model = PagedModel(columns, view.rows)       # view.rows(ids) -> list[row], synchronous and quick
    table = table_view(model, _("Rows of the list"))
    model.set_ids(view.ids(search="…"))          # array('q'); table shows them at once
    model.append_ids(more)                       # a live log: one insert a batch, never row by row
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from smtpdesk.desktop.components.chip import chip_colors
from smtpdesk.desktop.components.layout import LEADING
from smtpdesk.desktop.theme import look, pixmap

ROW_HEIGHT = 34
PAGE = 256
_PAGES_KEPT = 48

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Badge:
    """A chip in a cell: words, tone ("", ok, warn, bad, unsure, accent), icon; ``plain`` leaves the pill away."""

    label: str
    tone: str = ""
    icon: str | None = None
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One column as data.

    Attributes:
        key: stable id. ``title``: heading. ``width``: pixels at first.
        value: the cell's text for a row. ``kind`` and ``icon``: the second line of :class:`TypeHeader`.
        right: numbers stand right. ``tone``: colour token of the cell's text for a row (None: text).
        badge: a chip instead of the text. ``tip``: tool tip of the cell. ``mono``: fixed-width text.
        stretch: takes the width that the others leave; give it to one column of a table that never scrolls sideways.
    """

    key: str
    title: str
    width: int
    value: Callable[[Any], str]
    kind: str = ""
    icon: str = ""
    right: bool = False
    tone: Callable[[Any], str | None] | None = None
    badge: Callable[[Any], Badge | None] | None = None
    tip: Callable[[Any], str] | None = None
    mono: bool = False
    stretch: bool = False


BADGE_ROLE = Qt.ItemDataRole.UserRole + 1
MONO_ROLE = Qt.ItemDataRole.UserRole + 2


class PagedModel(QAbstractTableModel):
    """Rows by id. ``rows(ids)`` must return one row an id, in that order (a read-only view of the store does).

    Pages of 256 rows are read when a cell of theirs is asked for, and kept while they are among the last used.
    """

    #: Emitted after ids were set or added: how many rows there are now.
    counted = Signal(int)

    def __init__(self, columns: Sequence[Column], rows: Callable[[Sequence[int]], Sequence[Any]]) -> None:
        super().__init__()
        self._columns = list(columns)
        self._rows = rows
        self._ids: array[int] = array("q")
        self._pages: OrderedDict[int, Sequence[Any]] = OrderedDict()

    # --- content -----------------------------------------------------------------------------------------------
    def set_ids(self, ids: Sequence[int]) -> None:
        """Show exactly these rows, in this order."""
        self.beginResetModel()
        self._ids = ids if isinstance(ids, array) else array("q", ids)
        self._pages.clear()
        self.endResetModel()
        self.counted.emit(len(self._ids))

    def append_ids(self, ids: Sequence[int]) -> None:
        """Add rows at the end with one insert."""
        if not len(ids):
            return
        first = len(self._ids)
        self.beginInsertRows(QModelIndex(), first, first + len(ids) - 1)
        self._pages.pop(first // PAGE, None)  # the last page was not full
        self._ids.extend(ids)
        self.endInsertRows()
        self.counted.emit(len(self._ids))

    def set_source(self, columns: Sequence[Column], rows: Callable[[Sequence[int]], Sequence[Any]]) -> None:
        """Other columns and another reader (another list); the table is empty until ids are set."""
        self.beginResetModel()
        self._columns, self._rows = list(columns), rows
        self._ids = array("q")
        self._pages.clear()
        self.endResetModel()
        self.counted.emit(0)

    def refresh(self) -> None:
        """Read the rows anew (they changed); ids, selection and place stay."""
        self._pages.clear()
        if self._ids:
            last = self.index(len(self._ids) - 1, len(self._columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def columns(self) -> list[Column]:
        """The columns."""
        return self._columns

    def ids(self) -> array[int]:
        """All ids in order; do not change it."""
        return self._ids

    def row(self, number: int) -> Any:
        """The row object at a row number."""
        page = number // PAGE
        held = self._pages.get(page)
        if held is None:
            held = self._rows(self._ids[page * PAGE : (page + 1) * PAGE])
            self._pages[page] = held
            if len(self._pages) > _PAGES_KEPT:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(page)
        place = number - page * PAGE
        return held[place] if place < len(held) else None

    # --- Qt ----------------------------------------------------------------------------------------------------
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many ids."""
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many columns."""
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles above, row numbers at the side."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Vertical:
            return str(section + 1)
        return self._columns[section].title

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One cell."""
        column = self._columns[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == MONO_ROLE:
            return column.mono
        reader = _READERS.get(role)
        if reader is None:
            return None
        row = self.row(index.row())
        return None if row is None else reader(column, row)


def _display(column: Column, row: Any) -> str:
    return column.value(row)


def _spoken(column: Column, row: Any) -> str:
    badge = column.badge(row) if column.badge else None
    return f"{column.title}: {badge.label if badge else column.value(row)}"


def _foreground(column: Column, row: Any) -> Any:
    token = column.tone(row) if column.tone else None
    return look.color(token) if token else None


_READERS: dict[int, Callable[[Column, Any], Any]] = {
    int(Qt.ItemDataRole.DisplayRole): _display,
    int(Qt.ItemDataRole.AccessibleTextRole): _spoken,
    int(Qt.ItemDataRole.ForegroundRole): _foreground,
    int(Qt.ItemDataRole.ToolTipRole): lambda column, row: (column.tip or column.value)(row) or None,
    int(BADGE_ROLE): lambda column, row: column.badge(row) if column.badge else None,
}


class CellDelegate(QStyledItemDelegate):
    """Paints badges and fixed-width cells; everything else as the style sheet says."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Fixed-width font where the column wants it."""
        super().initStyleOption(option, index)
        if index.data(MONO_ROLE):
            option.font = look.mono()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The cell, then its badge."""
        super().paint(painter, option, index)
        badge = index.data(BADGE_ROLE)
        if isinstance(badge, Badge):
            self._paint_badge(painter, option, badge)

    def _paint_badge(self, painter: QPainter, option: QStyleOptionViewItem, badge: Badge) -> None:
        rect: QRect = option.rect
        direction: Qt.LayoutDirection = option.direction

        def place(x: int, width: int, height: int) -> QRect:
            inner = QRect(rect.x() + x, rect.center().y() - height // 2, width, height)
            return QStyle.visualRect(direction, rect, inner)

        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = look.font("body" if badge.plain else "caption", None if badge.plain else QFont.Weight.Medium)
        metrics = QFontMetrics(font)
        icon_room = 19 if badge.icon else 0
        room = rect.width() - 20 - icon_room - (0 if badge.plain else 16)
        words = metrics.elidedText(badge.label, Qt.TextElideMode.ElideRight, max(room, 8))
        width = metrics.horizontalAdvance(words) + icon_room + (0 if badge.plain else 16)
        background, token = chip_colors(badge.tone)
        if not badge.plain:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(background)
            painter.drawRoundedRect(place(10, width, 20), 10, 10)
        x = 12 if badge.plain else 18
        if badge.icon:
            tint = f"{badge.tone}Fill" if badge.tone in ("ok", "warn", "bad", "unsure") and badge.plain else token
            size = 15 if badge.plain else 12
            ratio = painter.device().devicePixelRatio()
            painter.drawPixmap(place(x, size, size), pixmap(badge.icon, tint, size, ratio))
            x += icon_room if badge.plain else 16
        painter.setFont(font)
        painter.setPen(look.color("text3" if badge.plain and badge.tone == "ok" else token))
        painter.drawText(place(x, width, 22), LEADING, words)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Never asked of a fixed-height table, but cheap."""
        return QSize(80, ROW_HEIGHT)


def table_view(
    model: PagedModel, name: str, header: QHeaderView | None = None, stretch_last: bool = True
) -> QTableView:
    """A table on a :class:`PagedModel`: whole rows selected, rows of 34 px, no grid, keyboard as usual.

    ``header`` defaults to a :class:`TypeHeader` of the model's columns; ``name`` is the accessible name.
    """
    from smtpdesk.desktop.components.header import TypeHeader  # it reads Column from here

    table = QTableView()
    table.setAccessibleName(name)
    table.setModel(model)
    shown = header or TypeHeader(model.columns(), table)
    table.setHorizontalHeader(shown)
    if isinstance(shown, TypeHeader):
        model.modelReset.connect(lambda: shown.set_columns(model.columns()))
    vertical = table.verticalHeader()
    vertical.hide()
    vertical.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    vertical.setDefaultSectionSize(ROW_HEIGHT)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setItemDelegate(CellDelegate(table))
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setTextElideMode(Qt.TextElideMode.ElideRight)
    table.setTabKeyNavigation(False)
    table.setCornerButtonEnabled(False)
    shown.setStretchLastSection(stretch_last)
    size_columns(table, model.columns())
    return table


def size_columns(table: QTableView, columns: Sequence[Column]) -> None:
    """Give the columns their first widths."""
    header = table.horizontalHeader()
    if any(column.stretch for column in columns):
        header.setStretchLastSection(False)
    for place, column in enumerate(columns):
        table.setColumnWidth(place, column.width)
        mode = QHeaderView.ResizeMode.Stretch if column.stretch else QHeaderView.ResizeMode.Interactive
        header.setSectionResizeMode(place, mode)
