"""Deleting in the window: a run, all runs of a campaign, old ones by the rule, one person."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLineEdit

from smtpdesk.base.errors import InputError
from smtpdesk.desk import Desk
from smtpdesk.desktop.pages.home.page import Page as HomePage
from smtpdesk.desktop.pages.sending.page import Page as SendingPage
from smtpdesk.desktop.pages.settings.page import Page as SettingsPage
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.domain.delivery import RunInfo
from tests.desktop import campaigns, hands
from tests.desktop.conftest import QtLoop
from tests.desktop.looking import cut, nameless
from tests.desktop.test_send_later import the_dialog


@pytest.fixture
def sent(qloop: QtLoop, desk: Desk) -> RunInfo:
    """A run that is done, through the sandbox."""
    folder = campaigns.make(qloop, desk, profiles=("sandbox",))
    run = qloop.run(desk.sending.start(folder))
    qloop.run(desk.sending.finished(run.id))
    return run


def test_a_run_is_deleted_from_its_page(window: MainWindow, qloop: QtLoop, desk: Desk, sent: RunInfo) -> None:
    window.go("sending", run_id=sent.id)
    qloop.until(lambda: isinstance(window.page("sending"), SendingPage), "the page")
    page = window.page("sending")
    assert isinstance(page, SendingPage)
    qloop.until(page.head.delete.isVisible, "the button")
    assert nameless(page.head) == []
    page.head.delete.click()
    asked = the_dialog(qloop, "Delete this run")
    assert nameless(asked) == [] and cut(asked) == []
    hands.press(asked, "Delete")
    qloop.until(lambda: window.current() == "activity", "the history")
    with pytest.raises(InputError):
        qloop.run(desk.sending.run(sent.id))
    assert qloop.run(desk.reports.runs()) == []


def test_what_a_campaign_sent_is_deleted_from_the_list(
    window: MainWindow, qloop: QtLoop, desk: Desk, sent: RunInfo
) -> None:
    window.go("campaigns")
    qloop.until(lambda: isinstance(window.page("campaigns"), HomePage), "the page")
    page = window.page("campaigns")
    assert isinstance(page, HomePage)
    qloop.until(lambda: bool(page.rows.names()), "the list")
    card = next(card for card in qloop.run(desk.campaigns.all()) if card.run is not None)
    page.rows.asked.emit("delete", card)
    hands.press(the_dialog(qloop, "nobody gets it twice"), "Delete")
    qloop.until(lambda: "1 run deleted" in hands.words(window), "it is told")
    assert qloop.run(desk.reports.runs()) == []


def test_the_settings_keep_runs_for_a_time_and_erase_a_person(
    window: MainWindow, qloop: QtLoop, desk: Desk, sent: RunInfo
) -> None:
    window.go("settings")
    qloop.until(lambda: isinstance(window.page("settings"), SettingsPage), "the page")
    page = window.page("settings")
    assert isinstance(page, SettingsPage)
    qloop.until(lambda: page.kept.timer_words.sentence() != "", "what has to be on")
    assert page.kept.months.currentData() == 0
    assert nameless(page) == []
    page.kept.months.setCurrentIndex(page.kept.months.findData(12))
    page.kept.months.activated.emit(page.kept.months.currentIndex())
    qloop.until(lambda: desk._store.settings.get("runs.keep_months", 0) == 12, "it is kept")
    assert len(qloop.run(desk.reports.runs())) == 1

    page.kept.erase.click()
    asked = the_dialog(qloop, "E-mail address")
    (line,) = asked.findChildren(QLineEdit)
    line.setText("jude@example.com")
    hands.press(asked, "Look")
    sure = the_dialog(qloop, "cannot be undone")
    assert cut(sure) == []
    hands.press(sure, "Erase")
    qloop.until(lambda: "Erased" in hands.words(window), "it is told")
    addresses = [row.address for row in qloop.run(desk.reports.rows(sent.id))]
    assert "jude@example.com" not in addresses and "(erased)" in addresses
