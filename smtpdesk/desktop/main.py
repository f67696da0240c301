"""Starts the window: paints first, then opens the workspace."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

import smtpdesk
from smtpdesk.base import logs
from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import use_language
from smtpdesk.base.workspace_path import workspace_folder
from smtpdesk.desktop.components.tasks import unexpected
from smtpdesk.desktop.shell import first_paint
from smtpdesk.desktop.shell.collector import MainThreadCollector
from smtpdesk.desktop.shell.loop import event_loop
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.desktop.theme import app_icon, look

if TYPE_CHECKING:
    from smtpdesk.desk import Desk

log = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None, workspace: Path | None = None) -> int:
    """Open the window and stay until it is closed.

    Args:
        argv: the program's arguments, for Qt's own options; ``sys.argv`` when None.
        workspace: the workspace's folder; the default one when None.

    Returns:
        0; 2 when the workspace could not be opened.

    Raises:
        InputError: ``workspace.address``.
    """
    use_language()
    folder = workspace_folder(workspace)
    logs.start(folder, "window")
    app = application(list(sys.argv if argv is None else argv))
    try:
        with asyncio.Runner(loop_factory=lambda: event_loop(app)) as runner:
            return runner.run(run(folder))
    except RuntimeError as error:  # the desktop ended the session: Qt's loop stopped before the window had closed
        log.warning("stopped from outside: %s", error)
        return 0


def application(argv: list[str]) -> QApplication:
    """The one QApplication, with everything that must be set before it exists."""
    # The web engine is loaded when the first mail is shown; this is what it needs from the start.
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    app = QApplication(argv)
    app.setApplicationName("SMTPDesk")
    app.setApplicationDisplayName("SMTPDesk")
    app.setApplicationVersion(smtpdesk.__version__)
    app.setDesktopFileName("smtpdesk")
    app.setWindowIcon(app_icon())
    app.setQuitOnLastWindowClosed(False)  # the loop ends when everything behind the window has ended
    look.start(app)
    MainThreadCollector(app)
    return app


async def run(folder: Path) -> int:
    """Show the window, open the workspace behind it, and wait until it is closed."""
    loop = asyncio.get_running_loop()
    over: asyncio.Future[None] = loop.create_future()
    window = MainWindow(first_paint.read(folder))

    def closed() -> None:
        if not over.done():
            over.set_result(None)

    window.finished.connect(closed)
    _catch_strays(loop, window)
    window.show()
    await asyncio.sleep(0)  # the first paint comes before the workspace and the libraries behind it
    desk = await _open(window, folder, over)
    try:
        await over
    finally:
        window.tasks.cancel()
        if desk is not None:
            await desk.close()
        sys.excepthook = sys.__excepthook__
    return 0 if desk is not None else 2


async def _open(window: MainWindow, folder: Path, over: asyncio.Future[None]) -> Desk | None:
    """Open the workspace, again and again while the person asks for another try."""
    while not over.done():
        desk: Desk | None = None
        try:
            # Half a second of libraries; the window is there meanwhile.
            package = await asyncio.to_thread(import_module, "smtpdesk.desk")
            desk = await package.Desk.open(folder)
            if not over.done():
                await desk.seed_samples()
                await window.load(desk)
            return desk
        except Exception as error:  # noqa: BLE001 - whatever it is, the window says it in calm words
            told = error if isinstance(error, DeskError) else unexpected(error)
            log.error("workspace not opened: %s", told.code)  # noqa: TRY400 - the code says it all
            if desk is not None:
                await desk.close()
            if not await window.could_not_open(told, folder):
                return None
    return None


def _catch_strays(loop: asyncio.AbstractEventLoop, window: MainWindow) -> None:
    """What nobody caught goes to the log and is told in one calm sentence; the window stays."""

    def from_loop(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, BaseException):
            window.tell(unexpected(error))
        else:
            log.error("event loop: %s", context.get("message"))

    def from_slot(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            window.close()
            return
        window.tell(unexpected(error.with_traceback(trace)))

    loop.set_exception_handler(from_loop)
    sys.excepthook = from_slot
