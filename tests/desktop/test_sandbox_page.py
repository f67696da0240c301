"""The sandbox page: mail that the built-in server really took, and sliders that really change it."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from PySide6.QtWidgets import QApplication, QDialog

from smtpdesk.desk import Desk
from smtpdesk.desktop.components import Button
from smtpdesk.desktop.pages.sandbox.behaviour import BehaviourPanel
from smtpdesk.desktop.pages.sandbox.page import Page
from smtpdesk.desktop.preview.message_preview import TEXT
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.sandbox import Behaviour, SandboxServer
from smtpdesk.sandbox.behaviour import load_behaviour
from tests.desktop.conftest import QtLoop
from tests.desktop.looking import becomes, cut, nameless


@pytest.fixture
def server(desk: Desk) -> Iterator[int]:
    running = SandboxServer(desk.sandbox.folder)
    yield running.start()
    running.stop()


def _send(port: int, name: str, attachment: bytes = b"") -> None:
    message = EmailMessage()
    message["From"] = "Ana <ana@example.com>"
    message["To"] = f"{name.lower()}@example.org"
    message["Subject"] = f"{name}, your seat <b>now</b>"
    message.set_content(f"Hello {name}")
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
    page.reader.preview.show_tab(TEXT)  # the web engine has tests of its own
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
    qloop.until(lambda: not page.reader.is_empty())
    back = page.reader.preview.back()
    assert back is not None
    assert back.subject == "Marta, your seat <b>now</b>"
    assert "<h1>Hello Marta</h1>" in (back.html or "")
    assert [part.name for part in back.parts] == ["terms.pdf"]
    assert page.reader.envelope() == "Received from ana@example.com for marta@example.org"
    assert "Hello Marta" in page.reader.preview._text.toPlainText()
    assert nameless(page) == []
    assert cut(page) == []


def test_the_open_message_stays_open_when_more_mail_comes(window: MainWindow, qloop: QtLoop, server: int) -> None:
    page = _open(window, qloop)
    _send(server, "Marta")
    qloop.until(lambda: "marta@" in page.reader.envelope())
    _send(server, "Jude")
    qloop.until(lambda: page.model.rowCount() == 2)
    assert "marta@" in page.reader.envelope()
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
    qloop.until(lambda: load_behaviour(desk.sandbox.folder).reject == 1.0)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        _send(server, "Marta")
    again = BehaviourPanel()
    again.set(qloop.run(desk.sandbox.behaviour()))
    assert again.behaviour() == Behaviour(reject=1.0)
    again.deleteLater()


def test_shares_never_pass_everybody(qtbot: object, qloop: QtLoop) -> None:
    panel = BehaviourPanel()
    panel._sliders["reject"].setValue(70)
    panel._sliders["defer"].setValue(60)
    assert panel.behaviour() == Behaviour(reject=0.7, defer=0.3)
    next(item for item in panel.findChildren(Button) if "Accept" in item.text()).click()
    assert panel.behaviour() == Behaviour()
    panel.deleteLater()
