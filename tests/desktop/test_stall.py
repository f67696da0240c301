"""How long the window stands still while a run is written down at full speed. Prints the figure; times are no test."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from filelock import FileLock
from PySide6.QtCore import Qt, QTimer

from smtpdesk.desk import Desk
from smtpdesk.desktop.pages.sending.page import CAUSES, PEOPLE, TIME, Page
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.domain.delivery import LaneInfo, RunState
from smtpdesk.store import Workspace
from smtpdesk.worker.assembly import run_folder
from smtpdesk.worker.locks import LOCK
from tests.desktop.conftest import QtLoop
from tests.desktop.sending_ledger import Run, new_run
from tests.desktop.sending_writer import start_writer

MESSAGES, BATCH = 5_000, 50


class Stalls:
    """A timer of 5 ms; how late it comes is how long the loop stood still.

    ``worked`` is what the window's thread itself worked between two of them (seconds): on a machine that others use,
    too, the better figure.
    """

    def __init__(self) -> None:
        self.lags: list[float] = []
        self.worked: list[float] = []
        self._work = time.thread_time()
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        self.lags.clear()
        self.worked.clear()
        self._work = time.thread_time()
        self._last = time.perf_counter()
        self._timer.start()

    def _beat(self) -> None:
        present = time.perf_counter()
        self.lags.append(present - self._last - 0.005)
        self._last = present
        work = time.thread_time()
        self.worked.append(work - self._work)
        self._work = work

    def stop(self) -> tuple[float, float]:
        """The longest stall and the 99th percentile, in milliseconds."""
        self._timer.stop()
        ordered = sorted(self.lags)
        return ordered[-1] * 1000, ordered[int(len(ordered) * 0.99)] * 1000


@pytest.fixture
def run(desk: Desk) -> Iterator[Run]:
    """A run whose worker is this process."""
    with Workspace.open(desk.folder) as store:
        planned = new_run(store, MESSAGES)
        planned.state(RunState.RUNNING)
        planned.lanes(LaneInfo("office", "sending", "", 4, 0, 2000.0))
        folder = run_folder(desk.folder, planned.id)
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / LOCK):
            yield planned


@pytest.mark.parametrize(("view", "name"), [(CAUSES, "by cause"), (TIME, "by time"), (PEOPLE, "by person")])
def test_five_thousand_messages_arrive_while_the_window_lives(
    qloop: QtLoop, window: MainWindow, run: Run, view: int, name: str
) -> None:
    window.go("sending", run=run.id)
    qloop.until(lambda: isinstance(window.page("sending"), Page), "the page")
    page = window.page("sending")
    assert isinstance(page, Page)
    qloop.until(lambda: page._view is not None, "the figures")
    page.show_view(view)
    qloop.settle()
    stalls = Stalls()
    began = time.perf_counter()
    writer = start_writer(run.store.folder, run.id, MESSAGES, BATCH)
    qloop.until(lambda: run.store.ledger.advanced(run.id) > 1, "the first messages")
    stalls.start()
    qloop.until(lambda: writer.poll() is not None, "the writer", deadline=60)
    page.show_view(TIME)
    qloop.until(lambda: page.log.model.rowCount() == MESSAGES, "every line", deadline=60)
    longest, usual = stalls.stop()
    took = time.perf_counter() - began
    assert writer.returncode == 0
    print(f"\n{name}: {MESSAGES} lines in {took:.1f} s; longest stall {longest:.0f} ms, p99 {usual:.0f} ms")
    print(f"the window's thread worked at most {max(stalls.worked) * 1000:.0f} ms at a stretch")
    counts = run.store.ledger.counts(run.id)
    qloop.until(lambda: page.figures.tile("accepted").number() == f"{counts.accepted:,}", "the last figures")
    assert counts.accepted + counts.rejected + counts.uncertain + counts.deferred == MESSAGES
    assert page.log.model.row(MESSAGES - 1) is not None
