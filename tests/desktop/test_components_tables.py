"""A table of a million rows: read page by page, appended in batches, never all at once."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from smtpdesk.desktop.components import Badge, Column, PagedModel, TypeHeader, table_view
from smtpdesk.desktop.components.tables import BADGE_ROLE, PAGE, ROW_HEIGHT

MILLION = 1_000_000


class _Rows:
    """Counts what is read."""

    def __init__(self) -> None:
        self.read: list[int] = []

    def __call__(self, ids: Sequence[int]) -> list[tuple[int, str]]:
        self.read.append(len(ids))
        return [(number, f"person{number}@example.org") for number in ids]


def _columns() -> list[Column]:
    return [
        Column("id", "Row", 80, lambda row: f"{row[0]:,}", right=True, tone=lambda _row: "text3"),
        Column("address", "Address", 240, lambda row: row[1], kind="address", icon="at-sign"),
        Column("state", "State", 120, lambda _row: "", badge=lambda row: Badge("Ready", "ok") if row[0] % 2 else None),
    ]


def test_a_million_rows_open_at_once_and_only_what_is_seen_is_read(qtbot: QtBot) -> None:
    rows = _Rows()
    model = PagedModel(_columns(), rows)
    table = table_view(model, "People")
    qtbot.addWidget(table)
    table.resize(600, 400)
    model.set_ids(array("q", range(MILLION)))
    table.show()
    table.grab()
    assert model.rowCount() == MILLION
    assert sum(rows.read) <= 2 * PAGE
    table.scrollToBottom()
    table.grab()
    assert model.data(model.index(MILLION - 1, 1)) == f"person{MILLION - 1}@example.org"
    assert sum(rows.read) <= 6 * PAGE
    assert table.rowHeight(500_000) == ROW_HEIGHT


def test_pages_are_kept_but_not_for_ever(qtbot: QtBot) -> None:
    rows = _Rows()
    model = PagedModel(_columns(), rows)
    model.set_ids(array("q", range(PAGE * 100)))
    for page in range(100):
        model.row(page * PAGE)
    model.row(99 * PAGE + 5)
    assert len(rows.read) == 100
    assert len(model._pages) < 100
    model.row(0)
    assert len(rows.read) == 101


def test_new_rows_come_with_one_insert(qtbot: QtBot) -> None:
    model = PagedModel(_columns(), _Rows())
    model.set_ids([1, 2, 3])
    assert model.row(2) == (3, "person3@example.org")
    spy = QSignalSpy(model.rowsInserted)
    model.append_ids(array("q", range(4, 1004)))
    model.append_ids([])
    assert spy.count() == 1
    assert model.rowCount() == 1003
    assert model.data(model.index(1002, 0)) == "1,003"


def test_cells_speak_and_look_as_their_column_says(qtbot: QtBot) -> None:
    model = PagedModel(_columns(), _Rows())
    model.set_ids([1, 2])
    state = model.index(0, 2)
    assert model.data(state, BADGE_ROLE) == Badge("Ready", "ok")
    assert model.data(model.index(1, 2), BADGE_ROLE) is None
    assert model.data(state, Qt.ItemDataRole.AccessibleTextRole) == "State: Ready"
    assert model.data(model.index(0, 1), Qt.ItemDataRole.AccessibleTextRole) == "Address: person1@example.org"
    side = model.data(model.index(0, 0), Qt.ItemDataRole.TextAlignmentRole)
    assert side & Qt.AlignmentFlag.AlignRight
    assert model.headerData(1, Qt.Orientation.Horizontal) == "Address"


def test_rows_that_vanished_leave_empty_cells(qtbot: QtBot) -> None:
    model = PagedModel(_columns(), lambda _ids: [])
    model.set_ids([1, 2])
    assert model.data(model.index(1, 1)) is None


def test_a_refresh_reads_anew_and_keeps_the_place(qtbot: QtBot) -> None:
    rows = _Rows()
    model = PagedModel(_columns(), rows)
    model.set_ids([7, 8])
    model.row(0)
    spy = QSignalSpy(model.dataChanged)
    model.refresh()
    model.row(0)
    assert (spy.count(), len(rows.read), model.rowCount(QModelIndex())) == (1, 2, 2)


def test_another_source_changes_columns_and_header(qtbot: QtBot) -> None:
    model = PagedModel(_columns(), _Rows())
    table = table_view(model, "People")
    qtbot.addWidget(table)
    header = table.horizontalHeader()
    assert isinstance(header, TypeHeader)
    assert header.height() == 48
    model.set_source([Column("only", "Only", 100, str, stretch=True)], lambda ids: list(ids))
    model.set_ids([5])
    assert header.height() == 34
    assert model.data(model.index(0, 0)) == "5"
