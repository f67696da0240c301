"""What a scene has at hand: a fresh workspace, the real window on it, and a camera that waits until nothing moves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from smtpdesk.desk import Desk
from smtpdesk.desktop.preview.engine import PlainBrowser
from smtpdesk.desktop.preview.mail_view import MailView
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.desktop.theme import look
from smtpdesk.store import Workspace
from smtpdesk.worker.assembly import run_folder
from smtpdesk.worker.locks import LOCK

P = TypeVar("P", bound=QWidget)
T = TypeVar("T")

WIDE, SMALL = (1280, 800), (1024, 700)
#: Seconds for a condition, for a picture without movement, and for the web engine's first page.
DEADLINE, STILL, FIRST_PAGE = 30.0, 2.5, 40.0
#: Seconds between two looks, and those that the web engine takes at least to lay a page out anew.
_LOOK, _LAYOUT = 0.04, 0.35


@dataclass(frozen=True)
class Scene:
    """One state of one page. Made by :func:`scene`; found by walking ``tests/desktop/scenes``.

    Attributes:
        name: begins the names of its pictures.
        make: brings the window into that state.
        modes, sizes: each combination gives a picture.
        fresh: the window is made anew for each mode (what a preview shows depends on the mode it was made in).
        rtl: right to left.
        twice: also at twice the resolution.
    """

    name: str
    make: Callable[[Stage], Awaitable[None]]
    modes: tuple[str, ...] = ("light", "dark")
    sizes: tuple[tuple[int, int], ...] = (WIDE, SMALL)
    fresh: bool = False
    rtl: bool = False
    twice: bool = False

    def mirrored(self) -> Scene:
        """The same, right to left, in one picture."""
        return Scene(f"{self.name}-rtl", self.make, ("light",), (WIDE,), rtl=True)


def scene(name: str, **how: Any) -> Callable[[Callable[[Stage], Awaitable[None]]], Scene]:
    """Decorates the coroutine that makes a scene; ``how`` are fields of :class:`Scene`."""
    return lambda make: Scene(name, make, **how)


class Stage:
    """One scene's workspace and window. ``subject`` is what is pictured: the window, or a dialog in front of it."""

    def __init__(self, folder: Path, desk: Desk, mode: str) -> None:
        self.folder = folder
        self.desk = desk
        self.window = MainWindow()
        self.subject: QWidget = self.window
        self._mode = mode
        self._exits = ExitStack()
        self._store: Workspace | None = None
        self._loaded = False

    # --- data --------------------------------------------------------------------------------------------------
    @property
    def store(self) -> Workspace:
        """The same workspace, as another program would open it."""
        if self._store is None:
            self._store = self.keep(Workspace.open(self.desk.folder))
        return self._store

    def keep(self, context: AbstractContextManager[T]) -> T:
        """Enter a context (a server, say) that ends with the scene."""
        return self._exits.enter_context(context)

    def at_work(self, run_id: str) -> None:
        """As if a worker had this run: the very lock that a worker holds is held."""
        folder = run_folder(self.desk.folder, run_id)
        folder.mkdir(parents=True, exist_ok=True)
        self.keep(FileLock(folder / LOCK).acquire())

    # --- the window --------------------------------------------------------------------------------------------
    async def show(self, page: str, kind: type[P], **args: Any) -> P:
        """Show a page and give it back as soon as it is there."""
        if self._loaded:
            self.window.go(page, **args)
        else:
            self._loaded = True
            await self.desk.settings.set("appearance.mode", self._mode)
            self.window.resize(*WIDE)
            self.window.show()
            await self.window.load(self.desk, page, **args)
        await self.until(lambda: self.window.current() == page, page)
        shown = self.window.page(page)
        assert isinstance(shown, kind)
        return shown

    async def until(self, condition: Callable[[], T | None], what: str = "", deadline: float = DEADLINE) -> T:
        """What ``condition`` gives as soon as that is true."""
        end = time.monotonic() + deadline
        while not (found := condition()):
            if time.monotonic() > end:
                raise TimeoutError(f"waited {deadline:g} s in vain: {what or condition}")
            await asyncio.sleep(0.01)
        return found

    async def close(self) -> None:
        """End the scene and everything it started."""
        if self.subject is not self.window:
            self.subject.close()
            await _turns()  # whoever awaits the dialog's answer still uses it
        self.window.shut()
        self.window.close()
        await _turns()
        self.window.deleteLater()
        await _turns()
        self._exits.close()
        await self.desk.close()

    # --- the camera --------------------------------------------------------------------------------------------
    async def picture(self, mode: str, size: tuple[int, int]) -> QImage:
        """A picture in this mode and size, as soon as nothing moves any more."""
        look.set_mode(mode)
        self.window.resize(*size)
        await asyncio.sleep(_LOOK)
        if self._mails():
            await self.until(self._mails_shown, "the preview", FIRST_PAGE)
            await asyncio.sleep(_LAYOUT)
            await self.until(lambda: not self._blank(self._grab()), "something in the preview", FIRST_PAGE)
        before, end = self._grab(), time.monotonic() + STILL
        while time.monotonic() < end:
            await asyncio.sleep(_LOOK)
            now = self._grab()
            if now == before:
                break
            before = now
        return before

    def _grab(self) -> QImage:
        return self.subject.grab().toImage()

    def _mails(self) -> list[QWidget | None]:
        found = [mail for mail in self.window.findChildren(MailView) if mail.isVisible()]
        return [mail.view() for mail in found]

    def _mails_shown(self) -> bool:
        """The web engine shows its view when the first page is loaded."""
        return all(view is not None and view.isVisible() for view in self._mails())

    def _blank(self, image: QImage) -> bool:
        """Whether a web view is still one colour: it paints a moment after its page is loaded."""
        if self.subject is not self.window:
            return False
        views = [view for view in self._mails() if view is not None and not isinstance(view, PlainBrowser)]
        return any(_one_colour(image, view, self.window) for view in views)


async def _turns() -> None:
    """Let what is ready happen."""
    for _turn in range(5):
        await asyncio.sleep(0)


def _one_colour(image: QImage, view: QWidget, window: QWidget) -> bool:
    ratio = image.devicePixelRatio()
    corner = view.mapTo(window, QPoint(0, 0))
    steps = range(1, 40)
    colours = {
        image.pixel(
            int((corner.x() + view.width() * across / 40) * ratio),
            int((corner.y() + view.height() * down / 40) * ratio),
        )
        for across in steps
        for down in steps
    }
    return len(colours) == 1


def turn(rtl: bool) -> None:
    """Left to right, or right to left."""
    way = Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight
    QApplication.setLayoutDirection(way)
