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

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from smtpdesk.desktop.components.cells import ROW_HEIGHT, CellDelegate
from smtpdesk.desktop.components.columns import BADGE_ROLE, MONO_ROLE, Badge, Column
from smtpdesk.desktop.components.header import TypeHeader
from smtpdesk.desktop.components.paged_model import PAGE, PagedModel

__all__ = [
    "BADGE_ROLE", "MONO_ROLE", "PAGE", "ROW_HEIGHT", "Badge", "CellDelegate", "Column", "PagedModel", "size_columns",
    "table_view",
]  # fmt: skip


def table_view(
    model: PagedModel, name: str, header: QHeaderView | None = None, stretch_last: bool = True
) -> QTableView:
    """A table on a :class:`PagedModel`: whole rows selected, rows of 34 px, no grid, keyboard as usual.

    ``header`` defaults to a :class:`TypeHeader` of the model's columns; ``name`` is the accessible name.
    """
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
