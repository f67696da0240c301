"""The sandbox page: mail that the built-in server really took, and sliders that really change it."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QDialog

from smtpdesk.desk import Desk
from smtpdesk.desktop.components import Button
from smtpdesk.desktop.pages.sandbox.behaviour import BehaviourPanel
from smtpdesk.desktop.pages.sandbox.page import Page
from smtpdesk.desktop.pages.sandbox.reader import size_words
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.sandbox import Behaviour, SandboxServer
from tests.desktop.conftest import QtLoop
from tests.desktop.looking import becomes, cut, nameless


@pytest.fixture
def server(desk: Desk) -> Iterator[int]:
    running = SandboxServer(desk.sandbox.folder)
    yield running.start()
    running.stop()


def _send(port: int, name: str, html: bool = True, attachment: bytes = b"") -> None:
    message = EmailMessage()
    message["From"] = "Ana <ana@example.com>"
    message["To"] = f"{name.lower()}@example.org"
    message["Subject"] = f"{name}, your seat <b>now</b>"
    message.set_content(f"Hello {name}")
    if html:
        message.add_alternative(f"<h1>Hello {name}</h1>", subtype="html")
    if attachment:
        message.add_attachment(attachment, maintype="application", subtype="pdf", filename="terms.pdf")
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.send_message(message)


def _open(window: MainWindow, qloop: QtLoop) -> Page:
    window.go("sandbox")
    qloop.until(lambda: isinstance(window.page("sandbox"), Page) and window.current() == "sandbox")
    page = window.page("sandbox")
    assert isinstance(page, Page)
    qloop.settle(10)
    return page


def _dialog() -> QDialog | None:
    shown = [item for item in QApplication.topLevelWidgets() if isinstance(item, QDialog) and item.isVisible()]
    return shown[0] if shown else None


def test_mail_appears_while_one_looks_and_is_read_from_its_bytes(
    window: MainWindow, qloop: QtLoop, server: int
) -> None:
    page = _open(window, qloop)
    assert page._stack.currentIndex() == 0
    _send(server, "Marta", attachment=b"%PDF-")
    qloop.until(lambda: page.model.rowCount() == 1)
    qloop.until(lambda: page.reader.shown() != "")
    assert "Hello Marta" in page.reader.shown()
    assert page.reader._subject.text() == "Marta, your seat <b>now</b>"
    assert "terms.pdf" in page.reader._facts.sentence()
    for tab, words in ((1, "<h1>Hello Marta</h1>"), (2, "Subject: Marta"), (3, "Content-Type: multipart/")):
        page.reader._tabs.picked.emit(tab)
        assert words in page.reader.shown()
    assert nameless(page) == []
    assert cut(page) == []


def test_the_open_message_stays_open_when_more_mail_comes(window: MainWindow, qloop: QtLoop, server: int) -> None:
    page = _open(window, qloop)
    _send(server, "Marta")
    qloop.until(lambda: "Hello Marta" in page.reader.shown())
    _send(server, "Jude")
    qloop.until(lambda: page.model.rowCount() == 2)
    assert "Hello Marta" in page.reader.shown()
    assert page.table.currentIndex().row() == 1


def test_mail_is_found_by_address_and_subject(window: MainWindow, qloop: QtLoop, server: int) -> None:
    page = _open(window, qloop)
    for name in ("Marta", "Jude", "Tom"):
        _send(server, name)
    qloop.until(lambda: page.model.rowCount() == 3)
    page._search.setText("JUDE@")
    assert page.model.rowCount() == 1
    page._search.setText("your seat")
    assert page.model.rowCount() == 3


def test_a_message_without_html_says_so(window: MainWindow, qloop: QtLoop, server: int) -> None:
    page = _open(window, qloop)
    _send(server, "Marta", html=False)
    qloop.until(lambda: page.reader.shown() != "")
    page.reader._tabs.picked.emit(1)
    assert page.reader.shown() == "This message has no HTML part."


def test_the_inbox_is_emptied_after_asking(window: MainWindow, desk: Desk, qloop: QtLoop, server: int) -> None:
    page = _open(window, qloop)
    _send(server, "Marta")
    qloop.until(lambda: page.model.rowCount() == 1)
    page._clear_button.click()
    dialog = qloop.run(becomes(_dialog))
    next(item for item in dialog.findChildren(Button) if item.text() == "Throw away").click()
    qloop.until(lambda: page._stack.currentIndex() == 0)
    assert qloop.run(desk.sandbox.inbox()) == []


def test_sliders_change_what_the_server_does(window: MainWindow, desk: Desk, qloop: QtLoop, server: int) -> None:
    page = _open(window, qloop)
    page.behaviour._sliders["reject"].setValue(100)
    qloop.until(lambda: qloop_behaviour(desk, qloop).reject == 1.0)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        _send(server, "Marta")
    again = BehaviourPanel()
    again.set(qloop_behaviour(desk, qloop))
    assert again.behaviour() == Behaviour(reject=1.0)
    again.deleteLater()


def qloop_behaviour(desk: Desk, _qloop: QtLoop) -> Behaviour:
    from smtpdesk.sandbox.behaviour import load_behaviour

    folder: Path = desk.sandbox.folder
    return load_behaviour(folder)


def test_shares_never_pass_everybody(qtbot: object, qloop: QtLoop) -> None:
    panel = BehaviourPanel()
    panel._sliders["reject"].setValue(70)
    panel._sliders["defer"].setValue(60)
    assert panel.behaviour() == Behaviour(reject=0.7, defer=0.3)
    next(item for item in panel.findChildren(Button) if "Accept" in item.text()).click()
    assert panel.behaviour() == Behaviour()
    panel.deleteLater()


def test_sizes_are_words() -> None:
    assert [size_words(size) for size in (12, 41_000, 3_400_000)] == ["12 bytes", "40 KB", "3.2 MB"]
