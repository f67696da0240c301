"""The page Sending domain: reached from a profile, true to what a real name server says, with its room at each size."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton

from smtpdesk.desk import Desk
from smtpdesk.desk.trust import State, Trust
from smtpdesk.desktop.pages.domain.page import Page
from smtpdesk.desktop.pages.profiles.page import Page as Profiles
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.dns.resolver import VARIABLE
from smtpdesk.domain.profile import Identity, Profile, Relay
from tests.desktop import hands
from tests.desktop.conftest import QtLoop
from tests.desktop.looking import cut, nameless, outside
from tests.servers.names import NameServer, silent_names


@pytest.fixture(autouse=True)
def asked(names: NameServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, names.address)


def shown(qloop: QtLoop, window: MainWindow, desk: Desk, sender: str) -> Page:
    office = Profile("office", Relay("mx.good.test", 587), Identity(f"Ana <{sender}>"))
    qloop.run(desk.profiles.save(office))
    window.go("domain", profile="office")
    return looked(qloop, window)


def looked(qloop: QtLoop, window: MainWindow) -> Page:
    qloop.until(lambda: isinstance(window.page("domain"), Page), "the page")
    page = window.page("domain")
    assert isinstance(page, Page)
    qloop.until(lambda: page.report is not None and page.again.isVisible(), "what was found out")
    qloop.settle()
    return page


def test_the_records_to_publish_are_copied(qloop: QtLoop, window: MainWindow, desk: Desk) -> None:
    page = shown(qloop, window, desk, "ana@several.test")
    said = hands.words(page)
    assert "several.test needs work: 3 things to mend" in said
    assert "There are 2 SPF records; only one is allowed." in said
    (row,) = [row for row in page.rows if row.check.id == "spf"]
    hands.click(row.records[0].copy_value)
    assert QGuiApplication.clipboard().text() == row.records[0].record.value
    hands.click(row.records[0].copy_host)
    assert QGuiApplication.clipboard().text() == "several.test"


def test_a_row_opens_and_closes(qloop: QtLoop, window: MainWindow, desk: Desk) -> None:
    page = shown(qloop, window, desk, "ana@good.test")
    row = page.rows[0]
    assert not row.is_open(), "all is well there"
    hands.press(page, "Show details of: SPF")
    assert row.is_open()
    qloop.settle()
    assert "include:_b.provider.test" not in hands.words(page), "folded"
    hands.press(page, "SPF and what it includes")
    qloop.settle()
    assert "include:_b.provider.test   1" in hands.words(page)
    hands.press(page, "Show details of: SPF")
    assert not row.is_open()


def test_what_only_the_person_knows_is_asked_with(qloop: QtLoop, window: MainWindow, desk: Desk) -> None:
    page = shown(qloop, window, desk, "ana@good.test")
    assert page.report is not None
    assert page.report.trust is Trust.OPEN
    hands.fill(page, "Selector of your key", "desk1")
    before = page.report
    page.form.look.click()
    qloop.until(lambda: page.report is not before and page.again.isVisible(), "another look")
    assert page.report.trust is Trust.TRUSTED
    assert "good.test is trusted" in hands.words(page)
    hands.fill(page, "Server’s address", "192.0.2")
    page.form.look.click()
    qloop.until(lambda: page.form.addresses.message().startswith("“192.0.2” is no IP address"), "the error")


def test_no_network_is_told_calmly(
    qloop: QtLoop, window: MainWindow, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTPDESK_ANSWER_TIMEOUT", "0.2")
    with silent_names() as silent:
        monkeypatch.setenv(VARIABLE, silent.address)
        page = shown(qloop, window, desk, "ana@good.test")
    said = hands.words(page)
    assert "good.test could not be asked for everything" in said
    assert said.count("says nothing about the domain") == 1, said
    assert [each.text().strip() for each in hands.seen(page, QAbstractButton)].count("Look again") == 1
    for row in page.rows:
        row.set_open(True)
    assert hands.words(page).count("says nothing about the domain") == 1 and VARIABLE not in hands.words(page)
    assert State.UNKNOWN in {row.check.state for row in page.rows}


def test_a_look_can_be_cancelled(
    qloop: QtLoop, window: MainWindow, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with silent_names() as silent:
        monkeypatch.setenv(VARIABLE, silent.address)
        qloop.run(desk.profiles.save(Profile("office", Relay("mx.good.test", 587), Identity("ana@good.test"))))
        window.go("domain", profile="office")
        qloop.until(lambda: isinstance(window.page("domain"), Page) and hands.named(window, QAbstractButton, "Cancel"))
        page = window.page("domain")
        assert isinstance(page, Page)
        hands.press(page, "Cancel")
        qloop.until(page.again.isVisible, "the end")
    assert page.report is None
    assert "Cancelled." in hands.words(page)


def test_a_profile_leads_there_and_back(qloop: QtLoop, window: MainWindow, desk: Desk) -> None:
    office = Profile("office", Relay("mx.good.test", 587), Identity("Ana <ana@good.test>"))
    qloop.run(desk.profiles.save(office))
    window.go("profiles", name="office")
    qloop.until(lambda: isinstance(window.page("profiles"), Profiles), "the profiles")
    profiles = window.page("profiles")
    assert isinstance(profiles, Profiles)
    qloop.until(lambda: profiles.frame.title() == "office", "the profile")
    hands.press(window, "Sending domain")
    page = looked(qloop, window)
    assert page.report is not None
    assert page.report.domain == "good.test"
    hands.press(page, "Back to the profile")
    qloop.until(lambda: window.current() == "profiles", "the profile")


def test_everything_has_a_name_and_its_room(qloop: QtLoop, window: MainWindow, desk: Desk) -> None:
    page = shown(qloop, window, desk, "ana@several.test")
    for row in page.rows:
        row.set_open(True)
    for size in ((1280, 800), (1024, 700)):
        window.resize(*size)
        qloop.settle()
        assert (cut(page), outside(page), nameless(page)) == ([], [], []), size
