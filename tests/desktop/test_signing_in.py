"""The part of a profile that signs in on the provider's page: asked, waited for, given up, done and undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton

from smtpdesk.desk import Desk
from smtpdesk.desktop.pages.profiles import sign_in_deeds
from smtpdesk.desktop.pages.profiles.page import Page
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.domain.profile import OAUTH2, PASSWORD
from smtpdesk.providers import provider
from smtpdesk.vault import memory_vault
from tests.desktop import hands
from tests.desktop.conftest import QtLoop
from tests.desktop.looking import cut, nameless
from tests.servers.authorization import CLIENT, USER, Authorization, Browser

PAGE = "Continue in the browser"


@pytest.fixture
def desk(qloop: QtLoop, tmp_path: Path, authorization: Authorization) -> Iterator[Desk]:
    opened = qloop.run(Desk.open(tmp_path / "workspace", vault=memory_vault()))
    yield opened
    qloop.run(opened.close())


@pytest.fixture
def browser(authorization: Authorization, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """The system's browser, with a person who says yes."""
    opened = authorization.in_background()
    monkeypatch.setattr(sign_in_deeds, "open_page", opened)
    yield opened
    opened.close()


def new(window: MainWindow, qloop: QtLoop) -> Page:
    """The form of a new profile at the office's provider."""
    window.go("profiles", add=True)
    qloop.until(lambda: isinstance(window.page("profiles"), Page) and window.current() == "profiles")
    page = window.page("profiles")
    assert isinstance(page, Page)
    qloop.until(lambda: page.list.names())
    page._begin_new("office-mail", USER)
    qloop.until(page.form.sign_in.isVisible)
    return page


def button(page: Page, name: str) -> bool:
    found = hands.named(page.form.sign_in, QAbstractButton, name)
    return found is not None and found.isEnabled()


def choose_page(page: Page, qloop: QtLoop) -> None:
    assert page.form.sign_in._choice is not None
    hands.click(page.form.sign_in._choice.segment(0))
    qloop.settle()


def test_a_person_signs_in_and_out(window: MainWindow, desk: Desk, qloop: QtLoop, browser: Browser) -> None:
    page = new(window, qloop)
    assert page.form.profile().sign_in == PASSWORD and page.form.password.isVisible()
    choose_page(page, qloop)
    assert page.form.profile().sign_in == OAUTH2 and not page.form.password.isVisible()
    assert "never sees your password" in hands.words(page.form.sign_in)
    assert cut(page) == [] and nameless(page) == []
    page.form.sign_in._go.click()
    qloop.until(lambda: f"Signed in as\n{USER}" in hands.words(page.form.sign_in), "the account")
    saved = qloop.run(desk.profiles.get("Office mail"))
    assert (saved.sign_in, saved.account) == (OAUTH2, USER) and not page._dirty()
    assert cut(page) == [] and nameless(page) == []
    page.form.sign_in._leave.click()
    qloop.until(hands.dialog, "the question")
    asked = hands.dialog()
    assert asked is not None
    hands.press(asked, "Sign out")
    qloop.until(lambda: button(page, PAGE), "the button again")
    assert not qloop.run(desk.profiles.has_secret(qloop.run(desk.profiles.get("Office mail"))))


def test_waiting_is_calm_and_can_be_given_up(
    window: MainWindow, desk: Desk, qloop: QtLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(sign_in_deeds, "open_page", opened.append)
    page = new(window, qloop)
    choose_page(page, qloop)
    page.form.sign_in._go.click()
    qloop.until(lambda: opened and button(page, "Cancel"), "waiting")
    assert "Waiting for you" in hands.words(page.form.sign_in) and not button(page, PAGE)
    assert cut(page) == [] and nameless(page) == []
    page.form.sign_in._cancel.click()
    qloop.until(lambda: button(page, PAGE), "the button again")
    assert page.frame.banner.isHidden()


def test_who_says_no_there_reads_so_here(
    window: MainWindow, desk: Desk, qloop: QtLoop, authorization: Authorization, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = authorization.in_background("deny")
    monkeypatch.setattr(sign_in_deeds, "open_page", browser)
    page = new(window, qloop)
    choose_page(page, qloop)
    page.form.sign_in._go.click()
    qloop.until(lambda: "declined at Office" in hands.words(page.frame.banner), "the sentence")
    browser.close()
    qloop.until(lambda: button(page, PAGE), "the button again")


def test_without_a_client_id_it_is_asked_for_and_explained(
    window: MainWindow, desk: Desk, qloop: QtLoop, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SMTPDESK_OAUTH_CLIENT_ID_OFFICE")
    page = new(window, qloop)
    choose_page(page, qloop)
    qloop.until(lambda: "needs a client ID" in hands.words(page.form.sign_in), "the question")
    assert not page.form.sign_in._go.isEnabled()
    assert cut(page) == [] and nameless(page) == []
    page.form.sign_in._id.setText(CLIENT)
    page.form.sign_in._go.click()
    qloop.until(lambda: f"Signed in as\n{USER}" in hands.words(page.form.sign_in), "the account")


def test_how_to_make_a_client_id_is_a_click_away(
    window: MainWindow, desk: Desk, qloop: QtLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SMTPDESK_OAUTH_CLIENT_ID_OFFICE")
    page = new(window, qloop)
    choose_page(page, qloop)
    qloop.until(lambda: button(page, "How to make one"), "the link")
    page.form.sign_in.help_wanted.emit()
    qloop.until(lambda: hands.dialog() is not None or window.current() == "help")


def test_microsofts_presets_begin_with_their_page() -> None:
    assert provider("microsoft365").profile("m").uses_tokens and provider("outlook").profile("o").uses_tokens
    assert not provider("gmail").profile("g").uses_tokens
