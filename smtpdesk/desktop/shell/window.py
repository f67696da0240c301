"""The main window: a quiet canvas, the rail, and one sheet that holds the page on show."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QFrame, QStackedWidget, QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desktop.components import NavRail, Tasks, ToastHost, box, hbox, vbox
from smtpdesk.desktop.components.plain import set_title
from smtpdesk.desktop.components.tasks import set_teller
from smtpdesk.desktop.shell import first_paint
from smtpdesk.desktop.shell import pages as page_tools
from smtpdesk.desktop.shell.closing import ask_before_closing
from smtpdesk.desktop.shell.context import Action, AppContext, PageInfo, Sending
from smtpdesk.desktop.shell.surface import keep_surface
from smtpdesk.desktop.shell.trouble import trouble_page
from smtpdesk.desktop.theme import FocusRing, look
from smtpdesk.domain.profile import SANDBOX

if TYPE_CHECKING:
    from smtpdesk.desk import Desk
    from smtpdesk.desktop.shell.afar import Afar

MINIMUM = (1024, 680)
FIRST_SIZE = (1280, 800)
#: Narrower than this the rail shows icons only.
COMPACT_BELOW = 1120
#: Seconds between two looks for scheduled runs whose worker is gone.
_TAKE_UP = 60.0
_GEOMETRY = "window.geometry"


class MainWindow(QWidget):
    """Shows pages by id: :meth:`go`. It paints at once, empty; :meth:`load` finds the pages and shows the first one.

    ``start`` is what was known of its place and colours before the workspace is open.
    ``finished`` is emitted when the window has closed and everything a page did has ended.
    """

    finished = Signal()

    def __init__(self, start: first_paint.FirstPaint = first_paint.FirstPaint()) -> None:  # noqa: B008 - it is frozen
        super().__init__()
        self.setObjectName("canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        set_title(self, "SMTPDesk")
        self.setMinimumSize(*MINIMUM)
        self.resize(*FIRST_SIZE)
        self._modules: list[page_tools.PageModule] = []
        self._infos: dict[str, PageInfo] = {}
        self._pages: dict[str, QWidget] = {}
        self._current = ""
        self._context: AppContext | None = None
        self._opening: asyncio.Task[Any] | None = None
        self._leave = False
        self._sending: Sending | None = None
        self.afar: Afar | None = None
        self.tasks = Tasks(self)
        self.rail = NavRail()
        self.rail.setEnabled(False)
        self.stack = QStackedWidget()
        self.stack.setAccessibleName(_("Page"))
        self.sheet = QFrame()
        self.sheet.setObjectName("sheet")
        self.sheet.setLayout(vbox(self.stack, gap=0, margins=1))
        self.setLayout(hbox(self.rail, (box(vbox(self.sheet, margins=(2, 8, 8, 8))), 1), gap=0))
        self._toasts = ToastHost(self.sheet)
        self._ring = FocusRing(self)
        self._surface = keep_surface(self)
        self.rail.picked.connect(self._picked)
        self.rail.sending.pressed.connect(self._show_sending)
        set_teller(self.tell)
        self._key("Ctrl+W", self.close)
        self._key("Ctrl+Q", self.close)
        look.set_mode(start.mode)
        self._placed = self._place(start.geometry)

    # --- starting ----------------------------------------------------------------------------------------------
    async def load(self, desk: Desk, page: str = "campaigns", **args: Any) -> None:
        """Give the pages a desk and show the first one; the window is where it was left last time."""
        # What these need is loaded with the workspace, after the first paint.
        from smtpdesk.desktop.shell.afar import Afar

        self._context = AppContext(desk, look, self)
        self.afar = Afar(self, desk, lambda run: self.go("sending", run_id=run))
        look.set_mode(str(await desk.settings.get("appearance.mode", "system")))
        if not self._placed:
            self._place(str(await desk.settings.get(_GEOMETRY, "")))
        if not self._modules:
            self._modules = page_tools.find_pages()
            self._infos = {module.PAGE.id: module.PAGE for module in self._modules}
            self.rail.set_items(page_tools.rail_items(self._modules))
            self._shortcuts()
        self.rail.setEnabled(True)
        await self._show(page if page in self._infos else next(iter(self._infos)), args)
        self.tasks.spawn(self._look_around(desk))

    def _place(self, geometry: str) -> bool:
        """Be where the window was; False when that is not known."""
        return bool(geometry) and self.restoreGeometry(QByteArray.fromBase64(QByteArray(geometry.encode())))

    async def _look_around(self, desk: Desk) -> None:
        """Go on with what was cut off just now, show what is being sent already, and count for the rail."""
        found = await desk.scheduling.take_up()
        taken = await desk.sending.take_up()
        if taken:
            names = ", ".join(f"“{run.campaign}”" for run in taken)
            show = (_("Show"), lambda: self.go("sending", run_id=taken[0].id))
            self.toast(_("Sending goes on where it was cut off: {names}").format(names=names), show)
        own = [row for row in await desk.profiles.all() if row.profile.provider != SANDBOX]
        self.set_count("profiles", len(own))
        self.set_count("lists", len(await desk.lists.all()))
        await self._follow_all(desk)
        gone = await desk.erasing.delete_old()
        if gone:
            self.toast(ngettext("{n} old run was deleted", "{n} old runs were deleted", gone).format(n=f"{gone:,}"))
        from smtpdesk.desktop.shell.missed import ask_about_missed

        for _run, error in found.failed:
            self.tell(error)
        for run in found.missed:
            await ask_about_missed(self, desk, run, self.go)
        asked = {run.id for run in found.missed}
        while True:  # a worker may be ended while the window is open, too
            await asyncio.sleep(_TAKE_UP)
            again = await desk.scheduling.take_up()
            if again.waiting:
                await self._follow_all(desk)
            for run in again.missed:
                if run.id not in asked:
                    asked.add(run.id)
                    await ask_about_missed(self, desk, run, self.go)

    async def _follow_all(self, desk: Desk) -> None:
        """The runs that are being sent or wait are shown in the rail and the tray, whichever page is on show."""
        for view in await desk.sending.at_work():
            follower = getattr(self._made("sending"), "follower", None)
            if follower is not None and not view.interrupted:
                follower.follow(view.run.id)

    async def could_not_open(self, error: DeskError, folder: Path) -> bool:
        """Say why the workspace cannot be opened; True when the person wants another try, False when they leave."""
        self._forget()
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def give(again: bool) -> None:
            if not answer.done():
                answer.set_result(again)

        page = trouble_page(error, folder, lambda: give(True), lambda: give(False))
        self.stack.addWidget(page)
        self.stack.setCurrentWidget(page)
        self.finished.connect(lambda: give(False))
        again = await answer
        self.stack.removeWidget(page)
        page.deleteLater()
        if not again:
            self.close()
        return again

    def _forget(self) -> None:
        """Back to the empty window: pages that were made hold a desk that is closed."""
        self._context, self._current = None, ""
        if self.afar is not None:
            self.afar.close()
        self.rail.setEnabled(False)
        for page in self._pages.values():
            page_tools.closed(page)
            self.stack.removeWidget(page)
            page.deleteLater()
        self._pages = {}

    @property
    def desk(self) -> Desk:
        """The desk; only after :meth:`load`."""
        assert self._context is not None
        return self._context.desk

    def page(self, page: str) -> QWidget | None:
        """The widget of a page that was shown before."""
        return self._pages.get(page)

    def current(self) -> str:
        """Id of the page on show."""
        return self._current

    # --- what pages ask for (shell.context.Window) --------------------------------------------------------------
    def go(self, page: str, **args: Any) -> None:
        """Show another page, if the present one may be left."""
        if self._context is not None and page in self._infos:
            self.tasks.spawn(self._change(page, args))

    def toast(self, sentence: str, action: Action | None = None, tone: str = "ok") -> None:
        """A note at the bottom of the sheet."""
        self._toasts.show(sentence, action, tone)

    def tell(self, error: DeskError) -> None:
        """An error that no page showed itself."""
        self.toast(str(error), None, "bad")

    def set_sending(self, sending: Sending | None) -> None:
        """The card at the foot of the rail."""
        self._sending = sending
        if sending is not None:
            self.rail.sending.set(sending.name, sending.share, sending.left, sending.color)
        self.rail.set_sending(sending is not None)

    def set_count(self, page: str, count: int | None) -> None:
        """The number at an entry of the rail."""
        self.rail.set_count(page, count)

    def widget(self) -> QWidget:
        """The window, as parent of dialogs."""
        return self

    # --- changing pages ----------------------------------------------------------------------------------------
    def _picked(self, page: str) -> None:
        self.rail.set_current(self._infos[self._current].id if self._current else page)
        self.go(page)

    async def _change(self, page: str, args: dict[str, Any]) -> None:
        if self._current and page != self._current and not await page_tools.may_leave(self._pages[self._current]):
            page_tools.mark(self.rail, self._infos[self._current])
            return
        await self._show(page, args)

    async def _show(self, page: str, args: dict[str, Any]) -> None:
        assert self._context is not None
        if self._opening is not None:
            self._opening.cancel()
        if self._current and self._current != page:
            page_tools.closed(self._pages[self._current])
        self._current = page
        made = self._made(page)
        assert made is not None
        self.stack.setCurrentWidget(made)
        page_tools.mark(self.rail, self._infos[page])
        set_title(self, f"{self._infos[page].title()} - SMTPDesk")
        self._opening = self.tasks.spawn(page_tools.opened(self._pages[page], args))

    def _made(self, page: str) -> QWidget | None:
        """The widget of a page, made now if it was not; None when there is no such page."""
        if page not in self._pages and page in self._infos and self._context is not None:
            module = next(module for module in self._modules if module.PAGE.id == page)
            self._pages[page] = module.Page(self._context)
            self.stack.addWidget(self._pages[page])
            if self.afar is not None:
                self.afar.watch(getattr(self._pages[page], "follower", None))
        return self._pages.get(page)

    def _show_sending(self) -> None:
        if self._sending is not None and self._sending.run_id:
            self.go("sending", run_id=self._sending.run_id)

    # --- keys --------------------------------------------------------------------------------------------------
    def _shortcuts(self) -> None:
        in_rail = [module.PAGE.id for module in self._modules if module.PAGE.in_rail and not module.PAGE.bottom]
        for number, page in enumerate(in_rail[:9], start=1):
            self._key(f"Ctrl+{number}", partial(self.go, page))
        self._key("F1", lambda: self.go("help", about=self._current))
        self._key("Shift+F1", lambda: self.go("explain"))
        self._key("Ctrl+,", lambda: self.go("settings"))

    def _key(self, keys: str, deed: Callable[[], object]) -> None:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.activated.connect(deed)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab was pressed: buttons show their focus from here on."""
        self._ring.tabbed()
        return super().focusNextPrevChild(forward)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window keeps the icons of the rail."""
        super().resizeEvent(event)
        self.rail.set_compact(self.width() < COMPACT_BELOW)

    # --- closing -----------------------------------------------------------------------------------------------
    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved work and running campaigns first; then close for good."""
        if self._leave or self._context is None:
            set_teller(None)
            event.accept()
            self.finished.emit()
            return
        event.ignore()
        self.tasks.spawn(self._close())

    async def _close(self) -> None:
        if self._current and not await page_tools.may_leave(self._pages[self._current]):
            return
        if not await ask_before_closing(self, self.desk):
            return
        geometry = bytes(self.saveGeometry().toBase64().data()).decode()
        await self.desk.settings.set(_GEOMETRY, geometry)
        first_paint.write(self.desk.folder, first_paint.FirstPaint(geometry, look.mode))
        self.shut()
        self.close()

    def shut(self) -> None:
        """End what the pages do; from here on the window closes without a word."""
        self._leave = True
        if self.afar is not None:
            self.afar.close()
        self.tasks.cancel()
        for page in self._pages.values():
            page_tools.closed(page)
