"""Settings and help: what is chosen lasts, what is told is true, and every help page can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from smtpdesk.base.paths import resources
from smtpdesk.desk import Desk
from smtpdesk.desktop.components import Button
from smtpdesk.desktop.pages.explain.page import PAGE as EXPLAIN
from smtpdesk.desktop.pages.help.page import Page as HelpPage
from smtpdesk.desktop.pages.help.topics import FOR_PAGE, ORDER, as_html, topics
from smtpdesk.desktop.pages.settings.about import parts
from smtpdesk.desktop.pages.settings.page import Page
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.desktop.theme import look
from tests.desktop.conftest import QtLoop
from tests.desktop.looking import cut, nameless


def _open(window: MainWindow, qloop: QtLoop) -> Page:
    window.go("settings")
    qloop.until(lambda: isinstance(window.page("settings"), Page))
    qloop.settle(10)
    page = window.page("settings")
    assert isinstance(page, Page)
    return page


def test_the_appearance_is_put_on_at_once_and_kept(window: MainWindow, desk: Desk, qloop: QtLoop) -> None:
    page = _open(window, qloop)
    page._mode.picked.emit(2)
    assert look.dark
    qloop.settle()
    assert qloop.run(desk.settings.get("appearance.mode")) == "dark"


def test_the_workspace_is_named_and_its_path_copied(window: MainWindow, desk: Desk, qloop: QtLoop) -> None:
    page = _open(window, qloop)
    assert str(desk.folder) in [label.text() for label in page.findChildren(QLabel)]
    next(item for item in page.findChildren(Button) if item.text().strip() == "Copy the path").click()
    assert QGuiApplication.clipboard().text() == str(desk.folder)


def test_the_keyring_is_told_as_it_is(window: MainWindow, desk: Desk, qloop: QtLoop) -> None:
    page = _open(window, qloop)
    status = qloop.run(desk.profiles.vault_status())
    qloop.until(lambda: page._vault_line.sentence() == status.sentence)
    assert page._vault_title.sentence() == "No keyring: for this session only"


def test_licences_are_those_of_the_installed_packages(window: MainWindow, qloop: QtLoop) -> None:
    page = _open(window, qloop)
    page._licences.click()
    qloop.settle()
    shown = {label.text() for label in page._parts_box.findChildren(QLabel)}
    assert {"Lucide", "Qt", "ISC"} <= shown
    assert all(part.version for part in parts())
    assert cut(page) == []
    assert nameless(page) == []


def test_an_unknown_package_has_no_parts() -> None:
    assert parts("no-such-package-here") == []


# -- help ------------------------------------------------------------------------------------------------------------


def test_every_help_page_has_a_title_and_stands_in_order() -> None:
    found = topics()
    assert [topic.id for topic in found] == list(ORDER)
    assert all(topic.markdown.startswith("# ") and topic.title for topic in found)
    assert set(FOR_PAGE.values()) <= set(ORDER)


def test_links_between_help_pages_lead_somewhere() -> None:
    names = {file.name for file in (resources() / "help").glob("*.md")} | {EXPLAIN.id}
    for topic in topics():
        for target in re.findall(r"\]\(([^)]+)\)", topic.markdown):
            assert target in names, f"{topic.id} links to {target}"


def test_help_names_no_second_word_for_a_thing() -> None:
    text = " ".join(topic.markdown for topic in topics()).lower()
    for wrong in (
        "mailing list",
        "bounce rate",
        "subscriber",
        "blacklist",
        "mail server settings",
        "smtp account settings",
    ):
        assert wrong not in text


def test_a_page_without_a_heading_is_named_after_its_file(tmp_path: Path) -> None:
    (tmp_path / "loose.md").write_text("words only\n", encoding="utf-8")
    assert [topic.title for topic in topics(tmp_path)] == ["loose"]


def test_raw_html_in_help_stays_text() -> None:
    topic = topics()[0]
    hostile = type(topic)("x", "x", "# x\n\n<script>alert(1)</script>\n")
    assert "<script>" not in as_html(hostile)


@pytest.mark.parametrize("page", ["profiles", "sending", "campaign"])
def test_f1_opens_what_fits(window: MainWindow, qloop: QtLoop, page: str) -> None:
    window.go("help", about=page)
    qloop.until(lambda: isinstance(window.page("help"), HelpPage))
    help_page = window.page("help")
    assert isinstance(help_page, HelpPage)
    qloop.until(lambda: help_page.current() == FOR_PAGE[page])
    assert help_page.view.toPlainText().strip()


def test_links_stay_inside_help(window: MainWindow, qloop: QtLoop) -> None:
    window.go("help")
    qloop.until(lambda: isinstance(window.page("help"), HelpPage))
    page = window.page("help")
    assert isinstance(page, HelpPage)
    page.view.anchorClicked.emit(QUrl("templates-and-fields.md"))
    assert page.current() == "templates-and-fields"
    page.view.anchorClicked.emit(QUrl("nowhere.md"))
    assert page.current() == "templates-and-fields"


def test_help_follows_the_look(window: MainWindow, qloop: QtLoop) -> None:
    window.go("help")
    qloop.until(lambda: isinstance(window.page("help"), HelpPage))
    light = as_html(topics()[0])
    look.set_mode("dark")
    assert as_html(topics()[0]) != light
