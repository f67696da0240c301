"""A Qt loop that runs coroutines, a desk on a fresh workspace, and the main window on it.

Tests of the window are plain functions; what must be awaited goes through ``qloop``::

    def test_a_saved_profile_is_listed(qloop, desk):
        qloop.run(desk.profiles.save(profile))
        qloop.until(lambda: page.names() == ["office"])      # spins the Qt loop until true, with a deadline
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from smtpdesk.desk import Desk
from smtpdesk.desktop.shell.loop import event_loop
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.desktop.theme import look

T = TypeVar("T")
DEADLINE = 20.0


async def _all(tasks: list[asyncio.Task[Any]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)


class QtLoop:
    """A qasync loop on pytest-qt's application. ``errors`` collects what nobody caught; it fails the test."""

    def __init__(self, app: QApplication) -> None:
        self._loop = event_loop(app)
        self.errors: list[dict[str, Any]] = []
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(lambda _loop, context: self.errors.append(context))

    def run(self, work: Coroutine[Any, Any, T], deadline: float = DEADLINE) -> T:
        """Run a coroutine to its end; the window lives meanwhile."""
        # Not run_until_complete: qasync then handles events once more outside its loop, where no task can run.
        task: asyncio.Task[T] = self._loop.create_task(asyncio.wait_for(work, deadline))
        task.add_done_callback(lambda _task: self._loop.stop())
        self._loop.run_forever()
        return task.result()

    def until(self, condition: Callable[[], object], what: str = "", deadline: float = DEADLINE) -> None:
        """Let the window live until ``condition`` is true."""

        async def wait() -> None:
            end = time.monotonic() + deadline
            while not condition():
                if time.monotonic() > end:
                    pytest.fail(f"waited {deadline:g} s in vain: {what or condition}")
                await asyncio.sleep(0.01)

        self.run(wait(), deadline + 5)

    def settle(self, turns: int = 5) -> None:
        """Let everything that is ready happen: layouts, paints, finished tasks."""

        async def turn() -> None:
            for _ in range(turns):
                await asyncio.sleep(0)
                await asyncio.sleep(0.005)

        self.run(turn())

    def close(self) -> None:
        """Cancel what still runs, and close."""
        pending = [task for task in asyncio.all_tasks(self._loop) if not task.done()]
        for task in pending:
            task.cancel()
        if pending:
            self.run(_all(pending))
        self.run(self._loop.shutdown_asyncgens())
        self._loop.close()
        asyncio.set_event_loop(None)


@pytest.fixture(autouse=True, scope="session")
def collector() -> Iterator[None]:
    """As in the program: cycles with Qt objects in them die on this thread only."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(autouse=True)
def light_look(qapp: QApplication) -> Iterator[None]:
    """Inter at 13 px where it is installed, and the light look, so that measures are the same everywhere."""
    qapp.setQuitOnLastWindowClosed(False)
    font = QFont("Inter") if "Inter" in QFontDatabase.families() else QFont()
    font.setPixelSize(13)
    qapp.setFont(font)
    look.start(qapp, "light")
    yield
    look.set_mode("light")
    gc.collect()


@pytest.fixture
def qloop(qapp: QApplication) -> Iterator[QtLoop]:
    """The loop; an error that nobody caught fails the test."""
    loop = QtLoop(qapp)
    yield loop
    loop.close()
    if loop.errors:
        pytest.fail(f"unhandled in the event loop: {loop.errors!r}")


@pytest.fixture
def desk(qloop: QtLoop, tmp_path: Path) -> Iterator[Desk]:
    """A desk on a fresh workspace."""
    opened = qloop.run(Desk.open(tmp_path / "workspace"))
    yield opened
    qloop.run(opened.close())


@pytest.fixture
def window(qloop: QtLoop, desk: Desk) -> Iterator[MainWindow]:
    """The main window, 1280 by 800, on its first page."""
    made = MainWindow()
    made.show()
    qloop.run(made.load(desk))
    qloop.settle()
    yield made
    made.shut()
    made.close()
    made.deleteLater()
    qloop.settle()
