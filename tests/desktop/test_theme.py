"""The look: contrast, both modes, images outside the project, the focus ring."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

import smtpdesk
from smtpdesk.desktop.components import box, button, hbox, scroll, vbox
from smtpdesk.desktop.theme import FocusRing, icons, look, pixmap
from smtpdesk.desktop.theme.app_icon import app_icon_picture
from smtpdesk.desktop.theme.tokens import DARK, LIGHT, PAIRS, contrast


@pytest.mark.parametrize("mode", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("over", "under", "least"), PAIRS)
def test_every_pair_of_colours_can_be_told_apart(mode: dict[str, str], over: str, under: str, least: float) -> None:
    assert contrast(mode[over], mode[under]) >= least


def test_contrast_is_computed_as_wcag_says() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_light_and_dark_have_the_same_tokens() -> None:
    assert set(LIGHT) == set(DARK)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_style_sheet_has_no_gap(mode: str) -> None:
    look.set_mode(mode)
    sheet = look.style_sheet()
    assert "$" not in sheet
    assert sheet.count("{") == sheet.count("}")
    assert look.hex("surface") in sheet


def test_a_switch_reaches_application_and_listeners(qapp: QApplication, qtbot: QtBot) -> None:
    look.set_mode("light")
    with qtbot.waitSignal(look.changed):
        look.set_mode("dark")
    assert look.dark
    assert qapp.palette().window().color().name().upper() == DARK["surface"]
    assert DARK["canvas"] in qapp.styleSheet()


def test_an_unknown_mode_follows_the_system() -> None:
    look.set_mode("sepia")
    assert look.mode == "system"


def test_the_system_is_followed_only_when_wanted(qapp: QApplication) -> None:
    look.set_mode("dark")
    look._system_changed()
    assert look.dark
    look.set_mode("system")
    wanted = qapp.styleHints().colorScheme() == Qt.ColorScheme.Dark
    look._system_changed()
    assert look.dark == wanted


def test_images_for_the_style_sheet_lie_outside_the_project() -> None:
    file = Path(icons.image_file("check", "#112233"))
    assert file.is_file()
    assert b"#112233" in file.read_bytes()
    assert not file.is_relative_to(Path(smtpdesk.__file__).parent.parent)


def test_images_survive_a_cache_folder_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setattr(icons.platformdirs, "user_cache_dir", lambda *_a, **_k: str(blocked / "below"))
    assert icons._cache_folder().is_dir()


def test_an_unknown_icon_is_an_error_and_no_placeholder() -> None:
    with pytest.raises(LookupError):
        icons.svg("no-such-icon", "#000000")


def test_icons_are_painted_for_the_screen_and_in_the_colour() -> None:
    once, twice = pixmap("send", "accent", 16, 1.0), pixmap("send", "accent", 16, 2.0)
    assert (once.width(), twice.width()) == (16, 32)
    assert twice.devicePixelRatio() == 2.0
    wanted = look.color("accent")
    image = twice.toImage().convertToFormat(QImage.Format.Format_ARGB32)
    solid = [image.pixelColor(x, y) for x in range(32) for y in range(32) if image.pixelColor(x, y).alpha() == 255]
    assert solid
    assert all(colour.name() == wanted.name() for colour in solid)


def test_the_program_icon_is_painted_at_every_size() -> None:
    image = app_icon_picture(64).toImage()
    assert image.pixelColor(32, 4).name().upper() == LIGHT["accent"]
    assert image.pixelColor(0, 0).alpha() == 0


def test_digits_keep_their_width() -> None:
    font = look.font("display")
    assert font.pixelSize() == look.px("display") == 36


class _Window(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.line = button("One"), button("Two"), QLineEdit()
        self.line.setAccessibleName("Line")
        low = QWidget()
        low.setFixedHeight(900)
        self.area: QScrollArea = scroll(box(vbox(self.line, low)), "Area")
        self.setLayout(vbox(hbox(self.first, self.second), self.area))
        self.ring = FocusRing(self)

    def focusNextPrevChild(self, forward: bool) -> bool:
        self.ring.tabbed()
        return super().focusNextPrevChild(forward)


@pytest.fixture
def ringed(qtbot: QtBot) -> _Window:
    window = _Window()
    qtbot.addWidget(window)
    window.resize(400, 300)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    return window


def _around(window: _Window, widget: QWidget) -> bool:
    place = widget.rect().translated(widget.mapTo(window, widget.rect().topLeft()))
    return window.ring.isVisible() and window.ring.geometry().contains(place)


def test_the_ring_shows_for_the_keyboard_and_not_for_the_mouse(ringed: _Window) -> None:
    ringed.first.setFocus(Qt.FocusReason.MouseFocusReason)
    assert not ringed.ring.isVisible()
    QTest.keyClick(ringed.first, Qt.Key.Key_Tab)
    assert _around(ringed, ringed.second)


def test_the_ring_moves_with_its_widget(ringed: _Window, qtbot: QtBot) -> None:
    ringed.line.setFocus()
    assert _around(ringed, ringed.line)
    ringed.resize(600, 420)
    qtbot.waitUntil(lambda: _around(ringed, ringed.line))
    ringed.area.verticalScrollBar().setValue(400)
    qtbot.waitUntil(lambda: not ringed.ring.isVisible())


def test_the_ring_goes_with_its_widget(ringed: _Window, qtbot: QtBot) -> None:
    ringed.line.setFocus()
    ringed.line.deleteLater()
    qtbot.waitUntil(lambda: not ringed.ring.isVisible())


def test_a_widget_that_goes_away_does_not_look_like_the_keyboard(ringed: _Window, qtbot: QtBot) -> None:
    ringed.first.setFocus(Qt.FocusReason.MouseFocusReason)
    ringed.first.hide()
    assert not ringed.ring.keyboard
