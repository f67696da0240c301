"""The history: every run, the newest first; what was cut off stands above with a way to continue."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QStackedWidget, QTableView, QWidget

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desktop.components import (
    Banner,
    Card,
    EmptyState,
    PagedModel,
    Tasks,
    TopBar,
    box,
    button,
    clear,
    hbox,
    search_line,
    table_view,
    vbox,
)
from smtpdesk.desktop.pages.activity.entries import ROW_HEIGHT, Entry, RunDelegate, columns
from smtpdesk.desktop.pages.sending import words
from smtpdesk.desktop.pages.sending.paging import FitColumns
from smtpdesk.desktop.shell.context import AppContext, PageInfo
from smtpdesk.domain.delivery import RunInfo

if TYPE_CHECKING:
    from smtpdesk.desk.sending import RunView

PAGE = PageInfo(id="activity", title=lambda: _("Activity"), icon="activity", order=40)

#: Seconds between two looks while the page is on show.
LOOK = 1.5
#: Where there is much to look at, so many times longer than that took.
_SHARE = 10.0
#: Cut-off runs that get a banner of their own.
_BANNERS = 3
#: Runs that are looked at before what was found is shown.
_AT_ONCE = 25


class Page(QWidget):
    """A table of runs; a click, or Enter, opens one."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context, self._desk = context, context.desk
        self._tasks = Tasks(self)
        self._entries: dict[str, Entry] = {}
        self._shown: list[Entry] = []
        self.model = PagedModel(columns(), self._rows)
        self.table = self._make_table()
        self.search = search_line(_("Search campaigns"), 210)
        self.search.textChanged.connect(lambda _words: self._show())
        self.bar = TopBar(_("Activity"), right=[self.search])
        self._banners = vbox(gap=8)
        self._banner_box = box(self._banners)
        self._cut_off: list[str] = []
        empty = EmptyState(
            _("Nothing was sent yet"),
            _("Every campaign you send is kept here, with what became of each person."),
            "activity",
            button(_("To the campaigns"), clicked=lambda: self._context.go("campaigns")),
        )
        self._nothing = EmptyState(_("No such campaign"), _("Search for another name."), "search")
        self._list = QStackedWidget()
        self._list.addWidget(Card(vbox(self.table, margins=1)))
        self._list.addWidget(self._nothing)
        body = box(vbox(self._banner_box, (self._list, 1), gap=14, margins=(24, 18, 24, 18)))
        self.stack = QStackedWidget()
        for part in (QWidget(), empty, body):
            self.stack.addWidget(part)
        self.setLayout(vbox(self.bar, (self.stack, 1), gap=0))
        self._banner_box.hide()
        self.search.hide()

    def _make_table(self) -> QTableView:
        table = table_view(self.model, _("Runs, the newest first"))
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = table.horizontalHeader()
        header.setSectionsClickable(False)
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, header.ResizeMode.Stretch)
        self._fit = FitColumns(table, {"people": 960})
        table.setItemDelegate(RunDelegate(3, self.model.row))
        table.setCursor(Qt.CursorShape.PointingHandCursor)
        table.clicked.connect(self._open)
        table.activated.connect(self._open)
        return table

    def _rows(self, ids: Sequence[int]) -> list[Entry]:
        return [self._shown[number] for number in ids]

    # -- coming and going -----------------------------------------------------------------------------------------
    async def opened(self) -> None:
        """Look, and go on looking while on show."""
        known: dict[str, Entry] = {}  # what is settled may have been decided meanwhile: look at everything once
        while True:
            began = monotonic()
            known = await self._look(known)
            await asyncio.sleep(max(LOOK, _SHARE * (monotonic() - began)))

    def closed(self) -> None:
        """Nothing to keep up while nobody looks."""
        self._tasks.cancel()

    async def _look(self, known: dict[str, Entry]) -> dict[str, Entry]:
        runs = await self._desk.reports.runs()
        fresh = {run.id: Entry(run, self._last_view(run)) for run in runs}
        self._entries = fresh
        self._show()
        ended = await self._desk.sending.ended_views(run for run in runs if not _is_known(run, known))
        fresh.update({run: Entry(view.run, view) for run, view in ended.items()})
        for number, run in enumerate(runs):
            if run.id in ended or _is_known(run, known):
                continue
            fresh[run.id] = Entry(run, await self._desk.sending.view(run.id))
            if number % _AT_ONCE == _AT_ONCE - 1:
                self._show()
        self._show()
        return fresh

    def _last_view(self, run: RunInfo) -> RunView | None:
        before = self._entries.get(run.id)
        return before.view if before else None

    # -- showing --------------------------------------------------------------------------------------------------
    def _show(self) -> None:
        entries = list(self._entries.values())
        self.stack.setCurrentIndex(2 if entries else 1)
        self.search.setVisible(len(entries) > 1)
        sentence = ngettext("{n} campaign was sent", "{n} campaigns were sent", len(entries))
        self.bar.set_sub(sentence.format(n=words.number(len(entries))) if entries else "")
        wanted = self.search.text().strip().casefold()
        shown = [entry for entry in entries if wanted in entry.run.campaign.casefold()]
        if shown != self._shown:
            same = [entry.run.id for entry in shown] == [entry.run.id for entry in self._shown]
            self._shown = shown
            if same:
                self.model.refresh()
            else:
                self.model.set_ids(array("q", range(len(shown))))
        self._list.setCurrentIndex(0 if shown or not entries else 1)
        self._show_cut_off([entry for entry in entries if entry.cut_off])

    def _show_cut_off(self, entries: list[Entry]) -> None:
        ids = [entry.run.id for entry in entries[:_BANNERS]]
        if ids == self._cut_off:
            return
        self._cut_off = ids
        clear(self._banners)
        for entry in entries[:_BANNERS]:
            self._banners.addWidget(self._banner(entry))
        self._banner_box.setVisible(bool(ids))

    def _banner(self, entry: Entry) -> Banner:
        run = entry.run
        seen = run.seen_at or run.started_at or run.created_at
        title = _("“{name}” was cut off at {time}").format(name=run.campaign, time=words.moment(seen))
        left = entry.counts.open if entry.counts else 0
        body = _("Nothing is lost, and nobody gets it twice. {waiting}.").format(waiting=words.still_wait(left))
        show = button(_("Show"), clicked=lambda: self._context.go("sending", run=run.id))
        go_on = button(_("Continue sending"), "primary", clicked=lambda: self._tasks.spawn(self._continue(run.id)))
        for made in (show, go_on):
            made.setAccessibleDescription(title)
        return Banner("bad", title, body, box(hbox(show, go_on)))

    async def _continue(self, run_id: str) -> None:
        await self._desk.sending.resume(run_id)
        self._context.go("sending", run=run_id)

    def _open(self, index: QModelIndex) -> None:
        entry: Any = self.model.row(index.row())
        if isinstance(entry, Entry):
            self._context.go("sending", run=entry.run.id)


def _is_known(run: RunInfo, known: dict[str, Entry]) -> bool:
    """True when nothing can have changed since the last look."""
    before = known.get(run.id)
    return before is not None and before.settled and before.run == run
