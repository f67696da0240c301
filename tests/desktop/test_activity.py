"""The history of runs: what stands where, and the way back to what was cut off."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from smtpdesk.desk import Desk
from smtpdesk.desktop.pages.activity.entries import Entry, badge
from smtpdesk.desktop.pages.activity.page import Page
from smtpdesk.desktop.pages.sending.paging import select_row
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.domain.delivery import RunState, Wanted
from smtpdesk.store import Workspace
from tests.desktop.conftest import QtLoop
from tests.desktop.looking import cut, nameless, outside
from tests.desktop.sending_ledger import ACCEPTED, UNKNOWN, Run, new_run


@pytest.fixture
def store(desk: Desk) -> Iterator[Workspace]:
    with Workspace.open(desk.folder) as opened:
        yield opened


def done(store: Workspace, campaign: str, bad: int = 0) -> Run:
    run = new_run(store, 10, campaign=campaign)
    run.state(RunState.RUNNING)
    run.attempt([ACCEPTED] * (10 - bad) + [UNKNOWN] * bad)
    run.state(RunState.DONE)
    return run


def cut_off(store: Workspace, campaign: str) -> Run:
    run = new_run(store, 10, campaign=campaign)
    run.state(RunState.RUNNING)
    run.attempt([ACCEPTED] * 4)
    run.hold(2)
    store.runs.seen(run.id, 1.7e9)
    return run


def opened(qloop: QtLoop, window: MainWindow, runs: int) -> Page:
    window.go("activity")
    qloop.until(lambda: isinstance(window.page("activity"), Page), "the page")
    page = window.page("activity")
    assert isinstance(page, Page)

    def looked_at() -> bool:
        rows = [page.model.row(number) for number in range(page.model.rowCount())]
        return len(rows) == runs and all(row.view is not None for row in rows)

    qloop.until(looked_at, f"{runs} runs")
    return page


def labels(page: Page) -> list[tuple[str, str]]:
    entries: list[Entry] = [page.model.row(number) for number in range(page.model.rowCount())]
    return [(entry.run.campaign, found.label) for entry in entries if (found := badge(entry))]


def test_nothing_sent_yet_says_so(qloop: QtLoop, window: MainWindow) -> None:
    window.go("activity")
    qloop.until(lambda: isinstance(window.page("activity"), Page), "the page")
    page = window.page("activity")
    assert isinstance(page, Page)
    qloop.until(lambda: page.stack.currentIndex() == 1, "the empty state")
    assert not page.search.isVisible()
    button = next(b for b in page.findChildren(QPushButton) if b.text() == "To the campaigns")
    button.click()
    qloop.until(lambda: window.current() == "campaigns", "the campaigns")


def test_runs_are_listed_the_newest_first_with_their_state(qloop: QtLoop, window: MainWindow, store: Workspace) -> None:
    done(store, "All well")
    done(store, "Not to all", bad=3)
    paused = new_run(store, 10, campaign="Paused")
    paused.state(RunState.PAUSED, wanted=Wanted.PAUSE)
    trouble = new_run(store, 10, campaign="Wrong password")
    trouble.state(RunState.PAUSED, "profile.password")
    page = opened(qloop, window, 4)
    assert labels(page) == [
        ("Wrong password", "Needs you"),
        ("Paused", "Paused"),
        ("Not to all", "Done"),
        ("All well", "All accepted"),
    ]
    line = [page.model.index(2, column).data() for column in range(page.model.columnCount())]
    assert line[0] == "Not to all"
    assert line[4:] == ["7", "10", "3"]


def test_a_cut_off_run_stands_on_top_with_a_way_to_go_on(qloop: QtLoop, window: MainWindow, store: Workspace) -> None:
    run = cut_off(store, "Autumn")
    done(store, "Later")
    page = opened(qloop, window, 2)
    qloop.until(page._banner_box.isVisible, "the banner")
    buttons = {b.text(): b for b in page._banner_box.findChildren(QPushButton)}
    assert set(buttons) == {"Show", "Continue sending"}
    assert "was cut off at" in buttons["Show"].accessibleDescription()
    buttons["Show"].click()
    qloop.until(lambda: window.current() == "sending", "the run")
    sending = window.page("sending")
    assert sending is not None
    qloop.until(lambda: getattr(sending, "_run", "") == run.id, "that very run")


def test_a_click_or_enter_opens_a_run(qloop: QtLoop, window: MainWindow, store: Workspace) -> None:
    first, second = done(store, "First"), done(store, "Second")
    page = opened(qloop, window, 2)
    rect = page.table.visualRect(page.model.index(1, 0))
    QTest.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    qloop.until(lambda: window.current() == "sending", "the run")
    sending = window.page("sending")
    qloop.until(lambda: getattr(sending, "_run", "") == first.id, "the first run")
    page = opened(qloop, window, 2)
    select_row(page.table, 0)
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    qloop.until(lambda: getattr(sending, "_run", "") == second.id, "the second run")


def test_what_happens_meanwhile_is_seen(qloop: QtLoop, window: MainWindow, store: Workspace) -> None:
    run = new_run(store, 10, campaign="Autumn")
    run.state(RunState.PAUSED, wanted=Wanted.PAUSE)
    page = opened(qloop, window, 1)
    run.attempt([ACCEPTED] * 10)
    run.state(RunState.DONE)
    qloop.until(lambda: labels(page) == [("Autumn", "All accepted")], "the end")
    done(store, "Spring")
    qloop.until(lambda: page.model.rowCount() == 2, "another run")


def test_campaigns_are_found_by_name(qloop: QtLoop, window: MainWindow, store: Workspace) -> None:
    done(store, "Autumn tasting")
    done(store, "Spring sale")
    page = opened(qloop, window, 2)
    page.search.setText("AUTUMN")
    assert [name for name, _label in labels(page)] == ["Autumn tasting"]
    page.search.setText("winter")
    assert page.model.rowCount() == 0
    assert page._list.currentIndex() == 1


@pytest.mark.parametrize("size", [(1280, 800), (1024, 680)])
def test_everything_has_a_name_and_its_room(
    qloop: QtLoop, window: MainWindow, store: Workspace, size: tuple[int, int]
) -> None:
    cut_off(store, "Autumn tasting invitations for the whole neighbourhood")
    done(store, "Spring", bad=2)
    window.resize(*size)
    page = opened(qloop, window, 2)
    qloop.until(page._banner_box.isVisible, "the banner")
    qloop.settle()
    assert nameless(page) == []
    assert cut(page) == []
    assert outside(page) == []
    assert not page.table.horizontalScrollBar().isVisible()
