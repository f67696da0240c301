"""The page of a run over a real ledger: figures, causes, people, deeds, and that it can be used by everybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from filelock import FileLock
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton

from smtpdesk.desk import Desk
from smtpdesk.desktop.pages.sending.cause_list import FIRST
from smtpdesk.desktop.pages.sending.page import CAUSES, PEOPLE, TIME, Page
from smtpdesk.desktop.pages.sending.paging import select_row
from smtpdesk.desktop.pages.sending.situation import Phase
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.domain.delivery import Blame, LaneInfo, Outcome, OutcomeKind, Reply, RunState, Stage, Wanted
from smtpdesk.domain.profile import Identity, Profile, Relay
from smtpdesk.store import Workspace
from smtpdesk.worker.assembly import run_folder
from smtpdesk.worker.locks import LOCK
from tests.desktop.conftest import QtLoop
from tests.desktop.looking import cut, nameless, outside
from tests.desktop.sending_ledger import (
    ACCEPTED,
    FULL,
    GREYLISTED,
    HUNG_UP,
    PASSWORD,
    SPAM,
    UNKNOWN,
    Run,
    name_of,
    new_run,
)


@pytest.fixture
def store(desk: Desk) -> Iterator[Workspace]:
    """The same workspace, as another program would open it."""
    with Workspace.open(desk.folder) as opened:
        opened.profiles.save(Profile("office", Relay("smtp.example.com", 587), Identity("Ana <ana@example.com>")))
        yield opened


@pytest.fixture
def held() -> Iterator[list[FileLock]]:
    """Locks of pretended workers; let go at the end."""
    locks: list[FileLock] = []
    yield locks
    for lock in locks:
        lock.release()


def at_work(run: Run, held: list[FileLock]) -> None:
    """As if a worker had this run: it holds the very lock that a worker holds."""
    folder = run_folder(run.store.folder, run.id)
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK)
    lock.acquire()
    held.append(lock)


def mixed(store: Workspace, state: RunState = RunState.RUNNING) -> Run:
    """300 people: 200 accepted, 9 unknown, 2 spam, 5 greylisted, 4 full, 2 uncertain, the rest waiting."""
    run = new_run(store, 300)
    run.state(RunState.RUNNING)
    run.attempt([ACCEPTED] * 200)
    run.attempt([UNKNOWN] * 9 + [SPAM] * 2 + [GREYLISTED] * 5 + [FULL] * 4 + [HUNG_UP] * 2)
    run.lanes(LaneInfo("office", "sending", "", 2, 200, 12.0))
    if state is not RunState.RUNNING:
        run.state(state, wanted=Wanted.PAUSE if state is RunState.PAUSED else Wanted.RUN)
    return run


def finished(store: Workspace) -> Run:
    """20 people: 15 accepted, 3 unknown, 2 uncertain; over."""
    run = new_run(store, 20)
    run.state(RunState.RUNNING)
    run.attempt([ACCEPTED] * 15 + [UNKNOWN] * 3 + [HUNG_UP] * 2)
    run.state(RunState.DONE)
    return run


def opened(qloop: QtLoop, window: MainWindow, run: Run) -> Page:
    """The page of a run, once it has its figures and its causes."""
    window.go("sending", run=run.id)
    qloop.until(lambda: isinstance(window.page("sending"), Page), "the page")
    page = window.page("sending")
    assert isinstance(page, Page)
    qloop.until(lambda: page._view is not None and page._view.run.id == run.id and page.reader.seen >= 0, "figures")
    groups = min(len(page.reader.groups), FIRST)
    qloop.until(lambda: len(page.causes.panels()) >= groups, "the causes")
    qloop.settle()
    return page


def deed(page: Page, title: str, name: str) -> QPushButton:
    """A button within a cause's group, which is opened for it."""
    panel = next(panel for panel in page.causes.panels() if panel._title == title)
    panel.open_up()
    found = panel.deed(name)
    assert found is not None
    return found


def answer(qloop: QtLoop, window: MainWindow, label: str) -> None:
    """Press a button of the open dialog."""
    dialogs = lambda: [d for d in window.findChildren(QDialog) if d.isVisible()]  # noqa: E731
    qloop.until(dialogs, f"a dialog with {label!r}")
    button = next(b for b in dialogs()[0].findChildren(QPushButton) if b.text() == label)
    button.click()
    qloop.until(lambda: not dialogs(), "the dialog to close")


# -- what is shown ------------------------------------------------------------------------------------------------


def test_the_figures_are_those_of_the_ledger(
    qloop: QtLoop, window: MainWindow, store: Workspace, held: list[Any]
) -> None:
    run = mixed(store)
    at_work(run, held)
    page = opened(qloop, window, run)
    numbers = {key: page.figures.tile(key).number() for key in ("accepted", "deferred", "rejected", "uncertain")}
    assert numbers == {"accepted": "200", "deferred": "9", "rejected": "11", "uncertain": "2"}
    assert page.figures.tile("waiting").number() == "78"
    assert page._phase is Phase.SENDING
    assert page.head.pause.isVisible()
    assert not page.head.resume.isVisible()
    assert page.lanes.isVisible()
    assert window.rail.sending.isVisible()


def test_causes_are_explained_with_the_servers_words_verbatim(
    qloop: QtLoop, window: MainWindow, store: Workspace
) -> None:
    page = opened(qloop, window, mixed(store, RunState.PAUSED))
    titles = [panel._title for panel in page.causes.panels()]
    assert titles[0] == "This mailbox does not exist"
    assert len(titles) == 5
    panel = page.causes.panels()[0]
    panel.open_up()
    words = panel._words._words.text()
    assert words == "550 5.1.1 The email account that you tried to reach does not exist."
    assert panel._count.label() == "9 people"


def test_a_group_that_is_being_read_stays_in_its_place(
    qloop: QtLoop, window: MainWindow, store: Workspace, held: list[Any]
) -> None:
    run = mixed(store)
    at_work(run, held)
    page = opened(qloop, window, run)
    page.causes.panels()[1].open_up()
    before = [panel._title for panel in page.causes.panels()]
    run.attempt([SPAM] * 30)  # now the largest group
    qloop.until(lambda: page.causes._groups[0].cause == "message.spam", "the new counts")
    assert [panel._title for panel in page.causes.panels()] == before
    page.causes.panels()[1].set_open(False)
    run.attempt([UNKNOWN])
    qloop.until(lambda: page.causes.panels()[0]._title == "The server took this message for spam", "the new order")


def test_ten_thousand_causes_get_fifty_groups_and_a_button(qloop: QtLoop, window: MainWindow, store: Workspace) -> None:
    run = new_run(store, 10_000)
    run.state(RunState.RUNNING)
    odd = [
        Outcome(OutcomeKind.REJECTED, Stage.RCPT, Blame.RECIPIENT, Reply(550, f"Reason {n}", "5.0.0"), f"odd.{n}")
        for n in range(10_000)
    ]
    run.attempt(odd)
    run.state(RunState.DONE)
    page = opened(qloop, window, run)
    qloop.until(lambda: len(page.causes.panels()) == FIRST, "the first groups")
    qloop.settle()
    assert len(page.causes.panels()) == FIRST
    assert page.causes._more.text().strip() == "Show 9,950 more causes"
    page.causes._more.click()
    qloop.until(lambda: len(page.causes.panels()) == 2 * FIRST, "as many again")


def test_a_paused_run_offers_to_continue_where_pause_stood(qloop: QtLoop, window: MainWindow, store: Workspace) -> None:
    page = opened(qloop, window, mixed(store, RunState.PAUSED))
    assert page.head.resume.isVisible()
    assert not page.head.pause.isVisible()
    notice = page.notice.notice()
    assert notice is not None
    assert notice.title == "You paused this"


def test_trouble_is_explained_above_the_figures(qloop: QtLoop, window: MainWindow, store: Workspace) -> None:
    run = new_run(store, 10)
    run.state(RunState.RUNNING)
    run.attempt([PASSWORD])
    run.lanes(LaneInfo("office", "paused", "profile.password"))
    run.state(RunState.PAUSED, "profile.password")
    page = opened(qloop, window, run)
    notice = page.notice.notice()
    assert notice is not None
    assert notice.title.endswith(" stopped: The server did not accept this user name and password")
    first = next(b for b in page.notice.findChildren(QPushButton) if b.text() == "Test the profile")
    first.click()
    qloop.until(lambda: window.current() == "profiles", "the profile's page")


def test_a_cut_off_run_is_told_as_such(qloop: QtLoop, window: MainWindow, store: Workspace) -> None:
    run = mixed(store)
    run.hold(10)
    store.runs.seen(run.id, 1.7e9)
    page = opened(qloop, window, run)
    notice = page.notice.notice()
    assert notice is not None
    assert notice.title.startswith("This was cut off at ")
    assert page._phase is Phase.INTERRUPTED


def test_a_finished_run_shows_results_instead_of_lanes(qloop: QtLoop, window: MainWindow, store: Workspace) -> None:
    page = opened(qloop, window, finished(store))
    assert page.figures._count.sentence() == "15"
    assert page.figures._of.sentence() == "of 20 accepted"
    assert not page.lanes.isVisible()
    assert not page.rate.isVisible()
    assert page.head.new.isVisible()
    assert not page.head.stop.isVisible()
    assert not page.figures.tile("waiting").isVisible()


def test_nothing_is_said_twice_while_nothing_changes(
    qloop: QtLoop, window: MainWindow, store: Workspace, held: list[Any]
) -> None:
    run = mixed(store)
    at_work(run, held)
    page = opened(qloop, window, run)
    told: list[str] = []
    for tile in ("accepted", "rejected"):
        number = page.figures.tile(tile)._number
        plain = number.set_text
        number.set_text = lambda words, plain=plain: (told.append(words), plain(words))  # type: ignore[method-assign]
    view = page._view
    assert view is not None
    for _look in range(20):
        page._looked(view)
    assert told == []


def test_another_run_takes_the_place_of_the_first(qloop: QtLoop, window: MainWindow, store: Workspace) -> None:
    first, second = finished(store), mixed(store, RunState.PAUSED)
    page = opened(qloop, window, first)
    page.show_view(PEOPLE)
    qloop.until(lambda: page.people.model.rowCount() == 20, "the people of the first")
    page = opened(qloop, window, second)
    assert page.views.current() == CAUSES
    assert page.figures.tile("rejected").number() == "11"
    page.show_view(PEOPLE)
    qloop.until(lambda: page.people.model.rowCount() == 300, "the people of the second")


# -- the people ---------------------------------------------------------------------------------------------------


def test_a_tile_shows_the_people_behind_its_number(qloop: QtLoop, window: MainWindow, store: Workspace) -> None:
    page = opened(qloop, window, mixed(store, RunState.PAUSED))
    page.figures.tile("rejected").click()
    assert page.views.current() == PEOPLE
    qloop.until(lambda: page.people.model.rowCount() == 11, "the rejected")
    assert page.people.chips.current() == "rejected"
    page.people.search.setText("person.205@")
    qloop.until(lambda: page.people.model.rowCount() == 1, "the one searched for")
    assert page.people.model.row(0).address == name_of(205)


def test_show_the_people_of_a_cause_and_everybody_again(qloop: QtLoop, window: MainWindow, store: Workspace) -> None:
    page = opened(qloop, window, mixed(store, RunState.PAUSED))
    deed(page, "This mailbox is full at the moment", "people").click()
    qloop.until(lambda: page.people.model.rowCount() == 4, "those with a full mailbox")
    assert {row.cause for row in map(page.people.model.row, range(4))} == {"recipient.mailbox-full-now"}
    page.people._only.click()
    qloop.until(lambda: page.people.model.rowCount() == 300, "everybody")


def test_people_are_sorted_by_a_press_on_the_head(qloop: QtLoop, window: MainWindow, store: Workspace) -> None:
    page = opened(qloop, window, finished(store))
    page.show_view(PEOPLE)
    qloop.until(lambda: page.people.model.rowCount() == 20, "everybody")
    page.people.table.horizontalHeader().setSortIndicator(1, Qt.SortOrder.DescendingOrder)
    addresses = sorted((name_of(n) for n in range(1, 21)), reverse=True)
    qloop.until(lambda: page.people.model.row(0).address == addresses[0], "the order")


def test_a_chosen_person_is_told_in_full(qloop: QtLoop, window: MainWindow, store: Workspace) -> None:
    page = opened(qloop, window, finished(store))
    page.figures.tile("rejected").click()
    qloop.until(lambda: page.people.model.rowCount() == 3, "the rejected")
    select_row(page.people.table, 1)
    qloop.until(page.people.details.isVisible, "the details")
    details = page.people.details
    assert details._title.sentence() == "This mailbox does not exist"
    assert details._words._words.text().startswith("550 5.1.1 ")
    assert page.people._foot.deeds["again"].isVisible()
    assert page.people._foot.deeds["suppress"].isVisible()
    assert not page.people._foot.deeds["arrived"].isVisible()


def test_chosen_people_are_copied(qloop: QtLoop, window: MainWindow, store: Workspace) -> None:
    page = opened(qloop, window, finished(store))
    page.figures.tile("rejected").click()
    qloop.until(lambda: page.people.model.rowCount() == 3, "the rejected")
    page.people.table.selectAll()
    window.activateWindow()
    page.people.table.setFocus()
    qloop.settle()
    QApplication.clipboard().clear()
    QTest.keyClick(page.people.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qloop.until(lambda: QApplication.clipboard().text(), "the clipboard")
    lines = QApplication.clipboard().text().splitlines()
    assert len(lines) == 3
    assert lines[0].split("\t")[1:4] == [name_of(16), "Rejected", "This mailbox does not exist"]


# -- deeds --------------------------------------------------------------------------------------------------------


def test_uncertain_people_who_got_it_count_as_accepted(qloop: QtLoop, window: MainWindow, store: Workspace) -> None:
    run = finished(store)
    page = opened(qloop, window, run)
    deed(page, "The connection broke before the server answered", "arrived").click()
    qloop.until(lambda: store.ledger.counts(run.id).accepted == 17, "the decision")
    qloop.until(lambda: page.figures.tile("uncertain").number() == "0", "the new figures")


def test_sending_again_to_uncertain_people_asks_first(qloop: QtLoop, window: MainWindow, store: Workspace) -> None:
    run = finished(store)
    page = opened(qloop, window, run)
    deed(page, "The connection broke before the server answered", "again").click()
    answer(qloop, window, "Cancel")
    qloop.settle()
    assert store.ledger.counts(run.id).uncertain == 2


def test_never_mail_again_can_be_undone(qloop: QtLoop, window: MainWindow, store: Workspace) -> None:
    run = finished(store)
    page = opened(qloop, window, run)
    deed(page, "This mailbox does not exist", "suppress").click()
    answer(qloop, window, "Cancel")
    qloop.settle()
    assert store.suppressions.all() == []
    deed(page, "This mailbox does not exist", "suppress").click()
    answer(qloop, window, "Never mail again")
    qloop.until(lambda: len(store.suppressions.all()) == 3, "the suppressions")
    assert {entry.target for entry in store.suppressions.all()} == {name_of(n) for n in (16, 17, 18)}
    assert {entry.source for entry in store.suppressions.all()} == {store.runs.get(run.id).campaign}
    assert all(entry.reason.startswith("This mailbox does not exist") for entry in store.suppressions.all())
    toast = window._toasts.current()
    assert toast is not None
    next(b for b in toast.findChildren(QPushButton) if b.text() == "Undo").click()
    qloop.until(lambda: not store.suppressions.all(), "the way back")


def test_stop_asks_and_then_cancels_the_rest(qloop: QtLoop, window: MainWindow, store: Workspace) -> None:
    run = mixed(store, RunState.PAUSED)
    page = opened(qloop, window, run)
    page.head.stop.click()
    answer(qloop, window, "Keep sending")
    assert store.runs.get(run.id).state is RunState.PAUSED
    page.head.stop.click()
    answer(qloop, window, "Stop sending")
    qloop.until(lambda: page._phase is Phase.STOPPED, "the stop")
    counts = store.ledger.counts(run.id)
    assert (counts.open, counts.cancelled) == (0, 87)
    assert page.figures.tile("cancelled").isVisible()
    notice = page.notice.notice()
    assert notice is not None
    assert notice.body == "87 people were not sent to."


def test_an_answer_counts_for_the_run_that_was_asked_about(qloop: QtLoop, window: MainWindow, store: Workspace) -> None:
    first, second = mixed(store, RunState.PAUSED), mixed(store, RunState.PAUSED)
    page = opened(qloop, window, first)
    page.head.stop.click()
    qloop.until(lambda: any(found.isVisible() for found in window.findChildren(QDialog)), "the question")
    opened(qloop, window, second)
    answer(qloop, window, "Stop sending")
    qloop.until(lambda: store.runs.get(first.id).state is RunState.STOPPED, "the first is stopped")
    assert store.runs.get(second.id).state is RunState.PAUSED
    assert store.ledger.counts(second.id).cancelled == 0


def test_a_run_that_is_done_says_calmly_how_many_need_a_look(
    qloop: QtLoop, window: MainWindow, store: Workspace
) -> None:
    page = opened(qloop, window, finished(store))
    assert (page.head.chip.label(), page.head.chip._tone) == ("Done, 5 need a look", "")


def test_a_missed_start_is_not_said_to_have_started(qloop: QtLoop, window: MainWindow, store: Workspace) -> None:
    run = new_run(store, 10)
    run.state(RunState.PAUSED, "schedule.missed")
    page = opened(qloop, window, run)
    assert "started" not in page.head._bar._sub.text() and page.head._bar._sub.text()
    assert "for good" in page.head.stop.toolTip() and "go on" in page.head.pause.toolTip()


def test_an_error_of_a_deed_is_told_on_the_page(qloop: QtLoop, window: MainWindow, store: Workspace) -> None:
    run = mixed(store, RunState.PAUSED)
    page = opened(qloop, window, run)
    page.head.resume.click()  # the campaign's frozen copy is not there
    qloop.until(lambda: page.notice.isVisible() and page._phase is Phase.TROUBLE, "the trouble")
    assert store.ledger.counts(run.id).accepted == 200


# -- everybody can use it -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1280, 800), (1024, 680)])
@pytest.mark.parametrize("shown", [CAUSES, TIME, PEOPLE])
def test_everything_has_a_name_and_its_room(
    qloop: QtLoop, window: MainWindow, store: Workspace, held: list[Any], size: tuple[int, int], shown: int
) -> None:
    run = mixed(store)
    at_work(run, held)
    window.resize(*size)
    page = opened(qloop, window, run)
    for panel in page.causes.panels():
        panel.open_up()
    page.show_view(shown)
    qloop.until(lambda: shown != TIME or page.log.model.rowCount() == 222, "the log")
    qloop.until(lambda: shown != PEOPLE or page.people.model.rowCount() == 300, "the people")
    if shown != CAUSES:
        table = page.log.table if shown == TIME else page.people.table
        select_row(table, 205)
        details = page.log.details if shown == TIME else page.people.details
        qloop.until(details.isVisible, "the details")
    qloop.settle()
    assert nameless(page) == []
    assert cut(page) == []
    assert outside(page) == []
    assert page.width() <= window.width()


def test_right_to_left_keeps_everything_inside(
    qloop: QtLoop, window: MainWindow, store: Workspace, held: list[Any], qapp: QApplication
) -> None:
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        run = mixed(store)
        at_work(run, held)
        window.resize(1024, 680)
        page = opened(qloop, window, run)
        page.causes.panels()[0].open_up()
        qloop.settle()
        assert cut(page) == []
        assert page.head.pause.mapTo(window, page.head.pause.rect().center()).x() < page.width() / 2
        page.show_view(TIME)
        qloop.until(lambda: page.log.model.rowCount() == 222, "the log")
        assert page.log.model.index(0, 1).data() == f"\u2066{name_of(1)}\u2069"
    finally:
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def test_the_log_is_reached_and_opened_with_the_keyboard(qloop: QtLoop, window: MainWindow, store: Workspace) -> None:
    page = opened(qloop, window, finished(store))
    panel = page.causes.panels()[0]
    panel._chevron.setFocus()
    QTest.keyClick(panel._chevron, Qt.Key.Key_Return)
    qloop.until(panel.is_open, "the group to open")
    window.activateWindow()
    QTest.keyClick(page, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qloop.until(lambda: page.views.current() == PEOPLE, "the search")
    qloop.until(lambda: page.people.search.hasFocus() or not window.isActiveWindow(), "the focus")
