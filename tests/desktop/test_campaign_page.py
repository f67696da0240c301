"""One campaign in the window: opening, saving, recipients, and going from step to step."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from smtpdesk.desk import Desk
from smtpdesk.desktop.pages.campaign.estimate import duration, estimate
from smtpdesk.desktop.pages.campaign.estimate import words as estimate_words
from smtpdesk.desktop.pages.campaign.page import CHECK, MESSAGE, SEND
from smtpdesk.desktop.preview import schemes
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.domain.profile import Identity, Limits, Profile, Relay
from smtpdesk.message import load_campaign
from smtpdesk.recipients import Pasted
from tests.desktop.campaigns import HTML, make, rendered, show
from tests.desktop.conftest import QtLoop
from tests.desktop.hands import dialog, menu, press, words
from tests.desktop.looking import cut, nameless, outside

schemes.register()

OFFICE = Profile(
    "office", Relay("smtp.example.com", 587), Identity("Office <office@example.com>"), limits=Limits(2, 30, 60.0)
)


def test_a_change_is_saved_by_itself_and_the_bar_says_when(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    folder = make(qloop, desk)
    page = show(qloop, window, folder)
    page.message.editor.editor.insert("<!-- mine -->")
    qloop.until(lambda: "mine" in (folder / "message.html").read_text(), "it is on the disk")
    page.editing.edit(subject="Another")
    qloop.until(lambda: load_campaign(folder).subject == "Another")
    qloop.until(lambda: page.bar.sub().startswith("Saved "))


def test_control_s_saves_at_once(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    folder = make(qloop, desk)
    page = show(qloop, window, folder)
    window.activateWindow()
    page.message.editor.editor.setFocus()
    page.editing._timer.setInterval(60_000)
    page.message.preview._timer.setInterval(60_000)
    page.message.editor.editor.insert("<b>quick</b>")
    QTest.keyClick(page.message.editor.editor, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qloop.until(lambda: "quick" in (folder / "message.html").read_text(), "it is on the disk")


def test_what_another_program_writes_is_taken_over_when_nothing_was_changed_here(
    window: MainWindow, qloop: QtLoop, desk: Desk
) -> None:
    folder = make(qloop, desk)
    page = show(qloop, window, folder)
    rendered(qloop, page)
    (folder / "message.html").write_text("<p>from my own editor</p>")
    assert qloop.run(page.editing.refresh())
    assert page.message.editor.editor.toPlainText() == "<p>from my own editor</p>"


def test_looking_at_other_people_does_not_undo_what_another_program_wrote(
    window: MainWindow, qloop: QtLoop, desk: Desk
) -> None:
    folder = make(qloop, desk)
    page = show(qloop, window, folder)
    rendered(qloop, page)
    (folder / "message.html").write_text("<p>from my own editor, {{ first_name }}</p>")
    page.message.preview.picker.go_on()
    rendered(qloop, page)
    assert (folder / "message.html").read_text() == "<p>from my own editor, {{ first_name }}</p>"
    back = page.message.preview.view.back()
    assert back is not None
    assert "from my own editor, Jude" in (back.html or "")


def test_typing_on_while_it_is_saved_and_shown_loses_nothing_and_is_no_conflict(
    window: MainWindow, qloop: QtLoop, desk: Desk
) -> None:
    folder = make(qloop, desk)
    page = show(qloop, window, folder)
    rendered(qloop, page)
    page.editing._timer.setInterval(1)
    page.message.preview._timer.setInterval(1)
    editor = page.message.editor.editor
    editor.setPlainText("")
    for number in range(120):
        editor.insertPlainText(f"<p>{number}</p>\n")
        qloop.settle(1)
    qloop.until(lambda: not page.editing.dirty, "all is saved")
    assert not page.message.conflict.isVisible()
    assert (folder / "message.html").read_text() == editor.toPlainText()
    assert editor.toPlainText() == "".join(f"<p>{number}</p>\n" for number in range(120))


@pytest.mark.parametrize(("choice", "kept"), [("Keep mine", "mine"), ("Use the file", "theirs")])
def test_when_both_changed_the_person_decides_and_nothing_is_overwritten_before(
    window: MainWindow, qloop: QtLoop, desk: Desk, choice: str, kept: str
) -> None:
    folder = make(qloop, desk)
    page = show(qloop, window, folder)
    rendered(qloop, page)
    (folder / "message.html").write_text("<p>theirs</p>")
    page.message.editor.editor.setPlainText("<p>mine</p>")
    qloop.until(lambda: page.message.conflict.isVisible(), "the question")
    assert (folder / "message.html").read_text() == "<p>theirs</p>"
    press(page, choice)
    qloop.until(lambda: not page.message.conflict.isVisible(), "it is settled")
    qloop.until(lambda: (folder / "message.html").read_text() == f"<p>{kept}</p>")
    assert page.message.editor.editor.toPlainText() == f"<p>{kept}</p>"


def test_a_folder_that_cannot_be_written_is_told_and_the_page_asks_before_it_is_left(
    window: MainWindow, qloop: QtLoop, desk: Desk
) -> None:
    folder = make(qloop, desk)
    page = show(qloop, window, folder)
    rendered(qloop, page)
    page._quiet.stop()
    shutil.rmtree(folder)
    folder.write_text("a file where the folder was")
    page.message.editor.editor.setPlainText("<p>lost?</p>")
    qloop.until(lambda: page.message.conflict.isVisible(), "the files are gone")
    press(page, "Keep mine")
    qloop.until(lambda: page.error.isVisible(), "it cannot be saved")
    assert "cannot be saved" in words(page.error)
    window.go("profiles")
    qloop.until(lambda: dialog() is not None, "the question")
    asked = dialog()
    assert asked is not None
    press(asked, "Cancel")
    qloop.until(lambda: dialog() is None)
    assert window.current() == "campaign"
    folder.unlink()
    press(page, "Close")
    assert qloop.run(page.editing.save(over=True))
    assert (folder / "message.html").read_text() == "<p>lost?</p>"


def test_a_campaign_that_cannot_be_read_says_where_and_opens_when_mended(
    window: MainWindow, qloop: QtLoop, desk: Desk
) -> None:
    folder = make(qloop, desk)
    good = (folder / "campaign.toml").read_text()
    (folder / "campaign.toml").write_text('name = "x\n')
    window.go("campaign", folder=folder)
    qloop.until(lambda: window.page("campaign") is not None and window.current() == "campaign")
    page = window.page("campaign")
    assert page is not None
    qloop.until(lambda: "line 1" in words(page), "what is wrong, and where")
    (folder / "campaign.toml").write_text(good)
    press(page, "Try again")
    qloop.until(lambda: "Hello" in page.message.editor.editor.toPlainText(), "it opens")  # type: ignore[attr-defined]


def test_recipients_and_profiles_are_chosen_with_a_click(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    folder = make(qloop, desk)
    qloop.run(desk.lists.import_list(Pasted("email\nx@example.com\ny@example.com\n"), "Press"))
    qloop.run(desk.profiles.save(OFFICE))
    page = show(qloop, window, folder, "recipients")
    qloop.until(lambda: "3 people ready" in words(page))
    assert "1 set aside" in words(page)
    press(page.recipients, "Press")
    qloop.until(lambda: "2 people ready" in words(page), "the other list")
    press(page.recipients, "office")
    qloop.run(page.editing.save())
    saved = load_campaign(folder)
    assert saved.list_name == "Press"
    assert saved.profiles == ("sandbox", "office")
    press(page.recipients, "Sandbox")
    qloop.run(page.editing.save())
    assert load_campaign(folder).profiles == ("office",)


def test_without_recipients_or_profile_one_cannot_go_on(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    folder = make(qloop, desk)
    page = show(qloop, window, folder, "recipients")
    assert page.next_button.isEnabled()
    press(page.recipients, "Sandbox")
    assert not page.next_button.isEnabled()
    press(page.recipients, "Sandbox")
    press(page, "Continue")
    assert page.step() == MESSAGE


def test_a_spreadsheet_in_the_folder_is_offered_and_used(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    folder = qloop.run(desk.campaigns.create("Folder"))
    (folder / "guests.csv").write_text("email,name\nana@example.com,Ana\n")
    window.go("campaign", folder=folder)
    qloop.until(lambda: window.current() == "campaign" and window.page("campaign") is not None)
    page = window.page("campaign")
    assert page is not None
    qloop.until(lambda: "guests.csv" in words(page), "the file is offered")
    press(page, "guests.csv")
    qloop.until(lambda: "1 person ready" in words(page))


def test_a_list_can_be_imported_without_leaving_the_campaign(
    window: MainWindow, qloop: QtLoop, desk: Desk, tmp_path: Path
) -> None:
    folder = make(qloop, desk)
    file = tmp_path / "more.csv"
    file.write_text("email\na@example.com\n")
    page = show(qloop, window, folder, "recipients")
    page.recipients.start_import(file)
    panel = page.recipients.panel
    qloop.until(lambda: panel.import_button.isEnabled())
    press(panel, "Import")
    qloop.until(lambda: page.editing.campaign.list_name == "more", "it is chosen")
    qloop.until(lambda: "1 person ready" in words(page))


def test_the_steps_follow_each_other_by_keyboard(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    folder = make(qloop, desk)
    page = show(qloop, window, folder, "recipients")
    window.activateWindow()
    page.stepper.setFocus()
    for expected in (MESSAGE, CHECK, SEND):
        QTest.keyClick(page.stepper, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert page.step() == expected
    QTest.keyClick(page.stepper, Qt.Key.Key_Left)
    assert page.step() == CHECK
    page.show_step(MESSAGE)
    editor = page.message.editor.editor
    editor.setFocus()
    before = editor.toPlainText()
    QTest.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert page.step() == CHECK
    assert editor.toPlainText() == before
    qloop.until(lambda: not page.check._running, "the check has ended")


def test_the_campaign_can_be_renamed(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    folder = make(qloop, desk)
    page = show(qloop, window, folder)
    press(page, "More about this campaign")
    shown = menu()
    assert shown is not None
    shown.actions()[0].trigger()
    shown.close()
    qloop.until(lambda: dialog() is not None)
    asked = dialog()
    assert asked is not None
    line = asked.findChild(type(page.message.editor.envelope.reply_to).__mro__[1])
    assert line is not None
    line.setText("Winter")  # type: ignore[attr-defined]
    press(asked, "Rename")
    qloop.until(lambda: load_campaign(folder).name == "Winter")


def test_without_a_folder_the_last_campaign_opens(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    folder = make(qloop, desk)
    page = show(qloop, window, folder)
    window.go("profiles")
    qloop.until(lambda: window.current() == "profiles")
    window.go("campaign")
    qloop.until(lambda: window.current() == "campaign" and page._on_show)
    assert page.editing.draft.folder == folder
    assert page.step() == MESSAGE


@pytest.mark.parametrize("size", [(1280, 800), (1024, 680)])
@pytest.mark.parametrize("step", ["recipients", "message", "check", "send"])
def test_every_step_fits_and_everything_has_a_name(
    window: MainWindow, qloop: QtLoop, desk: Desk, step: str, size: tuple[int, int]
) -> None:
    window.resize(*size)
    qloop.run(desk.profiles.save(OFFICE))
    folder = make(qloop, desk, HTML.replace("{{ shop }}", "{{ shoop }}") if step == "check" else HTML)
    page = show(qloop, window, folder, step)
    if step == "message":
        rendered(qloop, page)
        qloop.until(lambda: page.message.preview.view.mail._alive, "the web view has shown it")
        page.message.editor.envelope.show_more(True)
    if step == "check":
        qloop.until(lambda: page.check.result is not None)
    if step == "send":
        qloop.until(lambda: page.send.send_button.isEnabled())
    qloop.settle()
    assert (cut(page), outside(page), nameless(page)) == ([], [], [])


def test_the_time_it_takes_is_worked_out_from_the_limits() -> None:
    limited = Profile("a", Relay("a", 25), limits=Limits(1, 30, 60.0, 1000))
    free = Profile("b", Relay("b", 25))
    assert estimate(600, [limited]).seconds == 1200
    assert estimate(600, [limited, limited]).seconds == 600
    assert estimate(600, [limited, free]).seconds is None
    assert estimate(2500, [limited]).days == 3
    assert estimate(2500, [limited, free]).days == 1
    assert "3 days" in estimate_words(estimate(2500, [limited]))
    assert estimate_words(estimate(10, [free])) == "as fast as the server takes them; no limit is set"
    assert duration(30) == "less than a minute"
    assert duration(61) == "about 2 minutes"
    assert duration(7200) == "about 2 hours"


def test_closing_the_window_saves_what_was_just_typed(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    folder = make(qloop, desk)
    page = show(qloop, window, folder)
    page.editing._timer.setInterval(60_000)
    page.message.preview._timer.setInterval(60_000)
    page.message.editor.editor.insert("<i>last words</i>")
    over: list[bool] = []
    window.finished.connect(lambda: over.append(True))
    window.close()
    qloop.until(lambda: over, "the window is closed")
    assert "last words" in (folder / "message.html").read_text()


def test_an_import_that_was_not_begun_is_not_carried_into_another_campaign(
    window: MainWindow, qloop: QtLoop, desk: Desk
) -> None:
    first, second = make(qloop, desk), make(qloop, desk)
    page = show(qloop, window, first, "recipients")
    press(page, "Import a list")
    assert page.recipients.panel.isVisible()
    page = show(qloop, window, second, "recipients")
    assert not page.recipients.panel.isVisible()
    assert page.next_button.isVisible()
