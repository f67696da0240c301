"""The whole way in one window, by mouse and keys: a workbook goes in, a report and the sandbox's mail come out."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QDialog, QLineEdit, QPlainTextEdit, QTableView

from smtpdesk.desk import Desk
from smtpdesk.desktop.preview import schemes
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.sandbox import dismiss
from smtpdesk.sandbox.process import read_running
from tests.desktop import hands
from tests.desktop.conftest import QtLoop
from tests.servers.proc import wait_until

schemes.register()

#: Five rows on its second sheet: two can be mailed, one comes twice, one has no address, one a wrong one.
WORKBOOK = Path(__file__).parents[1] / "fixtures" / "spreadsheets" / "people.xlsx"


@pytest.fixture
def sandbox(desk: Desk) -> Iterator[Path]:
    """Where the sandbox keeps its mail; its process has ended when the test is over."""
    folder = desk.sandbox.folder
    yield folder
    running = read_running(folder)
    dismiss(folder)
    if running is not None:
        wait_until(lambda: not psutil.pid_exists(running.pid), 20, "the end of the sandbox")


class Person:
    """Somebody in front of the window, who waits until there is something to press."""

    def __init__(self, window: MainWindow, qloop: QtLoop) -> None:
        self.window = window
        self.qloop = qloop

    def sees(self, words: str) -> None:
        self.qloop.until(lambda: words in hands.words(self.window), f"{words!r} in the window")

    def presses(self, name: str) -> None:
        def ready() -> bool:
            found = hands.named(self.window, QAbstractButton, name)
            return found is not None and found.isEnabled()

        self.qloop.until(ready, f"a button {name!r}")
        hands.press(self.window, name)

    def asked(self) -> QDialog:
        self.qloop.until(hands.dialog, "a dialog")
        asked = hands.dialog()
        assert asked is not None
        return asked

    def names(self, file: Path) -> None:
        """Answers the system's question for a file."""
        asked = self.asked()
        hands.name_file(asked, file)
        self.qloop.until(lambda: hands.dialog() is not asked, "the file dialog closes")

    def table(self, name: str) -> QTableView:
        self.qloop.until(lambda: hands.named(self.window, QTableView, name), f"the table {name!r}")
        found = hands.named(self.window, QTableView, name)
        assert found is not None
        return found

    def reads(self, name: str) -> str:
        found = hands.named(self.window, QPlainTextEdit, name)
        return found.toPlainText() if found is not None else ""


def test_from_a_workbook_to_the_report_and_the_mail_in_the_sandbox(
    window: MainWindow, qloop: QtLoop, sandbox: Path, tmp_path: Path
) -> None:
    person = Person(window, qloop)
    import_workbook(person)
    begin_campaign(person)
    write_message(person)
    look_at_everybody(person)
    check_and_send(person)
    read_report(person, tmp_path / "results.csv")
    look_into_sandbox(person, sandbox)


def import_workbook(person: Person) -> None:
    person.presses("Choose a spreadsheet…")
    person.names(WORKBOOK)
    person.sees("The sheet “Kunden” is read.")
    rows = person.table("The first rows")
    person.qloop.until(lambda: rows.model().rowCount() == 5, "the first rows")
    person.presses("Import")
    person.sees("3 of 5 rows are set aside and will not be mailed")


def begin_campaign(person: Person) -> None:
    person.presses("Use in a campaign")
    asked = person.asked()
    hands.fill(asked, "Name", "Spring opening")
    hands.press(asked, "Create")
    person.presses("An empty page")


def write_message(person: Person) -> None:
    hands.fill(person.window, "Subject", "{{ vor")
    subject = hands.named(person.window, QLineEdit, "Subject")
    assert subject is not None
    QTest.keyClick(subject, Qt.Key.Key_Tab)  # takes the field that is offered
    QTest.keyClicks(subject, ", we open again")
    assert subject.text() == "{{ vorname }}, we open again"
    hands.write(person.window, "Message, HTML", "<p>Dear {{ vorname }}, our doors are open.</p>")


def look_at_everybody(person: Person) -> None:
    """Each person's message stands in the preview, in its text version too."""
    person.sees("Ana, we open again")
    person.presses("Text")
    person.qloop.until(lambda: "Dear Ana, our doors are open." in person.reads("Text version"), "Ana's message")
    person.presses("Next person")
    person.qloop.until(lambda: "Dear Jürgen, our doors are open." in person.reads("Text version"), "Jürgen's message")
    person.sees("Jürgen, we open again")


def check_and_send(person: Person) -> None:
    person.presses("Continue")
    person.sees("Ready to send to 2 people")
    person.presses("Continue")
    person.sees("This goes to the sandbox")
    person.presses("Send to 2 people")


def read_report(person: Person, file: Path) -> None:
    person.qloop.until(lambda: person.window.current() == "sending", "the page of the run")
    person.qloop.until(lambda: "Finished at" in hands.words(person.window), "the end of the run", 40)
    person.sees("of 2 accepted")
    person.presses("By person")
    rows = person.table("People, one row each")
    person.qloop.until(lambda: rows.model().rowCount() == 2, "both people")
    person.presses("Export")
    person.names(file)
    person.sees("2 lines saved in results.csv")
    with file.open(encoding="utf-8-sig", newline="") as stream:
        report = {row["address"]: row for row in csv.DictReader(stream)}
    assert {address: row["state"] for address, row in report.items()} == {
        "ana@example.com": "accepted",
        "jürgen@example.de": "accepted",
    }
    assert [row["line"] for row in report.values()] == ["3", "4"]


def look_into_sandbox(person: Person, folder: Path) -> None:
    person.presses("Sandbox")
    person.sees("2 messages kept")
    kept = person.table("Kept messages")
    assert {str(kept.model().index(row, 0).data()).splitlines()[0] for row in range(2)} == {
        "Ana, we open again",
        "Jürgen, we open again",
    }
    person.presses("Source")
    person.qloop.until(lambda: "Content-Type: multipart/alternative" in person.reads("Source"), "the very bytes")
    assert read_running(folder) is not None, "the mail went through a real server process"
