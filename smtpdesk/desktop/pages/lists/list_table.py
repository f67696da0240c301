"""One list on screen: banner, filters, search, the table, and what is selected."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable

from PySide6.QtCore import QItemSelectionRange, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import (
    Banner,
    EmptyState,
    FilterChips,
    PagedModel,
    Tasks,
    box,
    button,
    hbox,
    rule,
    search_line,
    size_columns,
    table_view,
    text,
    vbox,
)
from smtpdesk.desktop.components.plain import entry, set_tip
from smtpdesk.desktop.pages.lists.columns import Suppressed, list_columns, nobody
from smtpdesk.desktop.pages.lists.searching import ALL, ASIDE, Query, find
from smtpdesk.desktop.pages.lists.words import number, rows, set_aside_reasons, set_aside_title
from smtpdesk.domain.recipient import ListInfo, Recipient, RowState
from smtpdesk.store import ListView

_SAMPLE = 120
_DEBOUNCE_MS = 200


class ListTable(QWidget):
    """``await table.show_list(view, counts, suppressed)``; reads and filters on a thread.

    ``suppress(list[str])``: the person wants to mail these addresses never again.
    """

    suppress = Signal(list)
    #: The rows that are set aside are wanted as a file.
    export_wanted = Signal()

    def __init__(self, on_error: Callable[[DeskError], None]) -> None:
        super().__init__()
        self._tasks = Tasks(self, on_error)
        self._view: ListView | None = None
        self._counts: dict[RowState, int] = {}
        self._query = Query()
        self._turn = 0
        self.model = PagedModel([], lambda _ids: [])
        self.table = table_view(self.model, _("Rows of the list"))
        self._build()
        self._connect()

    def _build(self) -> None:
        review = button(_("Review"), clicked=lambda: self.set_filter(ASIDE))
        self._review = review
        self.banner = Banner("warn", "", "", review)
        self.banner.hide()
        self.chips = FilterChips(_("Show"))
        self.search = search_line(_("Search"), 220)
        self.export = button(_("Export"), "quiet", "download", "small", clicked=self.export_wanted.emit)
        set_tip(self.export, _("Save the rows that are set aside, each with its reason"))
        self.export.hide()
        filters = hbox((self.chips, 1), self.export, self.search, gap=12)
        self._head = box(vbox(self.banner, box(filters), gap=14, margins=(24, 2, 20, 12)))
        self._none = EmptyState(_("Nothing found"), "", "search-x", button(_("Show all rows"), clicked=self.show_all))
        self._none.hide()
        self._left, self._right = text("", "caption", "2"), text("", "caption", "3")
        status = box(hbox(self._left, None, self._right, margins=(24, 0, 20, 0)))
        status.setFixedHeight(34)
        self.setLayout(vbox(self._head, rule(), (self.table, 1), (self._none, 1), rule(), status, gap=0))

    def _connect(self) -> None:
        self._timer = QTimer(self, singleShot=True, interval=_DEBOUNCE_MS)
        self._timer.timeout.connect(lambda: self._ask(search=self.search.text()))
        self.search.textChanged.connect(lambda _words: self._timer.start())
        self.chips.picked.connect(lambda key: self._ask(filter=key))
        header = self.table.horizontalHeader()
        header.sectionClicked.connect(self._sort)
        header.setSortIndicatorShown(False)
        self.table.verticalScrollBar().valueChanged.connect(lambda _value: self._tell_place())
        self.table.verticalScrollBar().rangeChanged.connect(lambda *_: self._tell_place())
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._tell_selection())
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._menu)
        find_key = QShortcut(QKeySequence.StandardKey.Find, self)
        find_key.activated.connect(self.search.setFocus)
        copy_key = QShortcut(QKeySequence.StandardKey.Copy, self.table, context=Qt.ShortcutContext.WidgetShortcut)
        copy_key.activated.connect(self.copy)

    # --- another list ------------------------------------------------------------------------------------------
    async def show_list(self, view: ListView, suppressed: Suppressed = nobody) -> None:
        """Show a list from its first row. The counts and the columns are read on a thread."""
        sample, counts, ids = await asyncio.to_thread(_first, view)
        self._tasks.cancel()
        self._turn += 1
        self._view, self._counts = view, counts
        self._query = Query()
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        self._timer.stop()
        info = view.info
        columns = list_columns(info.columns, info.address_column, sample, suppressed)
        self.model.set_source(columns, view.rows)
        size_columns(self.table, columns)
        self.table.horizontalHeader().setSortIndicatorShown(False)
        self._show_counts(info)
        self.model.set_ids(ids)
        self._after()

    def stop(self) -> None:
        """Look for nothing any more."""
        self._timer.stop()
        self._tasks.cancel()

    def set_suppressed(self, suppressed: Suppressed) -> None:
        """The people never to be mailed have changed."""
        if self._view is not None:
            info, ids = self._view.info, self.model.ids()
            sample = self._view.rows(ids[:_SAMPLE])
            place = self.table.verticalScrollBar().value()
            self.model.set_source(list_columns(info.columns, info.address_column, sample, suppressed), self._view.rows)
            self.model.set_ids(ids)
            self.table.verticalScrollBar().setValue(place)

    def _show_counts(self, info: ListInfo) -> None:
        aside = info.set_aside
        items: list[tuple[str, str, int | None]] = [
            (ALL, _("All"), info.ready + aside),
            (RowState.READY.value, _("Ready"), info.ready),
        ]
        if aside:
            items.append((ASIDE, _("Set aside"), aside))
        for state, words in (
            (RowState.INVALID, _("Invalid")),
            (RowState.DUPLICATE, _("Twice")),
            (RowState.EMPTY, _("Empty")),
        ):
            if self._counts.get(state):
                items.append((state.value, words, self._counts[state]))
        self.chips.set_items(items, ALL)
        self._review.set_label(_("Review {rows}").format(rows=rows(aside)))
        self.banner.set("warn", set_aside_title(info), set_aside_reasons(self._counts))
        self.banner.setVisible(aside > 0)
        columns = len(info.columns)
        hint = _("Search in {n} columns").format(n=columns) if columns > 1 else _("Search")
        self.search.setPlaceholderText(hint)
        self.search.setAccessibleName(hint)

    # --- which rows --------------------------------------------------------------------------------------------
    def set_filter(self, key: str) -> None:
        """Show only rows of a state (or all, or those set aside)."""
        self.chips.set_current(key)
        self._ask(filter=key)

    def show_all(self) -> None:
        """No filter, no search."""
        self.search.clear()
        self._timer.stop()
        self.chips.set_current(ALL)
        self._ask(filter=ALL, search="")

    def query(self) -> Query:
        """What is shown."""
        return self._query

    def _ask(self, *, filter: str | None = None, search: str | None = None, sort: str | None = None) -> None:
        old = self._query
        query = Query(
            old.filter if filter is None else filter,
            old.search if search is None else search,
            old.sort if sort is None else sort,
        )
        if query != old and self._view is not None:
            self._query = query
            self._tasks.spawn(self._find(self._view, query))

    async def _find(self, view: ListView, query: Query) -> None:
        self._turn += 1
        turn = self._turn
        waiting = asyncio.get_running_loop().call_later(0.15, self._right.set_text, _("Searching…"))
        try:
            ids = await asyncio.to_thread(find, view, query)
        finally:
            waiting.cancel()
        if turn == self._turn and view is self._view:
            self.table.scrollToTop()
            self.model.set_ids(ids)
            self._after()

    def _after(self) -> None:
        found = len(self.model.ids())
        self.export.setVisible(self._query.filter not in (ALL, RowState.READY.value))
        self.table.setVisible(found > 0)
        self._none.setVisible(found == 0)
        if not found and self._query.search.strip():
            words = _("No row holds “{words}”.").format(words=self._query.search.strip())
            self._none.set(_("Nothing found"), words)
        elif not found:
            self._none.set(_("No rows here"), _("No row of this list is in this state."))
        self._tell_place()
        self._tell_selection()

    def _sort(self, section: int) -> None:
        key = self.model.columns()[section].key
        header = self.table.horizontalHeader()
        if self._query.sort == key:
            wanted, order = f"-{key}", Qt.SortOrder.DescendingOrder
        elif self._query.sort == f"-{key}":
            wanted, order = "", Qt.SortOrder.AscendingOrder
        else:
            wanted, order = key, Qt.SortOrder.AscendingOrder
        header.setSortIndicatorShown(bool(wanted))
        header.setSortIndicator(section, order)
        header.viewport().update()
        self._ask(sort=wanted)

    # --- the foot ----------------------------------------------------------------------------------------------
    def _tell_place(self) -> None:
        total = len(self.model.ids())
        if not total:
            self._right.set_text("")
            return
        first = self.table.rowAt(0)
        last = self.table.rowAt(self.table.viewport().height() - 1)
        first, last = max(0, first), last if last >= 0 else total - 1
        words = _("Rows {first} to {last} of {total}")
        self._right.set_text(words.format(first=number(first + 1), last=number(last + 1), total=number(total)))

    def _tell_selection(self) -> None:
        count = sum(span.height() for span in self._spans())
        self._left.set_text(_("{rows} selected").format(rows=rows(count)) if count else "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More or fewer rows are in sight."""
        super().resizeEvent(event)
        self._tell_place()

    def _spans(self) -> list[QItemSelectionRange]:
        chosen = self.table.selectionModel().selection()
        return [chosen.at(place) for place in range(chosen.count())]

    # --- selected rows -----------------------------------------------------------------------------------------
    def selected(self) -> list[Recipient]:
        """The selected rows, at most a thousand of them."""
        numbers = sorted(
            {n for span in self._spans() for n in range(span.top(), min(span.bottom(), span.top() + 999) + 1)}
        )
        found = (self.model.row(n) for n in numbers[:1000])
        return [row for row in found if row is not None]

    def copy(self) -> None:
        """Put the addresses of the selected rows on the clipboard."""
        QApplication.clipboard().setText("\n".join(row.address for row in self.selected() if row.address))

    def _menu(self, at: QPoint) -> None:
        chosen = self.selected()
        addresses = [row.address for row in chosen if row.state is RowState.READY]
        if not chosen:
            return
        menu = QMenu(self)
        copy = entry(menu, _("Copy address") if len(chosen) == 1 else _("Copy addresses"))
        copy.triggered.connect(self.copy)
        if addresses:
            words = (
                _("Never mail {address}").format(address=addresses[0])
                if len(addresses) == 1
                else _("Never mail these {n} people").format(n=number(len(addresses)))
            )
            never = entry(menu, words)
            never.triggered.connect(lambda: self.suppress.emit(addresses))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.table.viewport().mapToGlobal(at))


def _first(view: ListView) -> tuple[list[Recipient], dict[RowState, int], array[int]]:
    ids = view.ids()
    return view.rows(ids[:_SAMPLE]), view.counts(), ids
