"""The log by time: live lines, filters, copying, export, and a million of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from smtpdesk.desk import Desk
from smtpdesk.desktop.pages.sending import paging
from smtpdesk.desktop.pages.sending.log_view import LogView
from smtpdesk.desktop.pages.sending.meanings import Meanings
from smtpdesk.desktop.pages.sending.page import TIME, Page
from smtpdesk.desktop.shell.context import Action, AppContext, Sending
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.desktop.theme import look
from smtpdesk.domain.delivery import OutcomeKind, RunState
from smtpdesk.store import Workspace
from tests.desktop.conftest import QtLoop
from tests.desktop.sending_ledger import ACCEPTED, GREYLISTED, SPAM, UNKNOWN, Run, name_of, new_run


class Shell:
    """The window as the log needs it: somewhere to tell things."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def go(self, page: str, **args: object) -> None:
        raise AssertionError(page)

    def toast(self, sentence: str, action: Action | None = None, tone: str = "ok") -> None:
        self.told.append(sentence)

    def set_sending(self, sending: Sending | None) -> None:
        raise AssertionError(sending)

    def set_count(self, page: str, count: int | None) -> None:
        raise AssertionError(page)

    def widget(self) -> QWidget:
        raise AssertionError


@pytest.fixture
def shell() -> Shell:
    return Shell()


@pytest.fixture
def store(desk: Desk) -> Iterator[Workspace]:
    with Workspace.open(desk.folder) as opened:
        yield opened


@pytest.fixture
def log(qloop: QtLoop, desk: Desk, shell: Shell) -> Iterator[LogView]:
    view = LogView(AppContext(desk, look, shell), Meanings(desk))
    view.resize(1000, 420)
    view.show()
    yield view
    view.rest()
    view.hide()
    view.deleteLater()
    qloop.settle()


def a_run(store: Workspace) -> Run:
    """400 people: 300 accepted, 40 unknown, 20 spam, 10 greylisted, 30 waiting."""
    run = new_run(store, 400)
    run.state(RunState.RUNNING)
    run.attempt([ACCEPTED] * 300)
    run.attempt([UNKNOWN] * 40 + [SPAM] * 20 + [GREYLISTED] * 10)
    return run


def shown(qloop: QtLoop, log: LogView, run: Run, count: int) -> None:
    log.show_run(run.id)
    log.follow(live=True)
    qloop.until(lambda: log.model.rowCount() == count, f"{count} lines")


def test_every_attempt_is_a_line_oldest_first(qloop: QtLoop, log: LogView, store: Workspace) -> None:
    shown(qloop, log, a_run(store), 370)
    first, last = log.model.row(0), log.model.row(369)
    assert (first.address, first.kind) == (name_of(1), OutcomeKind.ACCEPTED)
    assert (last.address, last.kind) == (name_of(370), OutcomeKind.DEFERRED)
    line = [log.model.index(330, column).data() for column in range(log.model.columnCount())]
    assert line[1] == name_of(331)
    assert line[3:] == ["Recipient", "550", "5.1.1", UNKNOWN.reply.text]
    assert paging.at_end(log.table)


def test_filters_by_kind_cause_and_words(qloop: QtLoop, log: LogView, store: Workspace, desk: Desk) -> None:
    run = a_run(store)
    shown(qloop, log, run, 370)
    log.set_causes(qloop.run(desk.reports.causes(run.id)))
    log.chips._buttons["problems"].click()
    qloop.until(lambda: log.model.rowCount() == 70, "the problems")
    log.causes.setCurrentIndex(log.causes.findData("message.spam"))
    qloop.until(lambda: log.model.rowCount() == 20, "the spam")
    log.search.setText("person.345@")
    qloop.until(lambda: log.model.rowCount() == 1, "the person")
    log.search.setText("nobody at all")
    qloop.until(lambda: log.model.rowCount() == 0 and log._count.sentence() == "no line fits", "nothing")


def test_a_filtered_log_goes_on_with_what_fits(qloop: QtLoop, log: LogView, store: Workspace) -> None:
    run = a_run(store)
    shown(qloop, log, run, 370)
    log.chips._buttons["problems"].click()
    qloop.until(lambda: log.model.rowCount() == 70, "the problems")
    run.attempt([ACCEPTED] * 10)
    run.attempt([UNKNOWN] * 5)
    qloop.until(lambda: log.model.rowCount() == 75, "the new problems")
    assert log.model.row(74).address == name_of(385)


def test_the_end_is_followed_only_by_who_stands_there(qloop: QtLoop, log: LogView, store: Workspace) -> None:
    run = a_run(store)
    shown(qloop, log, run, 370)
    assert paging.at_end(log.table)
    run.attempt([ACCEPTED] * 5)
    qloop.until(lambda: log.model.rowCount() == 375, "five more")
    assert paging.at_end(log.table)
    log.table.verticalScrollBar().setValue(500)
    run.attempt([ACCEPTED] * 5)
    qloop.until(lambda: log.model.rowCount() == 380, "five more")
    assert log.table.verticalScrollBar().value() == 500
    assert log._jump.isVisible()
    log._jump.click()
    assert paging.at_end(log.table)
    assert not log._jump.isVisible()


def test_a_line_is_told_in_full_beside_the_table(qloop: QtLoop, log: LogView, store: Workspace) -> None:
    shown(qloop, log, a_run(store), 370)
    paging.select_row(log.table, 345)
    assert log.details.isVisible()
    assert log.details._words._words.text() == "554 5.7.1 Message rejected as spam by content scanner"
    assert log.details._title.sentence() == "The server took this message for spam"
    log.details._shut.click()
    assert not log.details.isVisible()
    assert log.table.selectionModel().selection().isEmpty()


def test_chosen_lines_are_copied_as_columns(qloop: QtLoop, log: LogView, store: Workspace, shell: Shell) -> None:
    shown(qloop, log, a_run(store), 370)
    log.table.selectAll()
    log.activateWindow()
    log.table.setFocus()
    qloop.settle()
    QApplication.clipboard().clear()
    QTest.keyClick(log.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qloop.until(lambda: shell.told == ["370 lines copied"], "the copy")
    lines = QApplication.clipboard().text().splitlines()
    assert len(lines) == 370
    assert lines[0].split("\t")[1:] == [
        name_of(1),
        "Accepted",
        "Message",
        "250",
        "2.0.0",
        "OK, queued as 4kQ2mN1xTz",
        "Accepted",
    ]


def test_what_a_narrow_table_leaves_away_comes_back(qloop: QtLoop, log: LogView, store: Workspace) -> None:
    shown(qloop, log, a_run(store), 370)
    keys = [column.key for column in log.model.columns()]
    hidden = lambda: {key for place, key in enumerate(keys) if log.table.isColumnHidden(place)}  # noqa: E731
    assert hidden() == set()
    log.resize(700, 420)
    qloop.settle()
    assert hidden() == {"step", "status", "words"}
    log.resize(1000, 420)
    qloop.settle()
    assert hidden() == set()


def test_a_million_lines_are_paged_not_loaded(qloop: QtLoop, log: LogView, store: Workspace) -> None:
    run = a_run(store)
    shown(qloop, log, run, 370)
    ids = log.model.ids()
    read: list[int] = []
    plain = log.model._rows
    log.model._rows = lambda wanted: (read.append(len(wanted)), plain(wanted))[1]
    log.rest()
    log.model.set_ids((ids * 2703)[:1_000_000])
    log.table.scrollToBottom()
    qloop.settle()
    assert log.model.rowCount() == 1_000_000
    assert paging.at_end(log.table)
    assert log.model.index(999_999, 1).data() == log.model.row(999_999).address
    assert sum(read) <= 1024
    log.table.selectAll()
    assert len(paging.selected_ids(log.table, log.model)) == 1_000_000
    assert list(paging.selected_rows(log.table, 3)) == [0, 1, 2]


def test_export_asks_where_and_writes_every_line(
    qloop: QtLoop, window: MainWindow, store: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = a_run(store)
    run.state(RunState.PAUSED)
    window.go("sending", run=run.id)
    qloop.until(lambda: isinstance(window.page("sending"), Page), "the page")
    page = window.page("sending")
    assert isinstance(page, Page)
    qloop.until(lambda: page.export.isEnabled(), "the run")
    page.show_view(TIME)
    target = tmp_path / "log.csv"
    asked: list[str] = []

    def choose(dialog: QFileDialog, _event: QShowEvent) -> None:
        """A person who picks a place at once."""
        asked.extend(dialog.selectedFiles())
        dialog.selectFile(str(target))
        dialog.done(QFileDialog.DialogCode.Accepted.value)

    monkeypatch.setattr(QFileDialog, "showEvent", choose)
    page.export.click()
    qloop.until(target.exists, "the file")
    lines = target.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 371
    assert lines[0].startswith("time,address,line,profile,outcome")
    assert Path(asked[0]).name == "autumn-tasting-invitations-log.csv"
