"""The page: campaigns as they stand, kept fresh while on show; or the first run."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QStackedWidget, QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desk.campaigns import CampaignCard
from smtpdesk.desktop.components import (
    Banner,
    Drop,
    Glyph,
    Tasks,
    TopBar,
    box,
    button,
    confirm,
    hbox,
    open_file,
    open_folder,
    scroll,
    text,
    vbox,
)
from smtpdesk.desktop.pages.home.first_run import SPREADSHEETS, FirstRun, Progress
from smtpdesk.desktop.pages.home.new_campaign import ask_new_campaign
from smtpdesk.desktop.pages.home.rows import CampaignRows
from smtpdesk.desktop.pages.sending.deleting import delete_campaigns_runs
from smtpdesk.desktop.shell.context import AppContext, PageInfo
from smtpdesk.domain.delivery import RunInfo
from smtpdesk.domain.profile import SANDBOX

PAGE = PageInfo(id="campaigns", title=lambda: _("Campaigns"), icon="send", order=10)

#: Seconds between two looks at the workspace while the page is on show.
_LOOK = 1.5
#: Where there is much to look at, so many times longer than that took.
_SHARE = 10.0


class Page(QWidget):
    """``opened(new=True, list_name="customers")`` begins a campaign for a list."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._desk = context.desk
        self._tasks = Tasks(self, self._told)
        self._cards: list[CampaignCard] = []
        self._cut_off: list[RunInfo] = []
        self.first = FirstRun()
        self.rows = CampaignRows()
        self._stack = QStackedWidget()
        self._stack.addWidget(QWidget())
        self._stack.addWidget(self.first)
        self._stack.addWidget(self._list_page())
        self.setLayout(vbox(self._stack))
        self.first.picked.connect(self._step)
        self.first.dropped.connect(self._dropped)
        self.rows.opened.connect(self._open)
        self.rows.asked.connect(lambda key, card: self._tasks.spawn(self._asked(key, card)))

    def _list_page(self) -> QWidget:
        self._bar = TopBar(
            _("Campaigns"),
            right=[
                button(
                    _("Open a folder…"), "quiet", "folder-open", clicked=lambda: self._tasks.spawn(self._open_folder())
                ),
                button(_("New campaign"), "primary", "plus", clicked=lambda: self._tasks.spawn(self._new())),
            ],
        )
        self._banner = Banner()
        self._go_on = button(_("Go on sending"), clicked=self._resume)
        self._banner.add_action(self._go_on)
        self._banner.hide()
        self._error = Banner()
        self._error.hide()
        hint = text(_("Drop a spreadsheet anywhere on this page to make a list of it."), "caption", "3")
        tip = hbox(None, Glyph("file-spreadsheet", "text3", 14), hint, None, gap=7)
        body = vbox(self._banner, self._error, (self.rows, 1), tip, gap=14, margins=(24, 18, 24, 14))
        target = Drop(vbox(scroll(box(body), _("Campaigns")), gap=0), SPREADSHEETS, bare=True)
        target.dropped.connect(self._dropped)
        return box(vbox(self._bar, (target, 1), gap=0))

    # --- coming and going --------------------------------------------------------------------------------------
    async def opened(self, new: bool = False, list_name: str = "") -> None:
        """Look, and go on looking while on show."""
        await self._look()
        if new:
            self._tasks.spawn(self._new(list_name))
        pause = _LOOK
        while True:
            await asyncio.sleep(pause)
            began = monotonic()
            await self._look()
            pause = max(_LOOK, _SHARE * (monotonic() - began))

    def closed(self) -> None:
        """Nothing to keep up while nobody looks."""
        self._tasks.cancel()

    async def _look(self) -> None:
        self._cards = await self._desk.campaigns.all()
        views = await self._desk.sending.at_work()
        alive = [view.run for view in views if view.alive]
        self._cut_off = [view.run for view in views if view.interrupted]
        if any(card.run is not None for card in self._cards):
            self.rows.set_cards(self._cards, alive, self._cut_off, views)
            self._show_cut_off()
            self._bar.set_sub(self._summary())
            self._stack.setCurrentIndex(2)
            return
        # What came with the program is nothing the person has done yet.
        sample_list, sample_campaign = await self._desk.samples()
        lists = [info for info in await self._desk.lists.all() if info.name != sample_list]
        cards = [card for card in self._cards if str(card.folder) != sample_campaign]
        rows = await self._desk.profiles.all()
        own = [row for row in rows if row.profile.provider != SANDBOX]
        draft = cards[0].name if cards else ""
        written = sum(1 for card in cards if card.subject)
        self.first.set_progress(Progress(len(lists), written, len(own), draft))
        self._stack.setCurrentIndex(1)

    def _summary(self) -> str:
        count = len(self._cards)
        return ngettext("{n} campaign", "{n} campaigns", count).format(n=f"{count:,}")

    def _show_cut_off(self) -> None:
        if not self._cut_off:
            self._banner.hide()
            return
        names = ", ".join(f"“{run.campaign}”" for run in self._cut_off[:3])
        self._banner.set(
            "warn",
            _("Sending was cut off: {names}").format(names=names),
            _("Nothing is lost and nobody gets it twice. Messages whose answer is unknown wait for your decision."),
        )

    # --- what a person does ------------------------------------------------------------------------------------
    def _open(self, card: CampaignCard) -> None:
        if card.run is not None:
            self._context.go("sending", run_id=card.run.id)
        else:
            self._context.go("campaign", folder=card.folder)

    def _resume(self) -> None:
        if self._cut_off:
            self._context.go("sending", run_id=self._cut_off[0].id)

    async def _asked(self, key: str, card: CampaignCard) -> None:
        if key == "edit":
            self._context.go("campaign", folder=card.folder)
        elif key == "folder":
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(card.folder)))
        elif key == "forget":
            await self._forget(card)
        elif key == "delete" and card.run is not None:
            gone = await delete_campaigns_runs(self, self._desk, card.run)
            if gone:
                self._context.toast(ngettext("{n} run deleted", "{n} runs deleted", gone).format(n=f"{gone:,}"))
                await self._look()

    async def _forget(self, card: CampaignCard) -> None:
        sure = await confirm(
            self,
            _("Take “{name}” off this list?").format(name=card.name),
            _("The folder stays where it is, and what was sent stays in the log. Open it again to see it here."),
            _("Take off the list"),
        )
        if sure:
            await self._desk.campaigns.forget(card.folder)
            await self._look()

    async def _new(self, list_name: str = "") -> None:
        chosen = await ask_new_campaign(self, self._desk, list_name)
        if chosen is not None:
            folder = await self._desk.campaigns.create(
                chosen.name, template=chosen.template, list_name=chosen.list_name, profile=chosen.profile
            )
            self._context.go("campaign", folder=folder)

    async def _open_folder(self) -> None:
        folder = await open_folder(self, _("Open a campaign folder"))
        if folder is not None:
            draft = await self._desk.campaigns.open(folder)
            self._context.go("campaign", folder=draft.folder)

    def _dropped(self, files: list[Path]) -> None:
        self._context.go("lists", file=files[0])

    async def _choose_spreadsheet(self) -> None:
        patterns = [f"*{suffix}" for suffix in SPREADSHEETS]
        file = await open_file(self, _("Choose a spreadsheet"), [(_("Spreadsheets"), patterns)])
        if file is not None:
            self._context.go("lists", file=file)

    async def _sample(self) -> None:
        folder = await self._desk.campaigns.create_sample()
        self._context.go("campaign", folder=folder)

    def _step(self, key: str) -> None:
        draft = self._cards[0].folder if self._cards else None
        if key == "spreadsheet":
            self._tasks.spawn(self._choose_spreadsheet())
        elif key == "sample":
            self._tasks.spawn(self._sample())
        elif key == "recipients":
            self._context.go("lists")
        elif key == "profile":
            self._context.go("profiles", add=True)
        elif draft is not None:
            self._context.go("campaign", folder=draft, step="" if key == "draft" else key)
        else:
            self._tasks.spawn(self._new())

    def _told(self, error: DeskError) -> None:
        if self._stack.currentIndex() == 2:
            self._error.set_error(error)
        else:
            self._context.toast(str(error), None, "bad")
