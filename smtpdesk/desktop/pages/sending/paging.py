"""What the two big tables share: ids of the selected rows, copying them, and whether one stands at the end."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from PySide6.QtCore import QEvent, QItemSelectionModel, QItemSelectionRange, QObject, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QTableView, QWidget

from smtpdesk.desktop.components import PagedModel

#: At most so many lines go onto the clipboard; a file is the better place for more.
MOST_COPIED = 10_000
_PIECE = 256


def _parts(table: QTableView) -> list[QItemSelectionRange]:
    """The selected stretches, from top to bottom."""
    parts = cast("Iterable[QItemSelectionRange]", table.selectionModel().selection())
    return sorted(parts, key=lambda part: part.top())


def selected_rows(table: QTableView, limit: int | None = None) -> Iterator[int]:
    """The numbers of the selected rows, from top to bottom, without an index object for each of a million."""
    left = limit
    for selected in _parts(table):
        for number in range(selected.top(), selected.bottom() + 1):
            if left is not None:
                if left <= 0:
                    return
                left -= 1
            yield number


def selected_ids(table: QTableView, model: PagedModel) -> array[int]:
    """The ids of the selected rows, from top to bottom; quick for a million."""
    ids, found = model.ids(), array("q")
    for part in _parts(table):
        found += ids[part.top() : part.bottom() + 1]
    return found


async def copy_rows(
    table: QTableView, read: Callable[[Sequence[int]], Sequence[Any]], line: Callable[[Any], Sequence[str]]
) -> int:
    """Put the selected rows onto the clipboard, cells parted by tabs, in pieces so that the window lives on.

    Returns how many lines were copied, at most :data:`MOST_COPIED`.
    """
    model = table.model()
    assert isinstance(model, PagedModel)
    ids = model.ids()
    wanted = [ids[number] for number in selected_rows(table, MOST_COPIED)]
    lines: list[str] = []
    for start in range(0, len(wanted), _PIECE):
        rows = await asyncio.to_thread(read, wanted[start : start + _PIECE])
        lines += ["\t".join(" ".join(cell.split()) for cell in line(row)) for row in rows]
    if lines:
        QGuiApplication.clipboard().setText("\n".join(lines))
    return len(lines)


def on_copy(table: QTableView, call: Callable[[], object]) -> None:
    """Ctrl+C in the table."""
    shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), table)
    shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    shortcut.activated.connect(call)


def on_escape(view: QWidget, call: Callable[[], object]) -> None:
    """Escape in a view."""
    shortcut = QShortcut(QKeySequence(Qt.Key.Key_Escape), view)
    shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    shortcut.activated.connect(call)


def at_end(table: QTableView) -> bool:
    """Whether the last row is in sight."""
    bar = table.verticalScrollBar()
    return bar.value() >= bar.maximum() - 4


def select_row(table: QTableView, number: int) -> None:
    """Select one row, as a click does."""
    flags = QItemSelectionModel.SelectionFlag
    index = table.model().index(number, 0)
    table.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)


class FitColumns(QObject):
    """Leaves columns away while a table is narrow: ``{"words": 760}`` shows *words* from 760 px on.

    What is left away stands in the details beside the table.
    """

    def __init__(self, table: QTableView, least: Mapping[str, int]) -> None:
        super().__init__(table)
        self._table, self._least = table, least
        table.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The table has another width."""
        model = self._table.model()
        if event.type() == QEvent.Type.Resize and isinstance(model, PagedModel):
            width = self._table.width()
            for place, column in enumerate(model.columns()):
                hidden = width < self._least.get(column.key, 0)
                if self._table.isColumnHidden(place) != hidden:
                    self._table.setColumnHidden(place, hidden)
        return False
