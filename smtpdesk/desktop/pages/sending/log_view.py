"""The log by time: every attempt, live, with filters, copying, and the full words of the server beside it."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QItemSelection, QTimer
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QStackedWidget, QWidget

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
    text,
    vbox,
)
from smtpdesk.desktop.pages.sending import paging, words
from smtpdesk.desktop.pages.sending.columns import log_cells, log_columns
from smtpdesk.desktop.pages.sending.details import Details
from smtpdesk.desktop.pages.sending.live_table import LineDelegate, LiveModel
from smtpdesk.desktop.pages.sending.meanings import Meanings
from smtpdesk.desktop.pages.sending.news import news
from smtpdesk.desktop.shell.context import AppContext
from smtpdesk.domain.delivery import CauseGroup, LogRow, OutcomeKind

if TYPE_CHECKING:
    pass

#: Seconds between two looks for new lines while a run is being sent: one insert each.
FLUSH = 0.1
#: So many new lines are shown as a whole instead of being added.
_MANY = 20_000
_PROBLEMS = (OutcomeKind.DEFERRED.value, OutcomeKind.REJECTED.value, OutcomeKind.UNCERTAIN.value)
_KINDS: dict[str, tuple[str, ...]] = {
    "all": (),
    "problems": _PROBLEMS,
    "accepted": (OutcomeKind.ACCEPTED.value,),
}


class LogView(QWidget):
    """``show_run(id)`` once, ``follow(live)`` while it is on show; ``rest()`` when it is not."""

    def __init__(self, context: AppContext, meanings: Meanings) -> None:
        super().__init__()
        self._context, self._reports, self._meanings = context, context.desk.reports, meanings
        self._run = ""
        self._mark = 0
        self._generation = 0
        self._live = False
        self._wake = asyncio.Event()
        self._tasks = Tasks(self)
        self._follower: asyncio.Task[Any] | None = None
        self.model = LiveModel(log_columns(meanings), self._reports.log_rows_now)
        self.table = table_view(self.model, _("Log, one line an attempt"))
        self.table.setItemDelegate(LineDelegate(self.table))
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.details = Details(meanings)
        self.details.hide()
        self._build()
        self._typing = QTimer(self, singleShot=True, interval=250)
        self._typing.timeout.connect(self._refilter)
        self.search.textChanged.connect(lambda _words: self._typing.start())
        self.chips.picked.connect(lambda _key: self._refilter())
        self.causes.currentIndexChanged.connect(lambda _index: self._refilter())
        self.table.selectionModel().selectionChanged.connect(self._selected)
        self.details.closed.connect(self.table.clearSelection)
        self.details.explain.connect(self._explain)
        self.model.counted.connect(self._counted)
        self.table.verticalScrollBar().valueChanged.connect(lambda _value: self._tell_jump())
        paging.on_escape(self, self.table.clearSelection)
        paging.on_copy(self.table, lambda: self._tasks.spawn(self._copy()))
        self._fit = paging.FitColumns(self.table, {"status": 940, "step": 800, "words": 760, "code": 640})

    def _explain(self, said: str, stage: str, profile: str) -> None:
        self._context.go("explain", text=said, stage=stage, profile=profile)

    def _build(self) -> None:
        self.chips = FilterChips(_("Which lines"))
        self.chips.set_items(
            [("all", _("All"), None), ("problems", _("Problems"), None), ("accepted", _("Accepted"), None)], "all"
        )
        self.causes = QComboBox()
        self.causes.setAccessibleName(_("Cause"))
        self.causes.view().setAccessibleName(_("Causes"))
        self.causes.setFixedWidth(190)
        self.causes.addItem(_("Every cause"), "")
        self.search = search_line(_("Search"), 200)
        self.search.setAccessibleName(_("Search people and the server's words"))
        tools = hbox(self.chips, None, self.causes, self.search, gap=8, margins=(12, 9, 12, 9))
        self._empty = EmptyState(_("Nothing yet"), _("Every attempt is written down here as it happens."), "list")
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.table)
        self._count = text("", "caption", "3")
        self._jump = button(
            _("Jump to the latest"), "link", "arrow-down", "small", clicked=lambda: self.table.scrollToBottom()
        )
        self._jump.hide()
        foot = hbox(self._count, None, self._jump, margins=(15, 6, 14, 6))
        left = vbox((self._stack, 1), rule(), foot, gap=0)
        self._rule = rule("v")
        self._rule.hide()
        self.setLayout(vbox(tools, rule(), (hbox((left, 1), self._rule, self.details, gap=0), 1), gap=0))

    # -- which run, which lines -----------------------------------------------------------------------------------
    def show_run(self, run_id: str) -> None:
        """Another run: no filter, no line yet."""
        self._run = run_id
        for widget in (self.chips, self.causes, self.search):
            widget.blockSignals(True)
        self.chips.set_current("all")
        self.causes.setCurrentIndex(0)
        self.search.clear()
        for widget in (self.chips, self.causes, self.search):
            widget.blockSignals(False)
        self._refilter()

    def set_causes(self, groups: Sequence[CauseGroup]) -> None:
        """The causes that can be chosen."""
        wanted = sorted({(self._meanings.of(group.cause).title, group.cause) for group in groups})
        present = [(self.causes.itemText(i), self.causes.itemData(i)) for i in range(1, self.causes.count())]
        if wanted == present:
            return
        chosen = self.causes.currentData()
        self.causes.blockSignals(True)
        while self.causes.count() > 1:
            self.causes.removeItem(1)
        for title, cause in wanted[:200]:
            self.causes.addItem(title, cause)
        self.causes.setCurrentIndex(max(0, self.causes.findData(chosen)))
        self.causes.blockSignals(False)

    def filters(self) -> dict[str, Any]:
        """The present filters, as the reports take them."""
        chosen: dict[str, Any] = {}
        if kinds := _KINDS[self.chips.current()]:
            chosen["kinds"] = kinds
        if cause := self.causes.currentData():
            chosen["causes"] = (cause,)
        if search := self.search.text().strip():
            chosen["search"] = search
        return chosen

    def _refilter(self) -> None:
        self._typing.stop()
        self._generation += 1
        self._mark = 0
        self.table.clearSelection()
        self.model.set_ids(array("q"))
        self._wake.set()

    # -- following ------------------------------------------------------------------------------------------------
    def follow(self, live: bool) -> None:
        """Look for new lines from now on: often while ``live``, else once a second."""
        self._live = live
        self._wake.set()
        if not self.following:
            self._follower = self._tasks.spawn(self._follow())

    @property
    def following(self) -> bool:
        """Whether it looks for new lines."""
        return self._follower is not None and not self._follower.done()

    def rest(self) -> None:
        """It is not on show any more."""
        if self._follower is not None:
            self._follower.cancel()
            self._follower = None

    async def _follow(self) -> None:
        while True:
            self._wake.clear()
            await self.catch_up()
            try:
                async with asyncio.timeout(FLUSH if self._live else 1.0):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def catch_up(self) -> None:
        """Add the lines that are new; filtered ones are sought only where there is anything new."""
        run, mark, generation, chosen = self._run, self._mark, self._generation, self.filters()
        if not run:
            return
        new = await asyncio.to_thread(news, self._reports, run, mark, chosen)
        if generation != self._generation or new is None:
            return
        self._mark = new.newest
        self._add(new.ids, new.rows)

    def _add(self, ids: array[int], rows: Mapping[int, LogRow]) -> None:
        if not ids and self.model.rowCount():
            return
        follows = not self.model.rowCount() or len(ids) > _MANY or paging.at_end(self.table)
        if not self.model.rowCount() or len(ids) > _MANY:
            self.model.set_ids(self.model.ids() + ids)
        else:
            self.model.append_ids(ids)
        self.model.give(rows)
        if follows:
            self.table.scrollToBottom()
        self._tell_jump()

    def _counted(self, count: int) -> None:
        self._stack.setCurrentIndex(1 if count else 0)
        if count:
            words_ = ngettext("{n} line", "{n} lines", count)
            self._count.set_text(words_.format(n=words.number(count)))
        elif self.filters():
            self._count.set_text(_("no line fits"))
            self._empty.set(_("No line fits"), _("Choose other filters, or search for something else."))
        else:
            self._count.set_text("")
            self._empty.set(_("Nothing yet"), _("Every attempt is written down here as it happens."))

    def _tell_jump(self) -> None:
        self._jump.setVisible(self._live and self.model.rowCount() > 0 and not paging.at_end(self.table))

    # -- reading --------------------------------------------------------------------------------------------------
    def _selected(self, _new: QItemSelection, _old: QItemSelection) -> None:
        number = next(paging.selected_rows(self.table, 1), None)
        row = self.model.row(number) if number is not None else None
        self._rule.setVisible(row is not None)
        if row is None:
            self.details.hide()
            return
        self.details.show_line(row)
        self.table.scrollTo(self.model.index(number or 0, 0))

    async def _copy(self) -> None:
        count = await paging.copy_rows(
            self.table, self._reports.log_rows_now, lambda row: log_cells(row, self._meanings)
        )
        sentence = ngettext("{n} line copied", "{n} lines copied", count).format(n=words.number(count))
        if count == paging.MOST_COPIED:
            sentence = _("The first {n} lines are copied; Export has all of them").format(n=words.number(count))
        if count:
            self._context.toast(sentence)
