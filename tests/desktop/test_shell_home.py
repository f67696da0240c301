"""The first page: the way to the first campaign, then the campaigns as they really stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QLineEdit

from smtpdesk.desk import Desk
from smtpdesk.desk.campaigns import CampaignCard
from smtpdesk.desktop.components import Button
from smtpdesk.desktop.pages.home.page import Page
from smtpdesk.desktop.pages.home.rows import CampaignRow, CampaignRows
from smtpdesk.desktop.pages.home.words import figures, shares, standing
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.domain.delivery import Counts, RunInfo, RunState, Wanted
from smtpdesk.domain.profile import SANDBOX
from smtpdesk.sandbox import Behaviour
from smtpdesk.sandbox.process import dismiss
from tests.desktop.conftest import QtLoop
from tests.desktop.looking import becomes, cut, nameless


def _page(window: MainWindow) -> Page:
    page = window.page("campaigns")
    assert isinstance(page, Page)
    return page


def _dialog() -> QDialog | None:
    shown = [item for item in QApplication.topLevelWidgets() if isinstance(item, QDialog) and item.isVisible()]
    return shown[0] if shown else None


def _press(dialog: QDialog, label: str) -> None:
    next(item for item in dialog.findChildren(Button) if item.text() == label).click()


def _primary(page: Page) -> Button:
    return page.first._primary


# -- the first run ---------------------------------------------------------------------------------------------------


def test_an_empty_workspace_shows_five_steps_and_one_primary_action(window: MainWindow, qloop: QtLoop) -> None:
    page = _page(window)
    qloop.until(lambda: page._stack.currentIndex() == 1)
    titles = [label.text() for label in page.first._row.findChildren(QLabel) if label.property("role") == "strong"]
    assert titles == ["Recipients", "Message", "Check", "Profile", "Send"]
    primary = [item for item in page.first.findChildren(Button) if item.property("kind") == "primary"]
    assert [item.text() for item in primary] == ["Choose a spreadsheet…"]


def test_the_first_run_offers_what_comes_next(window: MainWindow, desk: Desk, qloop: QtLoop, tmp_path: Path) -> None:
    page = _page(window)
    qloop.until(lambda: _primary(page).text() == "Choose a spreadsheet…")
    sheet = tmp_path / "people.csv"
    sheet.write_text("email,first_name\nana@example.org,Ana\n", encoding="utf-8")
    qloop.run(desk.lists.import_list(sheet, "people"))
    qloop.until(lambda: _primary(page).text() == "Write the message")
    qloop.run(desk.campaigns.create("Spring sale", list_name="people"))
    qloop.until(lambda: _primary(page).text() == "Open the campaign")
    assert page.first._drop_title.sentence() == "Go on with “Spring sale”"
    assert cut(window) == []


def test_a_dropped_spreadsheet_goes_to_the_lists(window: MainWindow, qloop: QtLoop, tmp_path: Path) -> None:
    sheet = tmp_path / "people.csv"
    sheet.write_text("email\nana@example.org\n", encoding="utf-8")
    _page(window).first.dropped.emit([sheet])
    qloop.until(lambda: window.current() == "lists")


@pytest.mark.parametrize(("step", "page"), [("recipients", "lists"), ("profile", "profiles")])
def test_steps_lead_to_their_pages(window: MainWindow, qloop: QtLoop, step: str, page: str) -> None:
    _page(window).first.picked.emit(step)
    qloop.until(lambda: window.current() == page)


def test_the_sample_campaign_is_one_click_away(window: MainWindow, desk: Desk, qloop: QtLoop) -> None:
    page = _page(window)
    qloop.until(lambda: page._stack.currentIndex() == 1)
    page.first._second.click()
    qloop.until(lambda: window.current() == "campaign")
    assert len(qloop.run(desk.campaigns.all())) == 1


def test_a_campaign_is_begun_with_a_name(window: MainWindow, desk: Desk, qloop: QtLoop) -> None:
    window.go("campaigns", new=True)
    dialog = qloop.run(becomes(_dialog))
    assert nameless(dialog) == []
    assert cut(dialog) == []
    _press(dialog, "Create")
    qloop.settle()
    assert dialog.isVisible()
    line = dialog.findChild(QLineEdit)
    assert line is not None
    line.setText("Spring sale")
    _press(dialog, "Create")
    qloop.until(lambda: window.current() == "campaign")
    assert [card.name for card in qloop.run(desk.campaigns.all())] == ["Spring sale"]


# -- the list --------------------------------------------------------------------------------------------------------


@pytest.fixture
def sample(desk: Desk, qloop: QtLoop) -> Iterator[Path]:
    """The sample campaign in a sandbox that takes its time."""
    qloop.run(desk.sandbox.set_behaviour(Behaviour(delay=0.25)))
    folder = qloop.run(desk.campaigns.create_sample())
    yield folder
    for run in qloop.run(desk.reports.runs()):
        qloop.run(desk.sending.stop(run.id))
        qloop.run(desk.sending.finished(run.id))
    dismiss(desk.sandbox.folder)


def test_a_campaign_that_is_sent_is_listed_with_its_figures(
    window: MainWindow, desk: Desk, qloop: QtLoop, sample: Path
) -> None:
    page = _page(window)
    run = qloop.run(desk.sending.start(sample, profiles=(SANDBOX,)))
    qloop.until(lambda: page._stack.currentIndex() == 2)
    row = page.rows.findChild(CampaignRow)
    assert row is not None
    qloop.until(lambda: "Sending" in row.accessibleName())
    assert row._deed.text() == "Watch"
    assert nameless(window) == []
    assert cut(window) == []
    row._deed.click()
    qloop.until(lambda: window.current() == "sending")
    assert run.id


def test_closing_asks_while_something_is_sent_and_can_pause(
    window: MainWindow, desk: Desk, qloop: QtLoop, sample: Path
) -> None:
    run = qloop.run(desk.sending.start(sample, profiles=(SANDBOX,)))
    window.close()
    dialog = qloop.run(becomes(_dialog))
    assert nameless(dialog) == []
    assert cut(dialog) == []
    _press(dialog, "Cancel")
    qloop.settle()
    assert window.isVisible()
    window.close()
    _press(qloop.run(becomes(_dialog)), "Pause and close")
    qloop.until(lambda: not window.isVisible())
    assert qloop.run(desk.sending.run(run.id)).wanted is Wanted.PAUSE


def test_closing_can_leave_it_to_the_background(window: MainWindow, desk: Desk, qloop: QtLoop, sample: Path) -> None:
    run = qloop.run(desk.sending.start(sample, profiles=(SANDBOX,)))
    window.close()
    _press(qloop.run(becomes(_dialog)), "Keep sending in the background")
    qloop.until(lambda: not window.isVisible())
    assert qloop.run(desk.sending.run(run.id)).wanted is Wanted.RUN
    assert qloop.run(desk.sending.view(run.id)).alive


def test_a_campaign_is_taken_off_the_list_after_asking(
    window: MainWindow, desk: Desk, qloop: QtLoop, sample: Path
) -> None:
    page = _page(window)
    card = qloop.run(desk.campaigns.all())[0]
    page.rows.asked.emit("forget", card)
    _press(qloop.run(becomes(_dialog)), "Take off the list")
    qloop.until(lambda: page._cards == [])
    assert sample.is_dir()


# -- words -----------------------------------------------------------------------------------------------------------


def _run(state: RunState) -> RunInfo:
    return RunInfo(
        "r", "Spring", "/c", "/s", "d", ("office",), "campaign", state, Wanted.RUN, "", 0.0, None, None, None
    )


def _card(state: RunState | None, counts: Counts | None = None, problem: str = "") -> CampaignCard:
    run = _run(state) if state else None
    return CampaignCard(Path("/c"), "Spring", "Hello", str(state or "draft"), run, counts, problem)


@pytest.mark.parametrize(
    ("card", "alive", "cut_off", "chip", "deed"),
    [
        (_card(None), False, False, "Draft", "Open"),
        (_card(None, problem="campaign.toml:3: no"), False, False, "Cannot be read", "Open"),
        (_card(RunState.RUNNING, Counts(10, pending=5, accepted=5)), True, False, "Sending", "Watch"),
        (_card(RunState.RUNNING, Counts(10, pending=5, accepted=5)), False, True, "Cut off", "Go on"),
        (_card(RunState.PAUSED, Counts(10, pending=5, accepted=5)), False, False, "Paused", "Go on"),
        (_card(RunState.STOPPED, Counts(10, cancelled=5, accepted=5)), False, False, "Stopped", "Result"),
        (_card(RunState.DONE, Counts(10, accepted=10)), False, False, "Sent", "Result"),
        (_card(RunState.DONE, Counts(10, accepted=9, rejected=1)), False, False, "Sent, not to all", "Result"),
        (_card(RunState.DONE, Counts(10, accepted=8, uncertain=2)), False, False, "2 to decide", "Result"),
    ],
)
def test_where_a_campaign_stands(card: CampaignCard, alive: bool, cut_off: bool, chip: str, deed: str) -> None:
    seen = standing(card, alive, cut_off)
    assert (seen.chip[0], seen.deed) == (chip, deed)


def test_figures_leave_out_what_is_nothing() -> None:
    counts = Counts(1540, pending=10, deferred=27, accepted=1486, rejected=11, uncertain=2, skipped=4)
    assert figures(counts) == "1,486 accepted · 11 rejected · 2 uncertain · 37 waiting · 4 skipped"
    assert figures(None) == ""
    assert sum(share for share, _token in shares(counts)) == pytest.approx(1526 / 1536), (
        "who was skipped is no part of it"
    )


def test_many_campaigns_are_shown_a_hundred_at_a_time(qtbot: object, qloop: QtLoop) -> None:
    rows = CampaignRows()
    cards = [CampaignCard(Path(f"/c{n}"), f"Campaign {n}", "", "draft", None, None) for n in range(130)]
    rows.set_cards(cards, [], [])
    assert len(rows.names()) == 100
    assert "30" in rows._older.text()
    rows._older.click()
    assert len(rows.names()) == 130
    spy = QSignalSpy(rows.opened)
    first = rows.findChild(CampaignRow)
    assert first is not None
    QTest.mouseClick(first, Qt.MouseButton.LeftButton)
    assert spy.at(0)[0] == cards[0]
    rows.deleteLater()


def test_a_campaign_that_was_sent_is_shown_with_whom_it_reached_and_since_when() -> None:
    sent = _card(RunState.DONE, Counts(total=3, skipped=3))
    shown = standing(replace(sent, reached=278, since=1_700_000_000.0), False, False)
    assert shown.chip[0] == "Sent"
    assert shown.figures == "278 sent since 2023-11-14 · 3 skipped"
