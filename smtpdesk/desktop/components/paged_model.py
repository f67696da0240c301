"""A model that knows its rows by id and reads them page by page."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from smtpdesk.desktop.components.columns import BADGE_ROLE, MONO_ROLE, Column
from smtpdesk.desktop.components.plain import CELL, one_line, paragraph, unmarked
from smtpdesk.desktop.theme import look

#: Rows read at once, and how many such pages are kept.
PAGE = 256
_PAGES_KEPT = 48

Index = QModelIndex | QPersistentModelIndex


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
        return one_line(self._columns[section].title)

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
    return paragraph(column.value(row), CELL) if column.lines else one_line(column.value(row))


def _tip(column: Column, row: Any) -> str | None:
    return unmarked((column.tip or column.value)(row)) or None


def _spoken(column: Column, row: Any) -> str:
    badge = column.badge(row) if column.badge else None
    return one_line(f"{column.title}: {badge.label if badge else column.value(row)}")


def _foreground(column: Column, row: Any) -> Any:
    token = column.tone(row) if column.tone else None
    return look.color(token) if token else None


_READERS: dict[int, Callable[[Column, Any], Any]] = {
    int(Qt.ItemDataRole.DisplayRole): _display,
    int(Qt.ItemDataRole.AccessibleTextRole): _spoken,
    int(Qt.ItemDataRole.ForegroundRole): _foreground,
    int(Qt.ItemDataRole.ToolTipRole): _tip,
    int(BADGE_ROLE): lambda column, row: column.badge(row) if column.badge else None,
}
