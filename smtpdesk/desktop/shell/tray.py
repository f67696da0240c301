"""The icon in the tray while something is being sent: how far it is, and the few things one wants from afar.

Only on desktops that have a tray; elsewhere nothing is made, and nothing is missed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components.plain import entry, set_tip, unmarked
from smtpdesk.desktop.shell.news import progress_words, share_of
from smtpdesk.desktop.theme.app_icon import app_icon, app_icon_picture
from smtpdesk.desktop.theme.tokens import LIGHT

if TYPE_CHECKING:
    from smtpdesk.desk.sending import RunView

_SIDE = 64
#: Steps of the bar in the icon: it is a few pixels wide.
_STEPS = 20
#: How long the icon stays after its last word, so that the desktop can show it (ms).
_STAYS_MS = 20_000


class Tray(QObject):
    """``tray.look(view)`` for every look at a run; ``tray.say(title, words)`` shows a message of the desktop.

    Signals: ``opened`` (show the window), ``pause(list[str])`` (run ids), ``left`` (close the window), and
    ``message_clicked``.
    """

    opened = Signal()
    pause = Signal(list)
    left = Signal()
    message_clicked = Signal()

    def __init__(self, parent: QObject, there: Callable[[], bool] = QSystemTrayIcon.isSystemTrayAvailable) -> None:
        super().__init__(parent)
        self._there = there
        self._icon: QSystemTrayIcon | None = None
        self._menu: QMenu | None = None
        self._live: dict[str, RunView] = {}
        self._drawn = -1
        self._leave = QTimer(self, singleShot=True, interval=_STAYS_MS)
        self._leave.timeout.connect(self._hide)

    def look(self, view: RunView) -> None:
        """A run was looked at: show it while a worker has it."""
        if view.alive:
            self._live[view.run.id] = view
        else:
            self._live.pop(view.run.id, None)
        if self._live:
            self._show()
        elif self._icon is not None and not self._leave.isActive():
            self._leave.start()

    def say(self, title: str, words: str, bad: bool = False) -> None:
        """A message of the desktop; none where the desktop shows none."""
        icon = self._made()
        if icon is None or not QSystemTrayIcon.supportsMessages():
            return
        icon.show()
        kind = QSystemTrayIcon.MessageIcon.Warning if bad else QSystemTrayIcon.MessageIcon.Information
        icon.showMessage(unmarked(title), unmarked(words), kind)
        if not self._live:
            self._leave.start()

    def close(self) -> None:
        """Take the icon away."""
        self._live.clear()
        self._leave.stop()
        self._hide()

    def icon(self) -> QSystemTrayIcon | None:
        """The icon, None while there is none."""
        return self._icon

    def menu(self) -> QMenu | None:
        """Its menu, None while there is none."""
        return self._menu

    # --- the icon ----------------------------------------------------------------------------------------------
    def _made(self) -> QSystemTrayIcon | None:
        if self._icon is None and self._there():
            self._icon = QSystemTrayIcon(app_icon(), self)
            self._menu = QMenu()
            entry(self._menu, _("Open SMTPDesk")).triggered.connect(lambda: self.opened.emit())
            self._pause = entry(self._menu, _("Pause"))
            self._pause.triggered.connect(lambda: self.pause.emit(list(self._live)))
            self._menu.addSeparator()
            entry(self._menu, _("Close the window")).triggered.connect(lambda: self.left.emit())
            self._icon.setContextMenu(self._menu)
            self._icon.activated.connect(self._activated)
            self._icon.messageClicked.connect(self.message_clicked)
        return self._icon

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self.opened.emit()

    def _show(self) -> None:
        icon = self._made()
        if icon is None:
            return
        self._leave.stop()
        self._pause.setEnabled(True)
        set_tip(icon, "\n".join(progress_words(view) for view in self._live.values()))
        done = sum(share_of(view) for view in self._live.values()) / len(self._live)
        if int(done * _STEPS) != self._drawn:
            self._drawn = int(done * _STEPS)
            icon.setIcon(progress_icon(self._drawn / _STEPS))
        icon.show()

    def _hide(self) -> None:
        if self._icon is not None and not self._live:
            self._icon.hide()
            self._icon.deleteLater()
            if self._menu is not None:
                self._menu.deleteLater()
            self._icon, self._menu, self._drawn = None, None, -1


def progress_icon(share: float) -> QIcon:
    """The program's icon with a bar at its foot, ``share`` of it filled."""
    picture = QPixmap(app_icon_picture(_SIDE))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    height, width = _SIDE / 4, _SIDE - 4.0
    painter.setBrush(LIGHT["text"])
    painter.drawRoundedRect(QRectF(2, _SIDE - height, width, height), 4, 4)
    painter.setBrush(LIGHT["onAccent"])
    inside = max(0.0, min(share, 1.0)) * (width - 8)
    painter.drawRoundedRect(QRectF(6, _SIDE - height + 4, inside, height - 8), 2, 2)
    painter.end()
    return QIcon(picture)
