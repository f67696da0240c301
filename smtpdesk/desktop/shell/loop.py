"""The asyncio loop on Qt's.

qasync ends its loop by ``QApplication.exit()``, which tells everybody that the program quits (``aboutToQuit``). asyncio
stops and starts its loop several times on the way out (cancelling tasks, closing generators), and after the first
time the web engine has shut down: the next one is a segmentation fault. So qasync gets a stand-in for the application
whose ``exec`` is a loop of its own, and the application is told once, at the very end.
"""

from __future__ import annotations

from typing import Any

import qasync
from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication


class _InnerLoop:
    """What qasync asks of an application; ``exec`` and ``exit`` go to a loop inside it."""

    def __init__(self, app: QApplication) -> None:
        self._app = app
        self._loop = QEventLoop()

    def exec(self) -> int:
        return self._loop.exec()

    def exit(self) -> None:
        self._loop.exit()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app, name)


def event_loop(app: QApplication) -> qasync.QEventLoop:
    """A loop for ``asyncio.Runner(loop_factory=…)``; it can be run and stopped as often as asyncio likes."""
    return qasync.QEventLoop(_InnerLoop(app))
