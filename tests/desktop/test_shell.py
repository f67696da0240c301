"""The window around the pages: finding them, changing, telling, closing, fitting."""

from __future__ import annotations

import asyncio
import gc
import logging
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QWidget

from smtpdesk.base.errors import InputError, StoreError
from smtpdesk.desk import Desk
from smtpdesk.desktop import main as program
from smtpdesk.desktop.components import Button
from smtpdesk.desktop.shell import first_paint
from smtpdesk.desktop.shell import pages as page_tools
from smtpdesk.desktop.shell.collector import MainThreadCollector
from smtpdesk.desktop.shell.context import Sending
from smtpdesk.desktop.shell.surface import keep_surface
from smtpdesk.desktop.shell.window import COMPACT_BELOW, MINIMUM, MainWindow
from smtpdesk.desktop.theme import look
from smtpdesk.domain.profile import Profile, Relay
from tests.desktop.conftest import QtLoop
from tests.desktop.looking import becomes, cut, nameless, outside

OWN = ["campaigns", "profiles", "sandbox", "settings", "help"]


def _dialog() -> QDialog | None:
    shown = [item for item in QApplication.topLevelWidgets() if isinstance(item, QDialog) and item.isVisible()]
    return shown[0] if shown else None


def _press(root: QWidget, label: str) -> None:
    next(item for item in root.findChildren(Button) if item.text().strip() == label and item.isVisible()).click()


def test_pages_are_found_in_their_folder_and_stand_in_order() -> None:
    infos = [module.PAGE for module in page_tools.find_pages()]
    ids = [info.id for info in infos]
    assert len(set(ids)) == len(ids)
    assert set(OWN) <= set(ids)
    assert ids.index("campaigns") < ids.index("profiles") < ids.index("sandbox") < ids.index("settings")
    assert all(info.title() for info in infos)
    assert all(info.under in ids for info in infos if not info.in_rail)


def test_the_first_page_is_on_show_and_marked(window: MainWindow) -> None:
    assert window.current() == "campaigns"
    assert window.windowTitle() == "Campaigns - SMTPDesk"
    marked = [item.accessibleName() for item in window.rail.findChildren(Button) if item.isChecked()]
    assert marked == ["Campaigns"]


def _show(window: MainWindow, qloop: QtLoop, page: str) -> None:
    window.go(page)
    qloop.until(lambda: window.current() == page)
    qloop.settle(12)


@pytest.mark.parametrize("size", [MINIMUM, (1280, 800)])
def test_every_page_fits_has_names_and_nothing_is_cut(window: MainWindow, qloop: QtLoop, size: tuple[int, int]) -> None:
    window.resize(*size)
    for page in OWN:
        _show(window, qloop, page)
        assert (window.width(), window.height()) == size
        assert not window.grab().isNull()
        assert (page, nameless(window), cut(window), outside(window)) == (page, [], [], [])


def test_pages_stand_from_right_to_left_and_in_the_dark(window: MainWindow, qloop: QtLoop) -> None:
    look.set_mode("dark")
    QApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        for page in OWN:
            _show(window, qloop, page)
            assert window.rail.mapTo(window, window.rail.rect().topLeft()).x() > window.sheet.x()
            assert (page, cut(window)) == (page, [])
    finally:
        QApplication.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def test_a_narrow_window_keeps_the_icons(window: MainWindow, qloop: QtLoop) -> None:
    window.resize(COMPACT_BELOW - 1, 700)
    qloop.settle()
    assert window.rail.width() == 56
    window.resize(COMPACT_BELOW, 700)
    qloop.settle()
    assert window.rail.width() == 200


def test_keys_lead_to_pages(window: MainWindow, qloop: QtLoop) -> None:
    shortcuts = {item.key().toString(): item for item in window.findChildren(QShortcut) if item.parent() is window}
    in_rail = [module.PAGE.id for module in page_tools.find_pages() if module.PAGE.in_rail and not module.PAGE.bottom]
    for number, page in enumerate(in_rail, start=1):
        shortcuts[QKeySequence(f"Ctrl+{number}").toString()].activated.emit()
        qloop.until(lambda page=page: window.current() == page)
    shortcuts["F1"].activated.emit()
    qloop.until(lambda: window.current() == "help")
    assert {"Ctrl+W", "Ctrl+Q", "Ctrl+,"} <= set(shortcuts)


def test_what_a_page_cannot_do_is_told_and_the_window_stays(window: MainWindow, qloop: QtLoop) -> None:
    async def fail() -> None:
        raise InputError("a.b", "The file is gone.", "Choose another one.")

    window.tasks.spawn(fail())
    qloop.until(lambda: window._toasts.current() is not None)
    toast = window._toasts.current()
    assert toast is not None
    assert toast.accessibleName() == "The file is gone. Choose another one."
    assert window.isVisible()


def test_a_bug_is_logged_and_told_calmly(window: MainWindow, qloop: QtLoop, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("smtpdesk").propagate = True

    async def fail() -> None:
        raise ZeroDivisionError("inner words")

    with caplog.at_level(logging.ERROR):
        window.tasks.spawn(fail())
        qloop.until(lambda: window._toasts.current() is not None)
    toast = window._toasts.current()
    assert toast is not None
    assert "inner words" not in toast.accessibleName()
    assert "Something went wrong inside the program" in toast.accessibleName()
    assert any("ZeroDivisionError" in (record.exc_text or "") for record in caplog.records)


def test_the_sending_card_shows_follows_and_goes(window: MainWindow, qloop: QtLoop) -> None:
    window.set_sending(Sending("Autumn tasting", 0.64, "24 min left", "run-1"))
    qloop.settle()
    assert window.rail.sending.isVisible()
    assert window.rail.sending.accessibleName() == "Autumn tasting, 64%, 24 min left"
    window.resize(*MINIMUM)
    qloop.settle()
    assert not window.rail.sending.isVisible()
    window.resize(1280, 800)
    window.set_sending(None)
    qloop.settle()
    assert not window.rail.sending.isVisible()


def test_counts_stand_in_the_rail(window: MainWindow) -> None:
    window.set_count("profiles", 1234)
    labels = [label.text() for label in window.rail.findChildren(QLabel)]
    assert "1,234" in labels


def test_an_unsaved_page_is_asked_before_it_is_left(window: MainWindow, qloop: QtLoop) -> None:
    window.go("profiles", add=True)
    qloop.until(lambda: window.current() == "profiles")
    page = window.page("profiles")
    assert page is not None
    qloop.settle(10)
    page._begin_new("other")  # type: ignore[attr-defined]
    window.go("settings")
    qloop.run(becomes(_dialog))
    dialog = _dialog()
    assert dialog is not None
    _press(dialog, "Cancel")
    qloop.settle(10)
    assert window.current() == "profiles"
    window.go("settings")
    qloop.run(becomes(_dialog))
    _press(_dialog() or window, "Discard")
    qloop.until(lambda: window.current() == "settings")


def test_where_the_window_was_is_remembered(window: MainWindow, desk: Desk, qloop: QtLoop) -> None:
    window.resize(1150, 720)
    qloop.settle()
    window.close()
    qloop.until(lambda: not window.isVisible())
    again = MainWindow()
    qloop.run(again.load(desk))
    assert again.height() == 720  # the width is held within the small screen of the tests
    again.shut()
    again.close()


def test_appearance_is_remembered(window: MainWindow, desk: Desk, qloop: QtLoop) -> None:
    qloop.run(desk.settings.set("appearance.mode", "dark"))
    again = MainWindow()
    qloop.run(again.load(desk))
    assert look.mode == "dark"
    again.shut()
    again.close()


def test_no_pixel_is_kept_where_there_is_no_screen(window: MainWindow) -> None:
    assert keep_surface(window) is None


# -- the program -----------------------------------------------------------------------------------------------------


def test_the_program_opens_and_closes(qloop: QtLoop, tmp_path: Path) -> None:
    async def session() -> int:
        work = asyncio.ensure_future(program.run(tmp_path / "workspace"))
        window = await becomes(_main_window)
        await becomes(lambda: window.current() == "campaigns")
        window.close()
        return await work

    assert qloop.run(session()) == 0
    assert (tmp_path / "workspace").is_dir()


def test_a_workspace_that_cannot_be_opened_is_explained(qloop: QtLoop, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")

    async def session() -> tuple[int, list[str]]:
        work = asyncio.ensure_future(program.run(blocked / "workspace"))
        window = await becomes(_main_window)
        await becomes(lambda: any(item.text() == "Try again" for item in window.findChildren(Button)))
        words = [label.text() for label in window.stack.currentWidget().findChildren(QLabel) if label.text()]
        assert cut(window) == []
        assert not window.rail.isEnabled()
        _press(window, "Try again")
        await asyncio.sleep(0)
        await becomes(lambda: any(item.text() == "Quit" and item.isVisible() for item in window.findChildren(Button)))
        _press(window, "Quit")
        return await work, words

    status, words = qloop.run(session())
    assert status == 2
    assert words
    assert "Traceback" not in " ".join(words)


def test_a_window_closed_while_it_opens_leaves_nothing(qloop: QtLoop, tmp_path: Path) -> None:
    async def session() -> int:
        work = asyncio.ensure_future(program.run(tmp_path / "workspace"))
        window = await becomes(_main_window)
        window.close()
        return await work

    assert qloop.run(session()) in (0, 2)


def test_a_page_that_cannot_be_loaded_is_no_traceback(
    qloop: QtLoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> list[page_tools.PageModule]:
        raise SyntaxError("inner words")

    monkeypatch.setattr(page_tools, "find_pages", broken)

    async def session() -> tuple[int, str]:
        work = asyncio.ensure_future(program.run(tmp_path / "workspace"))
        window = await becomes(_main_window)
        await becomes(lambda: any(item.text() == "Quit" for item in window.findChildren(Button)))
        words = " ".join(label.text() for label in window.stack.currentWidget().findChildren(QLabel))
        _press(window, "Quit")
        return await work, words

    status, words = qloop.run(session())
    assert status == 2
    assert "Something went wrong inside the program" in words
    assert "inner words" not in words


def test_a_newer_workspace_is_refused_in_words(qloop: QtLoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window = MainWindow()
    window.show()
    error = StoreError("workspace.newer", "This workspace was written by a newer SMTPDesk.", "Install the newer one.")

    async def session() -> bool:
        asked = asyncio.ensure_future(window.could_not_open(error, tmp_path))
        await becomes(lambda: any(item.text() == "Quit" for item in window.findChildren(Button)))
        _press(window, "Quit")
        return await asked

    assert qloop.run(session()) is False
    assert not window.isVisible()


def _main_window() -> MainWindow | None:
    found = [item for item in QApplication.topLevelWidgets() if isinstance(item, MainWindow) and item.isVisible()]
    return found[0] if found else None


def test_two_hundred_thousand_calls_into_qt_do_not_abort(window: MainWindow, qloop: QtLoop) -> None:
    # PySide6 6.12.0 on Python 3.11 ends the process with "deallocating None" within this many calls.
    for number in range(50_000):
        window.set_count("profiles", number)
        window.rail.set_sending(number % 2 == 0)
        window.rail.sending.set("Run", number / 50_000, "soon")
        window.setWindowTitle(str(number))
    qloop.settle()
    assert window.windowTitle() == "49999"


def test_a_saved_profile_is_counted(window: MainWindow, desk: Desk, qloop: QtLoop) -> None:
    qloop.run(desk.profiles.save(Profile("office", Relay("smtp.example.com", 587))))
    window.go("profiles")
    qloop.until(lambda: "1" in [label.text() for label in window.rail.findChildren(QLabel)])


# -- the first paint -------------------------------------------------------------------------------------------------


def test_the_window_does_not_jump_or_change_colour_after_it_appeared(
    window: MainWindow, desk: Desk, qloop: QtLoop
) -> None:
    window.resize(1100, 731)
    qloop.run(desk.settings.set("appearance.mode", "dark"))
    look.set_mode("dark")
    window.close()
    qloop.until(lambda: not window.isVisible())
    look.set_mode("light")
    known = first_paint.read(desk.folder)
    assert known.mode == "dark"
    again = MainWindow(known)
    assert look.dark
    assert again.height() == 731
    again.shut()
    again.close()


@pytest.mark.parametrize("words", ["", "[]", '{"mode": 1}', "no json"])
def test_a_copy_that_cannot_be_read_does_no_harm(tmp_path: Path, words: str) -> None:
    (tmp_path / first_paint.FILE).write_text(words, encoding="utf-8")
    assert first_paint.read(tmp_path) == first_paint.FirstPaint()


def test_a_copy_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    first_paint.write(tmp_path / "missing", first_paint.FirstPaint("x", "dark"))
    assert first_paint.read(tmp_path / "missing") == first_paint.FirstPaint()


def test_the_window_is_painted_without_the_libraries_behind_the_desk() -> None:
    heavy = "('sqlalchemy', 'pandas', 'jinja2', 'PySide6.QtWebEngineCore')"
    code = f"import sys, smtpdesk.desktop.main; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


# -- the loop and the collector --------------------------------------------------------------------------------------


def test_the_loop_stops_without_telling_qt_that_the_program_quits(qapp: QApplication, qloop: QtLoop) -> None:
    told: list[int] = []
    qapp.aboutToQuit.connect(lambda: told.append(1))
    for _turn in range(3):
        qloop.run(asyncio.sleep(0))
    assert told == []


def test_cycles_are_collected_on_the_windows_thread(qapp: QApplication, qloop: QtLoop) -> None:
    class Knot:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            died.append(threading.current_thread())

    died: list[threading.Thread] = []
    collector = MainThreadCollector()
    assert not gc.isenabled()

    def tie() -> None:
        for _knot in range(5000):
            Knot()

    qloop.run(asyncio.to_thread(tie))
    qloop.until(lambda: died)
    assert set(died) == {threading.main_thread()}
    collector.stop()
    gc.disable()  # as the tests have it
