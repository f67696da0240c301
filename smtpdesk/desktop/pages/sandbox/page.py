"""The page: kept messages at the side, one of them open, the behaviour above. Looks for new mail while on show."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QStackedWidget, QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desktop.components import (
    Banner,
    Column,
    EmptyState,
    PagedModel,
    Tasks,
    TopBar,
    box,
    button,
    confirm,
    hbox,
    rule,
    search_line,
    table_view,
    vbox,
)
from smtpdesk.desktop.pages.sandbox.behaviour import BehaviourPanel
from smtpdesk.desktop.pages.sandbox.reader import Reader
from smtpdesk.desktop.pages.sandbox.two_lines import LINE_HEIGHT, TwoLines
from smtpdesk.desktop.shell.context import AppContext, PageInfo
from smtpdesk.sandbox import Behaviour, InboxItem

PAGE = PageInfo(id="sandbox", title=lambda: _("Sandbox"), icon="flask-conical", order=60)

#: Seconds between two looks for new mail.
_LOOK = 1.0


def _when(item: InboxItem) -> str:
    moment = datetime.fromtimestamp(item.at)
    return moment.strftime("%H:%M:%S") if moment.date() == date.today() else moment.strftime("%Y-%m-%d %H:%M")


def two_lines(item: InboxItem) -> str:
    """Subject, and below it for whom."""
    subject = " ".join(item.subject.split()) or _("(no subject)")
    return f"{subject}\n{', '.join(item.recipients)}"


class Page(QWidget):
    """``opened()`` reads the inbox and goes on looking."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._desk = context.desk
        self._tasks = Tasks(self, self._told)
        self._items: list[InboxItem] = []
        self._seen: tuple[int, str] = (-1, "")
        self._open = ""
        self.behaviour = BehaviourPanel()
        self.behaviour.changed.connect(lambda wanted: self._tasks.spawn(self._behave(wanted)))
        self.reader = Reader()
        self.model = PagedModel(self._columns(), self._rows)
        self.table = table_view(self.model, _("Kept messages"))
        self.table.verticalHeader().setDefaultSectionSize(LINE_HEIGHT)
        self.table.setItemDelegateForColumn(0, TwoLines(self.table))
        self.table.setSelectionMode(self.table.SelectionMode.SingleSelection)
        self.table.selectionModel().currentRowChanged.connect(self._chosen)
        self._search = search_line(_("Find an address or subject"), 230)
        self._search.textChanged.connect(lambda _t: self._filter())
        self._build()

    def _columns(self) -> list[Column]:
        return [
            Column("message", _("Message"), 200, two_lines, stretch=True, lines=True),
            Column("at", _("Received"), 90, _when, tone=lambda _item: "text3"),
        ]

    def _rows(self, ids: Sequence[int]) -> list[InboxItem]:
        return [self._items[number] for number in ids if number < len(self._items)]

    def _build(self) -> None:
        self._clear_button = button(_("Clear"), "quiet", "trash", clicked=lambda: self._tasks.spawn(self._clear()))
        self._bar = TopBar(
            _("Sandbox"),
            _("A mail server on this computer. It keeps what is sent to it and delivers nothing."),
            right=[self._search, self._clear_button],
        )
        self._banner = Banner()
        self._banner.hide()
        split = box(hbox((self.table, 42), rule("v"), (self.reader, 58), gap=0))
        self._stack = QStackedWidget()
        self._stack.addWidget(
            EmptyState(
                _("No mail yet"),
                _(
                    "Send a campaign with the profile “Sandbox”. Each message arrives here as a file, "
                    "exactly as a real server would have got it."
                ),
                "inbox",
                button(_("To the campaigns"), clicked=lambda: self._context.go("campaigns")),
            )
        )
        self._stack.addWidget(split)
        top = box(vbox(self.behaviour, self._banner, gap=10, margins=(24, 14, 24, 14)))
        self.setLayout(vbox(self._bar, top, rule(), (self._stack, 1), gap=0))

    # --- coming and going --------------------------------------------------------------------------------------
    async def opened(self) -> None:
        """Show what is kept; look again and again while on show."""
        self.behaviour.set(await self._desk.sandbox.behaviour())
        while True:
            await self._look()
            await asyncio.sleep(_LOOK)

    def closed(self) -> None:
        """Stop looking."""
        self._tasks.cancel()

    async def _look(self) -> None:
        items = await self._desk.sandbox.inbox()
        mark = (len(items), items[0].file if items else "")
        if mark == self._seen:
            return
        self._seen = mark
        self._items = items
        self._filter()
        count = len(items)
        words = ngettext("{n} message kept", "{n} messages kept", count).format(n=f"{count:,}")
        self._bar.set_sub(words if count else _("It keeps what is sent to it and delivers nothing."))
        self._clear_button.setEnabled(bool(count))
        self._search.setVisible(bool(count))
        self._stack.setCurrentIndex(1 if count else 0)

    def _filter(self) -> None:
        wanted = self._search.text().strip().casefold()
        ids = [
            number
            for number, item in enumerate(self._items)
            if not wanted or wanted in f"{item.subject} {' '.join(item.recipients)}".casefold()
        ]
        self.model.set_ids(ids)
        places = [row for row, number in enumerate(ids) if self._items[number].file == self._open]
        if places:
            self.table.selectRow(places[0])
        elif ids and not self._open:
            self.table.selectRow(0)

    # --- what a person does ------------------------------------------------------------------------------------
    def _chosen(self, index: QModelIndex, _before: QModelIndex) -> None:
        item = self.model.row(index.row()) if index.isValid() else None
        if item is not None and item.file != self._open:
            self._open = item.file
            self._tasks.spawn(self._read(item))

    async def _read(self, item: InboxItem) -> None:
        raw = await self._desk.sandbox.read(item.file)
        back = await self._desk.sandbox.show(item.file)
        if item.file == self._open:
            self.reader.show_message(item, raw, back)

    async def _behave(self, wanted: Behaviour) -> None:
        await self._desk.sandbox.set_behaviour(wanted)

    async def _clear(self) -> None:
        count = len(self._items)
        sure = await confirm(
            self,
            ngettext("Throw {n} message away?", "Throw {n} messages away?", count).format(n=f"{count:,}"),
            _("They are copies for you to look at. Campaigns and their logs are not touched."),
            _("Throw away"),
            danger=True,
        )
        if sure:
            await self._desk.sandbox.clear()
            self._open = ""
            self.reader.clear()
            await self._look()

    def _told(self, error: DeskError) -> None:
        self._banner.set_error(error)
