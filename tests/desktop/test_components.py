"""The parts of pages: they update while shown, can be reached by keyboard, and have names."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QTextCursor
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from smtpdesk.base.errors import Cancelled, InputError
from smtpdesk.desktop.components import (
    Banner,
    Button,
    Card,
    Chip,
    CodeEdit,
    Drop,
    Elide,
    EmptyState,
    Field,
    FilterChips,
    Glyph,
    Lane,
    LogGroup,
    NavRail,
    PasswordEdit,
    ProgressPanel,
    RailItem,
    SegmentedControl,
    ServerWords,
    Sparkline,
    StackedBar,
    StatTile,
    Stepper,
    Tabs,
    Tasks,
    Timeline,
    ToastHost,
    TopBar,
    Transcript,
    ask_text,
    box,
    button,
    clear,
    confirm,
    hbox,
    open_file,
    search_line,
    spawn,
    text,
    vbox,
    vr,
)
from smtpdesk.desktop.components.tasks import set_teller
from smtpdesk.desktop.theme import look
from tests.desktop.conftest import QtLoop
from tests.desktop.looking import becomes, cut, nameless


def _kit() -> list[QWidget]:
    """One of everything, filled."""
    lane = Lane("Office")
    lane.set("Sending", "ok", "smtp.example.com", "30 / min", "1,214 accepted", [29, 30, 31])
    group = LogGroup("bad", "This mailbox does not exist")
    group.set("9 people", "14:31", "Mistyped.", "Nobody has it.", "550 5.1.1 no", "mx said")
    group.set_actions([button("Never mail again")])
    line = Timeline()
    line.set_steps([("a", "DNS"), ("b", "Connect")])
    line.set_step("a", "ok", "Found", "18 ms")
    line.set_step("b", "bad", "Refused", "", Card(vbox(text("Why")), "bad"))
    chips = FilterChips("Filter")
    chips.set_items([("all", "All", 2431), ("ready", "Ready", None)])
    rail = NavRail([RailItem("a", "Campaigns", "send"), RailItem("b", "Help", "life-buoy", bottom=True)])
    rail.set_count("a", 4)
    transcript = Transcript()
    transcript.set_rows([("14:31", "→", "EHLO me", "accentText"), ("14:31", "←", "250 <ok> & more", "text")])
    editor = CodeEdit("Message")
    editor.setPlainText('<p class="x">{{ first_name }}</p>')
    return [
        button("Send", "primary", "send"), button("", "quiet", "search", tip="Search"), Chip("New", "accent", "check"),
        Elide("A long name that gives way"), text("Wrapped words", wrap=True), Glyph.status("ok"), lane, group, line,
        chips, rail, transcript, editor, SegmentedControl(["A", ("B", "sun")], name="Choice"), Tabs(["A", "B"]),
        Field("Server", QLineEdit(), "Help"), Field("Password", PasswordEdit()), StatTile("1,486", "Accepted"),
        StackedBar([(0.5, "okFill"), (0.1, "badFill")]), Sparkline([1, 2, 3]), Stepper(["A", "B"], 1, clickable=True),
        ServerWords("250 ok"), Banner("warn", "Title", "Body", button("Do")), EmptyState("None", "Yet", "inbox"),
        Drop(vbox(text("Drop"))), search_line("Search"), TopBar("Title", "Sub", right=[button("Do")]), ProgressPanel(),
    ]  # fmt: skip


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_every_part_paints_has_names_and_is_not_cut(qtbot: QtBot, mode: str, direction: Qt.LayoutDirection) -> None:
    look.set_mode(mode)
    page = box(vbox(*_kit()))
    page.setLayoutDirection(direction)
    qtbot.addWidget(page)
    page.resize(700, 2200)
    page.show()
    assert not page.grab().isNull()
    assert nameless(page) == []
    assert cut(page) == []


def test_a_rectangle_mirrors_from_right_to_left(qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.resize(100, 20)
    assert vr(widget, 10, 0, 20, 5).x() == 10
    widget.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert vr(widget, 10, 0, 20, 5).x() == 70


def test_labels_never_read_markup_from_what_they_are_given(qtbot: QtBot) -> None:
    for wrap in (False, True):
        label = text("<b>bold</b> & more", wrap=wrap)
        qtbot.addWidget(label)
        assert label.sentence() == "<b>bold</b> & more"
        assert "<b>" not in label.text() if wrap else label.text() == "<b>bold</b> & more"


def test_a_cut_line_keeps_its_words_for_tooltip_and_readers(qtbot: QtBot) -> None:
    label = Elide("a very long address that does not fit at all, whatever one does")
    qtbot.addWidget(label)
    label.resize(80, 20)
    label.show()
    label.grab()
    assert label.toolTip() == label.accessibleName() == label.text()
    label.resize(800, 20)
    label.grab()
    assert label.toolTip() == ""


def test_enter_presses_a_button(qtbot: QtBot) -> None:
    pressed: list[int] = []
    made = button("Send", clicked=lambda: pressed.append(1))
    qtbot.addWidget(made)
    made.show()
    QTest.keyClick(made, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: pressed == [1])


def test_a_button_keeps_its_gap_and_name_when_its_words_change(qtbot: QtBot) -> None:
    made = button("Test", "primary", "plug")
    qtbot.addWidget(made)
    made.set_label("Test again")
    made.set_kind("")
    assert (made.text(), made.accessibleName(), made.property("kind")) == (" Test again", "Test again", "")


def test_filter_chips_keep_the_choice_when_counts_change(qtbot: QtBot) -> None:
    chips = FilterChips("Filter")
    qtbot.addWidget(chips)
    chips.set_items([("all", "All", 10), ("ready", "Ready", 8)])
    chips.set_current("ready")
    same = chips.findChildren(Button)[1]
    chips.set_items([("all", "All", 12), ("ready", "Ready", 9), ("bad", "Set aside", 3)])
    assert chips.current() == "ready"
    assert same.text() == "Ready  9"
    chips.set_items([("all", "All", 12)])
    assert chips.current() == "all"


def test_a_field_says_what_is_wrong_and_takes_it_back(qtbot: QtBot) -> None:
    line = QLineEdit()
    field = Field("Port", line, "465 or 587")
    qtbot.addWidget(field)
    field.set_error("A number, please.")
    assert (line.property("error"), line.accessibleDescription()) == ("true", "A number, please.")
    field.set_warning("Unusual.")
    assert (line.property("error"), field.message()) == ("false", "Unusual.")
    field.set_error("")
    assert field.message() == "465 or 587"
    assert line.accessibleName() == "Port"


def test_a_password_is_hidden_until_it_is_asked_for(qtbot: QtBot) -> None:
    edit = PasswordEdit("Password")
    qtbot.addWidget(edit)
    edit.set_text("secret")
    assert edit.line.displayText() != "secret"
    eye = edit.findChild(Button)
    assert eye is not None
    eye.click()
    assert edit.line.displayText() == "secret"
    assert eye.accessibleName() == "Hide the password"


def test_the_stepper_is_picked_with_arrow_keys(qtbot: QtBot) -> None:
    stepper = Stepper(["A", "B", "C"], 1, clickable=True)
    qtbot.addWidget(stepper)
    stepper.show()
    spy = QSignalSpy(stepper.picked)
    QTest.keyClick(stepper, Qt.Key.Key_Right)
    QTest.keyClick(stepper, Qt.Key.Key_Left)
    assert [spy.at(place)[0] for place in range(spy.count())] == [2, 0]
    assert stepper.accessibleName() == "Step 2 of 3: B"


def test_the_stepper_gives_up_words_before_it_is_cut(qtbot: QtBot) -> None:
    stepper = Stepper(["Recipients", "Message", "Check", "Profile", "Send"], 0)
    qtbot.addWidget(stepper)
    narrow = stepper.minimumSizeHint().width()
    assert narrow < stepper.sizeHint().width()
    stepper.resize(narrow, 28)
    x, width = stepper._places()[-1]
    assert x + width <= narrow


def test_a_timeline_changes_one_step_and_counts_as_said(qtbot: QtBot) -> None:
    line = Timeline()
    qtbot.addWidget(line)
    line.set_steps([("dns", "DNS"), ("tls", "TLS")])
    line.set_step("dns", "run", "…")
    line.set_step("dns", "ok", "Found", "3 ms")
    assert [line.step(key).state for key in line.step_keys()] == ["ok", "wait"]
    assert line.step("dns").accessibleName() == "DNS: ok. Found"


def test_a_log_group_opens_and_says_so(qtbot: QtBot) -> None:
    group = LogGroup("bad", "No such mailbox")
    qtbot.addWidget(group)
    group.resize(600, 60)
    group.show()
    spy = QSignalSpy(group.toggled)
    QTest.mouseClick(group, Qt.MouseButton.LeftButton, pos=QPoint(60, 12))
    assert group.is_open()
    assert spy.count() == 1


def test_the_transcript_escapes_and_gives_plain_text(qtbot: QtBot) -> None:
    view = Transcript()
    qtbot.addWidget(view)
    view.set_rows([("1", "→", "MAIL FROM:<a@b.example>", "accentText")])
    view.add_rows([("2", "←", "250 <b>ok</b>", "text")])
    assert "MAIL FROM:<a@b.example>" in view.toPlainText()
    assert "<b>ok</b>" in view.toPlainText()
    assert view.plain().splitlines() == ["1  →  MAIL FROM:<a@b.example>", "2  ←  250 <b>ok</b>"]


def test_the_rail_marks_counts_and_shrinks(qtbot: QtBot) -> None:
    rail = NavRail([RailItem("a", "Campaigns", "send"), RailItem("b", "Lists", "table")])
    qtbot.addWidget(rail)
    rail.show()
    spy = QSignalSpy(rail.picked)
    made = next(item for item in rail.findChildren(Button) if item.accessibleName() == "Lists")
    made.click()
    assert spy.at(0)[0] == "b"
    rail.set_sending(True)
    rail.set_compact(True)
    assert (rail.width(), made.text(), made.toolTip()) == (56, "", "Lists")
    assert rail.sending.isHidden()
    rail.set_compact(False)
    assert rail.width() == 200
    assert not rail.sending.isHidden()
    rail.set_current("elsewhere")
    assert not made.isChecked()


def test_a_file_is_dropped_and_others_are_refused(qtbot: QtBot, tmp_path: Path) -> None:
    drop = Drop(vbox(text("x")), (".csv",))
    qtbot.addWidget(drop)
    sheet, picture = tmp_path / "a.CSV", tmp_path / "b.png"
    spy = QSignalSpy(drop.dropped)
    for file in (sheet, picture):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(file))])
        event = QDropEvent(
            QPointF(5, 5),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        drop.dropEvent(event)
    assert spy.count() == 1
    assert spy.at(0)[0] == [sheet]


def test_progress_comes_from_any_thread_and_can_be_stopped(qloop: QtLoop, qtbot: QtBot) -> None:
    panel = ProgressPanel()
    qtbot.addWidget(panel)
    panel.start("Reading", "{n} rows")

    def work() -> int:
        done = 0
        while not panel.is_cancelled():
            done += 1
            panel.progress(done, 0.5)
        return done

    async def run() -> int:
        job = asyncio.ensure_future(asyncio.to_thread(work))
        await becomes(lambda: "rows" in panel._detail.sentence())
        cancel = panel.findChild(Button)
        assert cancel is not None
        cancel.click()
        return await job

    assert qloop.run(run()) >= 1


# -- dialogs ---------------------------------------------------------------------------------------------------------


def _dialog(app: QApplication) -> QDialog | None:
    shown = [item for item in app.topLevelWidgets() if isinstance(item, QDialog) and item.isVisible()]
    return shown[0] if shown else None


def _press(app: QApplication, label: str) -> None:
    dialog = _dialog(app)
    assert dialog is not None
    next(item for item in dialog.findChildren(Button) if item.text() == label).click()


def test_a_question_is_answered_while_the_loop_goes_on(qapp: QApplication, qloop: QtLoop, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()

    async def ask() -> bool:
        turns: list[int] = []

        async def tick() -> None:
            while True:
                turns.append(1)
                await asyncio.sleep(0.001)

        other = asyncio.ensure_future(tick())
        question = asyncio.ensure_future(confirm(window, "Remove?", "It goes.", "Remove", danger=True))
        dialog = await becomes(lambda: _dialog(qapp))
        assert nameless(dialog) == []
        assert cut(dialog) == []
        before = len(turns)
        await becomes(lambda: len(turns) > before + 3)
        _press(qapp, "Remove")
        sure = await question
        other.cancel()
        return sure

    assert qloop.run(ask())


def test_escape_means_no(qapp: QApplication, qloop: QtLoop, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()

    async def ask() -> bool:
        question = asyncio.ensure_future(confirm(window, "Remove?", "It goes.", "Remove"))
        dialog = await becomes(lambda: _dialog(qapp))
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        return await question

    assert qloop.run(ask()) is False


def test_a_cancelled_question_closes_its_dialog(qapp: QApplication, qloop: QtLoop, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()

    async def ask() -> None:
        question = asyncio.ensure_future(confirm(window, "Remove?", "It goes.", "Remove"))
        await becomes(lambda: _dialog(qapp))
        question.cancel()
        await asyncio.wait({question})
        assert _dialog(qapp) is None

    qloop.run(ask())


def test_a_line_is_asked_for_and_checked(qapp: QApplication, qloop: QtLoop, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()

    async def ask() -> str | None:
        check = lambda words: "" if len(words) > 2 else "Too short."  # noqa: E731
        question = asyncio.ensure_future(ask_text(window, "New list", "Name", "a", check=check))
        dialog = await becomes(lambda: _dialog(qapp))
        _press(qapp, "OK")
        field = dialog.findChild(Field)
        assert field is not None
        assert field.message() == "Too short."
        line = dialog.findChild(QLineEdit)
        assert line is not None
        line.setText(" customers ")
        _press(qapp, "OK")
        return await question

    assert qloop.run(ask()) == "customers"


def test_a_file_is_chosen_without_blocking(qapp: QApplication, qloop: QtLoop, qtbot: QtBot, tmp_path: Path) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    file = tmp_path / "people.csv"
    file.write_text("email\n")
    qapp.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)

    async def ask() -> Path | None:
        question = asyncio.ensure_future(open_file(window, "Choose", [("Sheets", ["*.csv"])]))
        dialog = await becomes(lambda: _dialog(qapp))
        assert isinstance(dialog, QFileDialog)
        line = dialog.findChild(QLineEdit)
        assert line is not None
        line.setText(str(file))
        await becomes(lambda: dialog.selectedFiles() == [str(file)])
        dialog.accept()
        return await question

    assert qloop.run(ask()) == file


# -- tasks -----------------------------------------------------------------------------------------------------------


async def _fail(error: Exception) -> None:
    await asyncio.sleep(0)
    raise error


def test_errors_of_ours_are_told_and_cancelling_is_not(qloop: QtLoop, qtbot: QtBot) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    told: list[str] = []

    async def run() -> None:
        tasks = Tasks(owner, lambda error: told.append(error.code))
        for error in (InputError("a.b", "Wrong."), Cancelled("c.d", "Stopped."), ValueError("bug")):
            tasks.spawn(_fail(error))
        await becomes(lambda: not len(tasks))

    qloop.run(run())
    assert told == ["a.b", "desktop.unexpected"]


def test_an_error_nobody_shows_reaches_the_window(qloop: QtLoop, qtbot: QtBot) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    told: list[str] = []
    set_teller(lambda error: told.append(error.code))

    async def run() -> None:
        await asyncio.wait({spawn(_fail(InputError("a.b", "Wrong.")), owner)})
        await asyncio.sleep(0)

    qloop.run(run())
    set_teller(None)
    assert told == ["a.b"]


def test_tasks_end_with_their_owner(qloop: QtLoop) -> None:
    owner = QWidget()

    async def run() -> bool:
        task = spawn(asyncio.sleep(3600), owner)
        await asyncio.sleep(0)
        owner.deleteLater()
        await asyncio.wait({task})
        return task.cancelled()

    assert qloop.run(run())


# -- toasts ----------------------------------------------------------------------------------------------------------


def test_a_toast_shows_its_action_and_the_next_replaces_it(qtbot: QtBot) -> None:
    sheet = QWidget()
    qtbot.addWidget(sheet)
    sheet.resize(900, 600)
    sheet.show()
    host = ToastHost(sheet)
    done: list[str] = []
    host.show("List saved", ("Undo", lambda: done.append("undo")))
    first = host.current()
    assert first is not None
    assert nameless(first) == []
    next(item for item in first.findChildren(Button) if item.text() == "Undo").click()
    assert done == ["undo"]
    host.show("Another " * 60, None, "bad")
    second = host.current()
    assert second is not None
    assert second.geometry().right() <= sheet.width()
    sheet.resize(700, 500)
    qtbot.waitUntil(lambda: second.geometry().bottom() < 500)


# -- editor ----------------------------------------------------------------------------------------------------------


def test_the_editor_completes_fields_inside_braces(qtbot: QtBot) -> None:
    editor = CodeEdit("Message")
    qtbot.addWidget(editor)
    editor.set_words(["first_name", "company"])
    editor.setPlainText("Hello {{ fir")
    editor.moveCursor(QTextCursor.MoveOperation.End)
    assert editor._prefix() == "fir"
    editor._complete("first_name")
    assert editor.toPlainText() == "Hello {{ first_name"
    editor.setPlainText("{{ a }} fir")
    editor.moveCursor(QTextCursor.MoveOperation.End)
    assert editor._prefix() is None


def test_the_editor_marks_goes_to_and_indents_lines(qtbot: QtBot) -> None:
    editor = CodeEdit("Message")
    qtbot.addWidget(editor)
    editor.setPlainText("one\ntwo\nthree")
    editor.set_marks({2: "bad", 99: "warn"})
    assert len(editor.extraSelections()) == 1
    editor.goto(3, 2)
    assert (editor.textCursor().blockNumber(), editor.textCursor().positionInBlock()) == (2, 1)
    editor.selectAll()
    QTest.keyClick(editor, Qt.Key.Key_BracketRight, Qt.KeyboardModifier.ControlModifier)
    assert editor.toPlainText() == "  one\n  two\n  three"
    QTest.keyClick(editor, Qt.Key.Key_BracketLeft, Qt.KeyboardModifier.ControlModifier)
    assert editor.toPlainText() == "one\ntwo\nthree"


def test_clearing_a_layout_removes_nested_parts(qtbot: QtBot) -> None:
    inner = button("x")
    page = box(vbox(hbox(inner), text("y")))
    qtbot.addWidget(page)
    layout = page.layout()
    assert layout is not None
    clear(layout)
    assert layout.count() == 0
    assert inner.parent() is None
