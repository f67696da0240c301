"""Keeps somebody who looks elsewhere informed: the tray icon while mail is sent, a message when it ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QSystemTrayIcon, QWidget

from smtpdesk.desktop.components import Tasks
from smtpdesk.desktop.shell.news import ending
from smtpdesk.desktop.shell.tray import Tray

if TYPE_CHECKING:
    from smtpdesk.desk import Desk
    from smtpdesk.desk.sending import RunView

#: The setting that turns messages of the desktop off.
NOTIFY = "notify.end"


class Afar(QObject):
    """``afar.watch(follower)`` once the sending page is there; it looks at what the follower sees."""

    def __init__(
        self,
        window: QWidget,
        desk: Desk,
        show_run: Callable[[str], object],
        there: Callable[[], bool] = QSystemTrayIcon.isSystemTrayAvailable,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._desk = desk
        self._show_run = show_run
        self._tasks = Tasks(self)
        self._alive: set[str] = set()
        self._told = ""
        self.tray = Tray(self, there)
        self.tray.opened.connect(self.raise_window)
        self.tray.left.connect(window.close)
        self.tray.pause.connect(lambda runs: self._tasks.spawn(self._pause(runs)))
        self.tray.message_clicked.connect(self._clicked)

    def watch(self, follower: QObject | None) -> None:
        """Look at every run that it looks at; a page without a follower gives None."""
        looked = getattr(follower, "looked", None)
        if looked is not None:
            looked.connect(self.look)

    def look(self, view: RunView) -> None:
        """A look at a run."""
        run = view.run.id
        self.tray.look(view)
        if view.alive:
            self._alive.add(run)
        elif run in self._alive:
            self._alive.discard(run)
            self._tasks.spawn(self._tell(view))

    async def _tell(self, view: RunView) -> None:
        if self._window.isActiveWindow() or not await self._desk.settings.get(NOTIFY, True):
            return
        reports = self._desk.reports
        news = ending(view, reports.knows, reports.meaning)
        if news is not None:
            self._told = view.run.id
            self.tray.say(news.title, news.words, news.bad)

    async def _pause(self, runs: list[str]) -> None:
        for run in runs:
            await self._desk.sending.pause(run)

    def _clicked(self) -> None:
        self.raise_window()
        if self._told:
            self._show_run(self._told)

    def raise_window(self) -> None:
        """The window in front."""
        self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowMinimized)
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()

    def close(self) -> None:
        """The window closes: no icon stays behind."""
        self._tasks.cancel()
        self.tray.close()
