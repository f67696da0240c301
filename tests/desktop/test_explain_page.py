"""What does this error mean: live while the person types, calm without an answer, reached from help, keys and log."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

from smtpdesk.desktop.pages.explain.page import EXAMPLES, Page
from smtpdesk.desktop.pages.help.page import Page as HelpPage
from smtpdesk.desktop.pages.sending.details import Details
from smtpdesk.desktop.pages.sending.meanings import Meanings
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.domain.delivery import Blame, LogRow, OutcomeKind, Stage
from smtpdesk.domain.profile import Identity, Profile, Relay
from tests.desktop import hands
from tests.desktop.conftest import QtLoop
from tests.desktop.looking import cut, nameless, outside


def shown(qloop: QtLoop, window: MainWindow) -> Page:
    qloop.until(lambda: isinstance(window.page("explain"), Page) and window.current() == "explain", "the page")
    page = window.page("explain")
    assert isinstance(page, Page)
    qloop.until(lambda: page.provider.count() > 1, "the providers")
    return page


def paste(qloop: QtLoop, page: Page, said: str) -> None:
    before = page.reads
    page.set_text(said)
    qloop.until(lambda: page.reads > before, "the explanation")
    qloop.settle()


def test_an_answer_is_explained_while_the_person_types(qloop: QtLoop, window: MainWindow) -> None:
    window.go("explain")
    page = shown(qloop, window)
    assert "Paste what the server said" in hands.words(page)
    QTest.keyClicks(page.edit, "hello 55")
    qloop.until(lambda: page.stack.currentIndex() == 1, "calm words")
    page.edit.clear()
    QTest.keyClicks(page.edit, "550 5.1.1 no")
    qloop.until(lambda: page.found is not None and page.found.reply.text == "no", "the explanation")
    said = hands.words(page)
    for words in ("This mailbox does not exist", "side, or the address", "RFC 3463"):
        assert words in said
    assert "A misleading code" not in said
    hands.press(page, "Clear")
    qloop.until(lambda: page.stack.currentIndex() == 0, "the beginning")


def test_a_misleading_answer_says_so_and_leads_to_the_domain(
    qloop: QtLoop, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.go("explain")
    page = shown(qloop, window)
    before = page.reads
    hands.click(next(each for each in hands.seen(page, QAbstractButton) if each.text().startswith("550 5.7.26")))
    qloop.until(lambda: page.reads > before, "the explanation")
    assert page.edit.toPlainText() == EXAMPLES[0]
    assert page.found is not None and page.found.misleading
    assert "Your domain does not prove that this mail is yours" in hands.words(page)
    said = hands.words(page)
    assert "A misleading code" in said and "Not by itself" in said
    assert page.answer._chip.label() == "To be mended"
    office = Profile("office", Relay("mail.example.com", 587), Identity("Ana <ana@example.com>"))
    qloop.run(window.desk.profiles.save(office))
    gone: list[tuple[str, object]] = []
    monkeypatch.setattr(page._context.shell, "go", lambda page, **more: gone.append((page, more)))
    hands.press(page, "Look at the sending domain")
    qloop.until(lambda: bool(gone), "the way to the domain")
    assert gone == [("domain", {"profile": "office"})]


def test_the_clipboard_and_the_provider_are_used(qloop: QtLoop, window: MainWindow) -> None:
    window.go("explain")
    page = shown(qloop, window)
    QApplication.clipboard().setText("auth: 535 5.7.8 authentication failed")
    hands.press(page, "Paste")
    qloop.until(lambda: page.found is not None, "the explanation")
    assert page.found is not None and page.found.meaning.cause == "profile.password"
    page.provider.setCurrentIndex(page.provider.findData("postmark"))
    qloop.until(lambda: page.found is not None and page.found.meaning.cause == "profile.postmark-token", "Postmark's")
    assert "Postmark" in hands.words(page)


def test_it_is_reached_from_help_from_a_link_and_by_keys(qloop: QtLoop, window: MainWindow) -> None:
    window.go("help", topic="what-errors-mean")
    qloop.until(lambda: isinstance(window.page("help"), HelpPage), "help")
    page = window.page("help")
    assert isinstance(page, HelpPage)
    hands.press(page, "What does this error mean?")
    shown(qloop, window)
    window.go("help", topic="what-errors-mean")
    qloop.until(lambda: window.current() == "help", "help")
    assert 'href="explain"' in page.view.toHtml()
    page.view.anchorClicked.emit(QUrl("explain"))
    shown(qloop, window)
    window.go("campaigns")
    qloop.until(lambda: window.current() == "campaigns", "campaigns")
    keys = {shortcut.key().toString(): shortcut for shortcut in window.findChildren(QShortcut)}
    keys["Shift+F1"].activated.emit()
    shown(qloop, window)


def test_the_log_hands_over_answer_step_and_profile(qloop: QtLoop, window: MainWindow) -> None:
    details = Details(Meanings(window.desk))
    asked: list[tuple[str, str, str]] = []
    details.explain.connect(lambda *args: asked.append(args))
    row = LogRow(
        1, 1, 1.0, "ana@example.com", 2, "letters", Stage.AUTH, OutcomeKind.DEFERRED, Blame.PROFILE, 535, "5.7.8",
        "authentication failed", "profile.password", 0.1,
    )  # fmt: skip
    details.show_line(row)
    details.more.click()
    assert asked == [("535 5.7.8 authentication failed", "auth", "letters")]
    qloop.run(window.desk.profiles.save(Profile("letters", Relay("smtp.postmarkapp.com", 587), provider="postmark")))
    window.go("explain", text=asked[0][0], stage="auth", profile="letters")
    page = shown(qloop, window)
    qloop.until(lambda: page.found is not None and page.found.provider == "postmark", "the profile's provider")
    assert page.found is not None and page.found.stage_known
    window.go("explain", text="550 no", stage="mail", profile="gone")
    qloop.until(lambda: page.found is not None and page.found.stage is Stage.MAIL, "a profile that was removed")
    details.deleteLater()


@pytest.mark.parametrize("size", [(1280, 800), (1024, 700)])
def test_everything_has_a_name_and_its_room(qloop: QtLoop, window: MainWindow, size: tuple[int, int]) -> None:
    window.resize(*size)
    window.go("explain")
    page = shown(qloop, window)
    for said in ("", "hello", EXAMPLES[0], "450 The given data was invalid. #MS42207"):
        paste(qloop, page, said)
        assert (cut(page), outside(page), nameless(page)) == ([], [], []), said
