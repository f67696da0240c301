"""The settings of an address in the window, and profiles that come and go as files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QMenu

from smtpdesk.base.secret import Secret
from smtpdesk.desk import Desk
from smtpdesk.desktop.components import Button
from smtpdesk.desktop.pages.profiles.page import Page
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.domain.profile import Identity, Profile, Relay, Security
from tests.desktop import hands
from tests.desktop.conftest import QtLoop
from tests.desktop.looking import cut, nameless
from tests.servers.names import NameServer
from tests.servers.scripted import ScriptedServer, hang
from tests.servers.web import invented_hosts


@pytest.fixture(autouse=True)
def _names(names: NameServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SMTPDESK_DNS", names.address)
    monkeypatch.setenv("no_proxy", "*")
    with invented_hosts({}):
        yield


def _opened(window: MainWindow, qloop: QtLoop, **how: object) -> Page:
    window.go("profiles", **how)
    qloop.until(lambda: isinstance(window.page("profiles"), Page) and window.current() == "profiles")
    page = window.page("profiles")
    assert isinstance(page, Page)
    qloop.until(lambda: page.list.names())
    return page


def _looking_up(window: MainWindow, qloop: QtLoop, address: str) -> Page:
    page = _opened(window, qloop, add=True)
    qloop.until(page.frame.is_choosing)
    hands.fill(page.frame.chooser, "Your e-mail address", address)
    _press(page, qloop, "Look up the settings of")
    return page


def _press(page: Page, qloop: QtLoop, name: str) -> None:
    qloop.until(lambda: hands.named(page, QAbstractButton, name) is not None, name)
    hands.press(page, name)


def test_one_click_takes_what_was_found_into_the_form(window: MainWindow, qloop: QtLoop) -> None:
    page = _looking_up(window, qloop, "ana@published.test")
    lookup = page.frame.chooser.lookup
    qloop.until(lambda: "One click" in hands.words(lookup))
    assert "_submissions._tcp.published.test" in hands.words(lookup)
    assert cut(page) == [] and nameless(page) == []
    _press(page, qloop, "mail.published.test, port 465")
    made = page.form.profile()
    assert made.relay == Relay("mail.published.test", 465, Security.TLS) and page.form.server.is_open()
    assert (made.name, made.username, made.identity.from_header) == (
        *("published.test", "ana@published.test"),
        "ana@published.test",
    )
    assert page.frame.title() == "published.test"


def test_the_keyboard_leads_from_the_address_to_the_search_and_to_what_was_found(
    window: MainWindow, qloop: QtLoop
) -> None:
    page = _opened(window, qloop, add=True)
    qloop.until(page.frame.is_choosing)
    search = page.frame.chooser._search
    hands.fill(page.frame.chooser, "Your e-mail address", "ana@published.test")
    qloop.until(lambda: hands.named(page, QAbstractButton, "Look up the settings of") is not None)
    QTest.keyClick(search, Qt.Key.Key_Return)
    focused = QApplication.focusWidget()
    assert isinstance(focused, Button) and focused.accessibleName().startswith("Look up the settings")
    assert not page.frame.chooser.lookup.is_asking(), "nobody is asked by a slip of the finger"
    QTest.keyClick(focused, Qt.Key.Key_Return)
    qloop.until(lambda: "One click" in hands.words(page.frame.chooser.lookup))
    qloop.until(lambda: hands.named(page, QAbstractButton, "mail.published.test, port 465") is not None)
    search.setFocus()
    QTest.keyClick(search, Qt.Key.Key_Down)
    found = QApplication.focusWidget()
    assert isinstance(found, Button) and found.accessibleName().startswith("mail.published.test")
    QTest.keyClick(found, Qt.Key.Key_Return)
    qloop.until(lambda: page.form.profile().relay.host == "mail.published.test")


def test_a_provider_that_takes_the_domains_mail_is_taken_with_its_words(window: MainWindow, qloop: QtLoop) -> None:
    page = _looking_up(window, qloop, "ana@workspace.test")
    _press(page, qloop, "smtp.gmail.com, port 465")
    assert page.form.profile().provider == "google-workspace" and page.form.profile().limits.daily == 2000
    assert page.form.hint.isVisible() and page.form.profile().name == "Google Workspace"


def test_nothing_found_is_said_calmly_and_my_web_host_goes_on(window: MainWindow, qloop: QtLoop) -> None:
    page = _looking_up(window, qloop, "ana@closed.test")
    lookup = page.frame.chooser.lookup
    qloop.until(lambda: "Nothing was found for closed.test." in hands.words(lookup))
    assert "publishes no server for sending" in hands.words(lookup)
    assert cut(page) == [] and nameless(page) == []
    _press(page, qloop, "Type it: My web host")
    made = page.form.profile()
    assert (made.provider, made.username) == ("my-web-host", "ana@closed.test")


def test_a_search_can_be_stopped_and_ends_when_another_address_is_typed(window: MainWindow, qloop: QtLoop) -> None:
    with ScriptedServer() as server, invented_hosts({("mail.plainhost.test", 587): server.port}):
        server.on("connect", hang())
        page = _looking_up(window, qloop, "ana@plainhost.test")
        lookup = page.frame.chooser.lookup
        qloop.until(lambda: server.connections == 1)
        assert "Looking up plainhost.test" in hands.words(lookup)
        _press(page, qloop, "Stop")
        qloop.until(lambda: server.open_now == 0 and not lookup.is_asking())
        _press(page, qloop, "Look up the settings of plainhost.test")
        qloop.until(lambda: server.connections == 2)
        hands.fill(page.frame.chooser, "Your e-mail address", "ana@web.de")
        qloop.until(lambda: server.open_now == 0)
        assert lookup.isHidden() and page.frame.chooser.rows.names() == ["WEB.DE"]
        hands.fill(page.frame.chooser, "Your e-mail address", "ana@plainhost.test")
        _press(page, qloop, "Look up the settings of plainhost.test")
        qloop.until(lambda: server.connections == 3)
        window.go("lists")
        qloop.until(lambda: server.open_now == 0)


def test_profiles_go_and_come_as_a_file(
    window: MainWindow, desk: Desk, qloop: QtLoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Profile(
        "office", Relay("mail.example.com", 465, Security.TLS), Identity("ana@example.com"), username="ana"
    )
    qloop.run(desk.profiles.save(office, Secret("correct horse"), session_only=True))
    page = _opened(window, qloop, name="office")
    file = tmp_path / "profiles.toml"

    async def chosen(*_args: object) -> Path:
        return file

    monkeypatch.setattr("smtpdesk.desktop.pages.profiles.hand_over.save_file", chosen)
    monkeypatch.setattr("smtpdesk.desktop.pages.profiles.hand_over.open_file", chosen)
    _choose(page, qloop, "Export…")
    qloop.until(lambda: file.exists() and file.stat().st_size)
    text = file.read_text(encoding="utf-8")
    assert "mail.example.com" in text and "correct horse" not in text

    file.write_text(text + '[[profile]]\nname = "team"\nhost = "a.test"\nport = 587\nsecurity = "starttls"\n'
                    'username = "x"\n', encoding="utf-8")  # fmt: skip
    _choose(page, qloop, "Import…")
    qloop.until(lambda: hands.dialog() is not None)
    dialog = hands.dialog()
    assert dialog is not None
    hands.press(dialog, "Replace")
    qloop.until(lambda: "team" in page.list.names())
    qloop.until(lambda: "2 profiles were imported." in page.frame.banner.accessibleName())
    assert "Enter the password, and save: team." in page.frame.banner.accessibleName()
    assert qloop.run(desk.profiles.has_secret(office)), "the server is the same: the password stays"

    file.write_text('[[profile]]\nname = "gift"\nprovider = "gmail"\nhost = "mail.evil.example"\nport = 465\n'
                    'security = "tls"\nusername = "ana"\nsign_in = "oauth2"\n', encoding="utf-8")  # fmt: skip
    for answer in ("Cancel", "Trust mail.evil.example"):
        assert "gift" not in page.list.names()
        _choose(page, qloop, "Import…")
        qloop.until(lambda: hands.dialog() is not None)
        asked = hands.dialog()
        assert asked is not None and "mail.evil.example is not a server of Gmail" in hands.words(asked)
        hands.press(asked, answer)
        qloop.until(lambda: hands.dialog() is None)
    qloop.until(lambda: "gift" in page.list.names())

    page = _opened(window, qloop, name="office")
    server = hands.named(page.form, QLineEdit, "Server")
    assert server is not None
    qloop.until(lambda: server.text() == "mail.example.com", "the office's own form")
    hands.fill(page.form, "Server", "mail.evil.example")
    qloop.until(lambda: (save := hands.named(page, QAbstractButton, "Save")) is not None and save.isEnabled())
    hands.press(page, "Save")
    qloop.until(lambda: "is forgotten. Enter the one for mail.evil.example" in page.frame.banner.accessibleName())
    assert not qloop.run(desk.profiles.has_secret(office)), "it was for mail.example.com"

    file.write_text("passwords = 1\n", encoding="utf-8")
    _choose(page, qloop, "Import…")
    qloop.until(lambda: "not a setting of a profile" in page.frame.banner.accessibleName())


def _choose(page: Page, qloop: QtLoop, words: str) -> None:
    hands.press(page.list, "More about profiles")
    qloop.until(lambda: _menu() is not None)
    menu = _menu()
    assert menu is not None
    next(action for action in menu.actions() if action.text() == words).trigger()
    menu.close()


def _menu() -> QMenu | None:
    return next((one for one in QApplication.topLevelWidgets() if isinstance(one, QMenu) and one.isVisible()), None)
