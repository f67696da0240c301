"""The results by person: where everybody stands, with filters, sorting, and what to do about the chosen ones."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QItemSelection, Qt, QTimer
from PySide6.QtWidgets import QAbstractItemView, QStackedWidget, QWidget

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desktop.components import (
    EmptyState,
    FilterChips,
    Tasks,
    button,
    hbox,
    rule,
    search_line,
    table_view,
    vbox,
)
from smtpdesk.desktop.components.tables import PAGE
from smtpdesk.desktop.pages.sending import paging, words
from smtpdesk.desktop.pages.sending.chosen_bar import AGAIN, ChosenBar
from smtpdesk.desktop.pages.sending.columns import people_cells, people_columns, state_of
from smtpdesk.desktop.pages.sending.details import Details
from smtpdesk.desktop.pages.sending.live_table import LineDelegate, LiveModel
from smtpdesk.desktop.pages.sending.meanings import Meanings
from smtpdesk.desktop.shell.context import AppContext
from smtpdesk.domain.delivery import Counts, ReportRow

#: Filter key to the states it means.
_STATES: dict[str, tuple[str, ...]] = {
    "all": (),
    "accepted": ("accepted",),
    "deferred": ("deferred",),
    "rejected": ("rejected",),
    "uncertain": ("uncertain",),
    "waiting": ("pending", "sending"),
    "skipped": ("skipped",),
    "cancelled": ("cancelled",),
}
_SORTS = {
    "line": "line",
    "person": "address",
    "state": "state",
    "result": "cause",
    "tries": "attempts",
    "when": "updated",
}
#: Rows of a selection that are looked at to know which deeds fit; more are looked at when a deed is done.
_LOOKED_AT = 500


def _titles() -> dict[str, str]:
    return {
        "all": _("All"),
        "accepted": _("Accepted"),
        "deferred": _("Deferred"),
        "rejected": _("Rejected"),
        "uncertain": _("Uncertain"),
        "waiting": _("Waiting"),
        "skipped": _("Skipped"),
        "cancelled": _("Not sent"),
    }


@dataclass(frozen=True, slots=True)
class Chosen:
    """The selected people: their ids, and which states they are in (as retry names them)."""

    ids: Sequence[int] = ()
    states: frozenset[str] = frozenset()


class PeopleView(QWidget):
    """``show_run(id)``, ``set_counts``, ``show_state(key)`` or ``show_cause(cause, state)``.

    ``act(deed, chosen)`` is called for the selected people: "again", "arrived", "suppress".
    """

    def __init__(self, context: AppContext, meanings: Meanings, act: Callable[[str, Chosen], object]) -> None:
        super().__init__()
        self._context, self._reports, self._meanings, self._act = context, context.desk.reports, meanings, act
        self._run = ""
        self._cause = ""
        self._cause_state = ""
        self._sort: str | None = None
        self._generation = 0
        self._advanced = -1
        self._reading: asyncio.Task[Any] | None = None
        self._tasks = Tasks(self)
        self.chosen = Chosen()
        self.model = LiveModel(people_columns(meanings), self._read)
        self.table = table_view(self.model, _("People, one row each"))
        self.table.setItemDelegate(LineDelegate(self.table))
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        header = self.table.horizontalHeader()
        header.setSortIndicatorShown(True)
        header.setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        header.sortIndicatorChanged.connect(self._sorted)
        self.details = Details(meanings)
        self.details.hide()
        self._build()
        self._typing = QTimer(self, singleShot=True, interval=250)
        self._typing.timeout.connect(self.reload)
        self.search.textChanged.connect(lambda _words: self._typing.start())
        self.chips.picked.connect(lambda _key: self.reload())
        self.table.selectionModel().selectionChanged.connect(self._selected)
        self.details.closed.connect(self.table.clearSelection)
        self.details.explain.connect(self._explain)
        self.model.counted.connect(self._counted)
        paging.on_escape(self, self.table.clearSelection)
        paging.on_copy(self.table, lambda: self._tasks.spawn(self._copy()))
        self._fit = paging.FitColumns(self.table, {"words": 960, "tries": 860, "when": 780, "line": 680})

    def _read(self, ids: Sequence[int]) -> list[ReportRow]:
        return self._reports.report_rows_now(self._run, ids)

    def _explain(self, said: str, stage: str, profile: str) -> None:
        self._context.go("explain", text=said, stage=stage, profile=profile)

    def _build(self) -> None:
        self.chips = FilterChips(_("Which people"))
        self._only = button("", "", "x", "small", tip=_("Show everybody again"), clicked=self._forget_cause)
        self._only.hide()
        self.search = search_line(_("Search"), 180)
        self.search.setAccessibleName(_("Search people and the server's words"))
        tools = hbox(self.chips, self._only, None, self.search, gap=8, margins=(12, 9, 12, 9))
        self._empty = EmptyState(_("Nobody here"), _("No person fits these filters."), "users")
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.table)
        self._foot = ChosenBar(lambda deed: self._act(deed, self.chosen), self.reload)
        left = vbox((self._stack, 1), rule(), self._foot, gap=0)
        self._rule = rule("v")
        self._rule.hide()
        self.setLayout(vbox(tools, rule(), (hbox((left, 1), self._rule, self.details, gap=0), 1), gap=0))
        self.set_counts(Counts())

    # -- which people ---------------------------------------------------------------------------------------------
    def show_run(self, run_id: str) -> None:
        """Another run; everybody."""
        self._run, self._cause, self._cause_state, self._advanced = run_id, "", "", -1
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        self._show_only("")
        self.chips.set_current("all")
        self.set_counts(Counts())
        self.model.set_ids(array("q"))

    def set_counts(self, counts: Counts) -> None:
        """Offer the states that somebody is in, and the one that is chosen."""
        self._numbers = {key: getattr(counts, key, 0) for key in _STATES}
        self._numbers["waiting"] = counts.pending + counts.sending
        self._offer(self.chips.current() or "all")

    def _offer(self, chosen: str) -> None:
        titles = _titles()
        shown = [key for key in titles if key in ("all", chosen) or self._numbers[key]]
        self.chips.set_items([(key, titles[key], None) for key in shown], chosen)

    def show_state(self, key: str) -> None:
        """Only those in a state (a key of the tiles)."""
        self._cause = ""
        self._show_only("")
        self.search.clear()
        self._offer(key)
        self.reload()

    def show_cause(self, cause: str, state: str) -> None:
        """Only those with a cause."""
        self._cause, self._cause_state = cause, state
        self.search.clear()
        self._show_only(self._meanings.of(cause).title)
        self.reload()

    def _show_only(self, title: str) -> None:
        self._only.setVisible(bool(title))
        self._only.set_label(title)
        self._only.setAccessibleName(_("Only: {title}. Show everybody again").format(title=title))
        self.chips.setVisible(not title)

    def _forget_cause(self) -> None:
        self._cause = ""
        self._show_only("")
        self.chips.set_current("all")
        self.reload()

    def _filters(self) -> dict[str, Any]:
        states: tuple[str, ...] = _STATES[self.chips.current() or "all"]
        chosen: dict[str, Any] = {"search": self.search.text().strip(), "sort": self._sort}
        if self._cause:
            states = (self._cause_state,)
            chosen["cause"] = self._cause
        if states:
            chosen["states"] = states
        return chosen

    def _sorted(self, section: int, order: Qt.SortOrder) -> None:
        name = _SORTS.get(self.model.columns()[section].key)
        if name is None:
            return
        descending = order == Qt.SortOrder.DescendingOrder
        self._sort = None if name == "line" and not descending else f"-{name}" if descending else name
        self.reload()

    def reload(self) -> None:
        """Look for the people anew."""
        self._typing.stop()
        self._foot.offer_changes(False)
        if self._run:
            self._generation += 1
            self._tasks.spawn(self._load(self._generation, self._run, self._filters()))

    async def _load(self, generation: int, run: str, chosen: dict[str, Any]) -> None:
        def find() -> tuple[array[int], list[ReportRow]]:
            """The first page is read here, too: it is what will be painted."""
            found = self._reports.report_ids_now(run, **chosen)
            return found, self._reports.report_rows_now(run, found[:PAGE])

        ids, rows = await asyncio.to_thread(find)
        if generation != self._generation:
            return
        self.table.clearSelection()
        self.table.scrollToTop()
        self.model.set_ids(ids)
        self.model.put({0: rows} if rows else {})
        self._counted(len(ids))

    def refresh(self, advanced: int) -> None:
        """The ledger moved: rows in sight are read anew; the list itself only while nobody works in it."""
        if advanced == self._advanced or not self._run:
            return
        first, self._advanced = self._advanced < 0, advanced
        busy = self.chosen.ids or self.table.verticalScrollBar().value() > 0
        filtered = self._cause or self.chips.current() not in ("", "all")
        if first or (filtered and not busy):
            self.reload()
            return
        self._foot.offer_changes(bool(filtered and busy))
        if self._reading is None or self._reading.done():
            self._reading = self._tasks.spawn(self._read_anew(self._generation))

    async def _read_anew(self, generation: int) -> None:
        """The rows in sight, read in a thread and then put in place of the old ones."""
        pages = self.model.pages_in_sight(self.table)
        rows = {page: await asyncio.to_thread(self._read, ids) for page, ids in pages.items()}
        if generation == self._generation:
            self.model.put(rows)

    def _counted(self, count: int) -> None:
        self._stack.setCurrentIndex(1 if count else 0)
        self._tell_chosen()

    # -- the chosen ones ------------------------------------------------------------------------------------------
    def _selected(self, _new: QItemSelection, _old: QItemSelection) -> None:
        ids = paging.selected_ids(self.table, self.model)
        self.chosen = Chosen(ids)
        self._tell_chosen()
        if ids:
            self._tasks.spawn(self._look_at(ids))
        else:
            self._rule.hide()
            self.details.hide()

    async def _look_at(self, ids: Sequence[int]) -> None:
        rows = await asyncio.to_thread(self._read, ids[:_LOOKED_AT])
        attempts = await self._reports.log(self._run, delivery=ids[0]) if len(ids) == 1 else []
        if self.chosen.ids is not ids or not rows:
            return
        states = frozenset(state_of(row) for row in rows)
        self.chosen = Chosen(ids, states if len(ids) <= _LOOKED_AT else states | AGAIN)
        self._tell_chosen()
        if len(ids) == 1:
            self.details.show_person(rows[0], attempts)
            self._rule.show()
            self.table.scrollTo(self.table.currentIndex())
        else:
            self.details.hide()
            self._rule.hide()

    def _tell_chosen(self) -> None:
        self._foot.set(len(self.chosen.ids), self.chosen.states, self.model.rowCount())

    async def _copy(self) -> None:
        count = await paging.copy_rows(self.table, self._read, lambda row: people_cells(row, self._meanings))
        sentence = ngettext("{n} person copied", "{n} people copied", count).format(n=words.number(count))
        if count == paging.MOST_COPIED:
            sentence = _("The first {n} are copied; Export has all of them").format(n=words.number(count))
        if count:
            self._context.toast(sentence)
