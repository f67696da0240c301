"""Writing a message, and seeing at once what any person gets."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest

from smtpdesk.desk import Desk
from smtpdesk.desktop.pages.campaign.completing import FieldLine, MessageEdit, completion, offers
from smtpdesk.desktop.pages.campaign.mending import place_to_mend
from smtpdesk.desktop.pages.campaign.people_words import display_name
from smtpdesk.desktop.pages.campaign.text_template import text_template
from smtpdesk.desktop.preview import schemes
from smtpdesk.desktop.preview.message_preview import HEADERS, TEXT
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.desktop.theme import look
from smtpdesk.domain.finding import Finding, Severity
from smtpdesk.domain.recipient import Recipient
from smtpdesk.message import load_campaign
from tests.desktop.campaigns import HTML, make, rendered, show
from tests.desktop.conftest import QtLoop
from tests.desktop.hands import click, fill, menu, press, words
from tests.desktop.looking import cut

schemes.register()


def html_of(page: object) -> str:
    back = page.message.preview.view.back()  # type: ignore[attr-defined]
    return back.html if back else ""


def test_the_preview_follows_what_is_written(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    page = show(qloop, window, make(qloop, desk))
    rendered(qloop, page)
    assert "Hello Marta" in html_of(page)
    assert page.message.preview.view.back().subject == "For Marta"  # type: ignore[union-attr]
    page.message.editor.editor.setPlainText("<p>Dear {{ last_name }}</p>")
    qloop.until(lambda: "Dear Lindqvist" in html_of(page), "the new words")
    fill(page, "Subject", "Only for {{ shop }}")
    qloop.until(lambda: page.message.preview.view.back().subject == "Only for Harbour Street")  # type: ignore[union-attr]


def test_the_next_person_is_one_key_away_and_set_aside_rows_get_no_preview(
    window: MainWindow, qloop: QtLoop, desk: Desk
) -> None:
    page = show(qloop, window, make(qloop, desk))
    rendered(qloop, page)
    assert "1 of 3" in words(page)
    window.activateWindow()
    page.message.editor.editor.setFocus()
    QTest.keyClick(page.message.editor.editor, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    qloop.until(lambda: "Hello Jude" in html_of(page))
    QTest.keyClick(page.message.editor.editor, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    qloop.until(lambda: "Hello Tom" in html_of(page), "the row set aside is passed over")
    assert not page.message.preview.picker.next.isEnabled()
    QTest.keyClick(page.message.editor.editor, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    qloop.until(lambda: "Hello Jude" in html_of(page))


def test_a_person_is_found_by_any_words_or_by_number(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    page = show(qloop, window, make(qloop, desk))
    rendered(qloop, page)
    click(page.message.preview.picker.who)
    popup = page.message.preview.picker.popup
    assert popup.isVisible()
    qloop.until(lambda: popup.model.rowCount() == 3)
    popup.line.setText("greenfinch")
    qloop.until(lambda: popup.model.rowCount() == 1)
    QTest.keyClick(popup.line, Qt.Key.Key_Return)
    qloop.until(lambda: "Hello Tom" in html_of(page))
    assert not popup.isVisible()
    page.message.preview.picker.open_search()
    popup.line.setText("2")
    qloop.until(lambda: len(popup.model.ids()) > 0 and popup.model.ids()[0] == 1)
    QTest.keyClick(popup.line, Qt.Key.Key_Return)
    qloop.until(lambda: "Hello Jude" in html_of(page))
    page.message.preview.picker.open_search()
    popup.line.setText("nobody of this name")
    qloop.until(lambda: popup.model.rowCount() == 0)
    popup.hide()


def test_a_mistake_is_told_in_place_and_leads_to_its_line(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    page = show(qloop, window, make(qloop, desk))
    rendered(qloop, page)
    editor = page.message.editor.editor
    editor.setPlainText("<p>one</p>\n<p>{{ shoop }}</p>\n")
    qloop.until(lambda: page.message.preview.view.problem.isVisible(), "the problem")
    assert "shoop" in page.message.preview.view.problem.sentence()
    assert "Did you mean “shop”?" in words(page.message.preview.view.problem)
    assert editor.mark_tone(2) == "bad"
    editor.moveCursor(QTextCursor.MoveOperation.Start)
    press(page.message.preview.view.problem, "Go to line 2")
    assert editor.textCursor().blockNumber() == 1
    editor.setPlainText("<p>{{ shop }}</p>")
    qloop.until(lambda: not page.message.preview.view.problem.isVisible(), "the preview is back")
    assert editor.mark_tone(2) == ""


def test_a_mistake_in_the_subject_leads_to_the_subject(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    page = show(qloop, window, make(qloop, desk))
    rendered(qloop, page)
    window.activateWindow()
    fill(page, "Subject", "Hello {{ first_nam }}")
    qloop.until(lambda: page.message.preview.view.problem.isVisible())
    page.message.editor.editor.setFocus()
    press(page.message.preview.view.problem, "Go there")
    assert page.message.editor.envelope.subject.hasFocus()
    assert cut(page.message.preview.view.problem) == []


def test_what_the_tabs_show_comes_from_the_bytes(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    page = show(qloop, window, make(qloop, desk, unsubscribe="https://example.com/leave?who={{ email }}"))
    rendered(qloop, page)
    view = page.message.preview.view
    view.show_tab(HEADERS)
    assert "https://example.com/leave?who=marta" in view._headers.toPlainText()
    view.show_tab(TEXT)
    assert "Hello Marta" in view._text.toPlainText()


def test_the_text_is_made_from_the_html_until_it_is_ones_own(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    folder = make(qloop, desk)
    page = show(qloop, window, folder)
    rendered(qloop, page)
    pane = page.message.editor.text
    press(page.message.editor, "Plain text")
    assert pane.editor.isReadOnly()
    assert "Hello Marta" in pane.editor.toPlainText()
    press(pane, "Write my own")
    assert not pane.editor.isReadOnly()
    assert "Hello {{ first_name }}" in pane.editor.toPlainText(), "a template, not one person's text"
    pane.editor.setPlainText("Just words for {{ first_name }}")
    qloop.until(lambda: (folder / "message.txt").is_file() and "Just words" in (folder / "message.txt").read_text())
    qloop.until(lambda: "Just words for Marta" in (page.message.preview.view.back().text or ""))  # type: ignore[union-attr]
    press(pane, "Make it from the HTML")
    qloop.until(lambda: not (folder / "message.txt").exists(), "the own text is given up")
    qloop.until(lambda: "Hello Marta" in pane.editor.toPlainText())


def test_fields_are_inserted_from_the_menu_with_their_values(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    page = show(qloop, window, make(qloop, desk))
    rendered(qloop, page)
    page.message.editor.editor.setPlainText("")
    press(page, "Insert field")
    shown = menu()
    assert shown is not None
    texts = [action.text() for action in shown.actions()]
    assert "first_name\tMarta" in texts
    assert "unsubscribe_url" in texts
    shown.actions()[texts.index("shop\tHarbour Street")].trigger()
    shown.close()
    assert page.message.editor.editor.toPlainText() == "{{ shop }}"


def test_files_are_attached_and_taken_off(window: MainWindow, qloop: QtLoop, desk: Desk, tmp_path: Path) -> None:
    folder = make(qloop, desk)
    page = show(qloop, window, folder)
    terms = tmp_path / "terms.pdf"
    terms.write_bytes(b"%PDF-1.4 terms")
    page.message.editor.strip.added.emit([terms])
    qloop.until(lambda: page.editing.campaign.attachments == ("attachments/terms.pdf",))
    assert (folder / "attachments" / "terms.pdf").read_bytes() == terms.read_bytes()
    rendered(qloop, page)
    qloop.until(lambda: [part.name for part in page.message.preview.view.back().parts] == ["terms.pdf"])  # type: ignore[union-attr]
    assert "14 bytes" in words(page.message.editor.strip)
    page.message.editor.strip.pattern.emit("attachments/{{ shop }}.pdf")
    qloop.until(lambda: "one each" in words(page.message.editor.strip))
    press(page.message.editor.strip, "Do not attach “attachments/{{ shop }}.pdf”")
    press(page.message.editor.strip, "Do not attach “terms.pdf”")
    qloop.until(lambda: load_campaign(folder).attachments == (), "nothing is attached any more")


def test_a_file_dropped_on_the_editor_is_attached_and_words_are_written(
    window: MainWindow, qloop: QtLoop, desk: Desk, tmp_path: Path
) -> None:
    page = show(qloop, window, make(qloop, desk))
    file = tmp_path / "menu.pdf"
    file.write_bytes(b"%PDF-1.4")
    dropped, written = QMimeData(), QMimeData()
    dropped.setUrls([QUrl.fromLocalFile(str(file))])
    written.setText("only words")
    page.message.editor.editor.insertFromMimeData(dropped)
    page.message.editor.editor.insertFromMimeData(written)
    qloop.until(lambda: page.editing.campaign.attachments == ("attachments/menu.pdf",))
    assert "only words" in page.message.editor.editor.toPlainText()
    assert "menu.pdf" not in page.message.editor.editor.toPlainText()


def test_a_file_that_cannot_be_copied_is_told(window: MainWindow, qloop: QtLoop, desk: Desk, tmp_path: Path) -> None:
    page = show(qloop, window, make(qloop, desk))
    page.message.editor.strip.added.emit([tmp_path / "gone.pdf"])
    qloop.until(lambda: page.error.isVisible(), "the banner")
    assert "gone.pdf" in words(page.error)


def test_a_from_without_an_address_is_told_below_the_line(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    page = show(qloop, window, make(qloop, desk))
    envelope = page.message.editor.envelope
    envelope.from_line.setEditText("just a name")
    assert envelope._problem_row.isVisible()
    envelope.from_line.setEditText("Ana <ana@example.com>")
    assert not envelope._problem_row.isVisible()
    envelope.from_line.setEditText("")
    assert not envelope._problem_row.isVisible(), "empty means the profile's"


def test_an_empty_message_offers_starters_and_one_of_them_fills_everything(
    window: MainWindow, qloop: QtLoop, desk: Desk
) -> None:
    templates = desk.campaigns.templates()
    if not templates:
        pytest.skip("no starter messages are shipped")
    folder = make(qloop, desk, "", "")
    page = show(qloop, window, folder)
    qloop.until(lambda: page.message.editor.starters.isVisible(), "the starters")
    rendered(qloop, page)
    assert "Nothing written yet" in words(page)
    press(page.message.editor.starters, templates[0].name)
    qloop.until(lambda: len(page.message.editor.editor.toPlainText()) > 200, "the message")
    assert not page.message.editor.starters.isVisible()
    assert page.editing.campaign.subject == templates[0].subject
    assert page.editing.campaign.list_name == "Customers"
    assert page.editing.campaign.from_header == "Ana <ana@example.com>"


def test_an_empty_page_begins_with_the_editor(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    page = show(qloop, window, make(qloop, desk, "", ""))
    if desk.campaigns.templates():
        qloop.until(lambda: page.message.editor.starters.isVisible())
        press(page.message.editor.starters, "An empty page")
    assert page.message.editor.editor.isVisible()


def test_findings_follow_while_the_message_is_written(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    page = show(qloop, window, make(qloop, desk))
    qloop.until(lambda: "“shop” is empty" in words(page.message.findings), "the first findings")
    page.message.editor.editor.setPlainText(HTML.replace("{{ shop }}", '{{ shop | fallback("the shop") }}'))
    qloop.until(lambda: "“shop” is empty" not in words(page.message.findings), "mended")


def test_pictures_of_another_campaign_are_not_loaded_because_one_allowed_theirs(
    window: MainWindow, qloop: QtLoop, desk: Desk
) -> None:
    first = make(qloop, desk)
    page = show(qloop, window, first)
    rendered(qloop, page)
    page.message.preview.view.mail.load_pictures()
    second = qloop.run(desk.campaigns.create("Second", list_name="Customers"))
    show(qloop, window, second)
    assert not page.message.preview.view.mail.pictures_loaded()


# --- completion -----------------------------------------------------------------------------------------------------


def test_names_are_offered_as_soon_as_the_braces_open(qloop: QtLoop) -> None:
    editor = MessageEdit("Message")
    editor.set_fields(["email", "first_name", "shop"])
    editor.resize(400, 200)
    editor.show()
    QTest.keyClicks(editor, "Hello {{")
    assert editor._popup is not None
    assert editor._popup.isVisible()
    QTest.keyClicks(editor, "fi")
    QTest.keyClick(editor._popup, Qt.Key.Key_Down)
    QTest.keyClick(editor._popup, Qt.Key.Key_Return)
    qloop.settle()
    assert editor.toPlainText() == "Hello {{ first_name }}"
    editor.hide()
    editor.deleteLater()


def test_a_single_line_completes_too_and_tab_takes_it(qloop: QtLoop) -> None:
    line = FieldLine("Subject")
    line.set_fields(["first_name", "shop"])
    line.show()
    edits: list[str] = []
    line.textEdited.connect(edits.append)
    QTest.keyClicks(line, "{{ sh")
    assert line.offered() == ["shop"]
    QTest.keyClick(line, Qt.Key.Key_Tab)
    assert line.text() == "{{ shop }}"
    assert edits[-1] == "{{ shop }}"
    line.hide()
    line.deleteLater()


@pytest.mark.parametrize(
    ("before", "after", "word", "put"),
    [
        ("{{", "", "shop", " shop }}"),
        ("{{ s", "", "shop", "shop }}"),
        ("{{ s", " }} and {{ x }}", "shop", "shop"),
        ("{{ name | fa", "", "fallback", "fallback }}"),
        ("{% if s", " %}", "shop", "shop"),
    ],
)
def test_a_completion_closes_the_braces_only_where_they_are_open(before: str, after: str, word: str, put: str) -> None:
    assert completion(before, after, word) == put


def test_what_is_offered_depends_on_where_one_stands() -> None:
    fields = ["shop", "seats", "email"]
    assert offers(fields, "{{ s") == ["seats", "shop"]
    assert "unsubscribe_url" in offers(fields, "{{ ")
    assert "fallback" in offers(fields, "{{ shop | fa")
    assert offers(fields, "plain s") == []
    assert offers(fields, "{{ shop }} s") == []
    assert offers(fields, "{% if se") == ["seats"]


# --- small rules ----------------------------------------------------------------------------------------------------


def test_an_own_text_begins_with_the_template_that_the_html_amounts_to() -> None:
    html = (
        '<p>Hello {{ name | fallback("you") }},</p>{# a note #}{% if a < b %}<p>more</p>{% endif %}'
        '<p><a href="https://x.example/{{ code }}?a=1&amp;b=2">go</a></p>'
    )
    text = text_template(html, "message.html")
    assert 'Hello {{ name | fallback("you") }},' in text
    assert "{% if a < b %}" in text
    assert "https://x.example/{{ code }}?a=1&b=2" in text
    assert "a note" not in text
    assert text_template("# Hi {{ name }}", "message.md") == "# Hi {{ name }}"


def test_a_persons_name_is_found_in_usual_columns() -> None:
    assert display_name(Recipient("a@b.c", {"first_name": "Ana", "last_name": "Pérez"})) == "Ana Pérez"
    assert display_name(Recipient("a@b.c", {"Name": " Ana  Pérez "})) == "Ana Pérez"
    assert display_name(Recipient("a@b.c", {"nachname": "Huber"})) == "Huber"
    assert display_name(Recipient("a@b.c", {"city": "Porto"})) == ""


def test_a_finding_leads_to_where_it_is_mended() -> None:
    def place(code: str, where: str = "") -> object:
        return place_to_mend(Finding(code, Severity.WARNING, "t", where=where))

    assert place("message.empty-field", "message.html:3") is not None
    assert place_to_mend(Finding("message.no-unsubscribe", Severity.WARNING, "t", where="campaign.toml")).setting == (  # type: ignore[union-attr]
        "unsubscribe"
    )
    assert place_to_mend(Finding("profile.none", Severity.ERROR, "t", where="campaign.toml")).recipients  # type: ignore[union-attr]
    assert place("recipients.duplicates") is None


def test_a_switch_of_colours_is_no_change_of_the_message(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    page = show(qloop, window, make(qloop, desk))
    rendered(qloop, page)
    assert not page.editing.dirty
    look.set_mode("dark")
    qloop.settle()
    assert not page.editing.dirty
