"""The window as a person meets it: things are found by the words on them, and touched with mouse and keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLabel, QLineEdit, QMenu, QPlainTextEdit, QWidget

W = TypeVar("W", bound=QWidget)


def seen(root: QWidget, kind: type[W]) -> Iterator[W]:
    """The widgets of a kind that can be seen, ``root`` included."""
    if isinstance(root, kind) and root.isVisible():
        yield root
    for widget in root.findChildren(kind):
        if widget.isVisible() and not widget.visibleRegion().isEmpty():
            yield widget


def named(root: QWidget, kind: type[W], name: str) -> W | None:
    """The widget that a screen reader calls so: exactly, else beginning with it, else containing it; None unseen."""
    found = [widget for widget in seen(root, kind) if name in widget.accessibleName()]

    def distance(widget: W) -> tuple[bool, bool, int]:
        said = widget.accessibleName()
        return said != name, not said.startswith(name), len(said)

    return min(found, key=distance, default=None)


def words(root: QWidget) -> str:
    """What can be read in it, a line each label."""
    return "\n".join(label.text() for label in seen(root, QLabel) if label.text())


def click(widget: QWidget) -> None:
    """The left button, in its middle."""
    assert widget.isEnabled(), f"{widget.accessibleName()!r} is grey"
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, widget.rect().center())


def press(root: QWidget, name: str) -> None:
    """Click the button of this name."""
    button = named(root, QAbstractButton, name)
    assert button is not None, f"no button {name!r} among {[b.accessibleName() for b in seen(root, QAbstractButton)]}"
    click(button)


def fill(root: QWidget, name: str, value: str) -> None:
    """Click into the line of this name and type over what stands in it."""
    line = named(root, QLineEdit, name)
    assert line is not None, f"no line {name!r} among {[each.accessibleName() for each in seen(root, QLineEdit)]}"
    QTest.mouseClick(line, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(8, line.height() // 2))
    QTest.keyClick(line, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(line, value)


def write(root: QWidget, name: str, value: str) -> None:
    """Click into the text of this name and type at its end."""
    editor = named(root, QPlainTextEdit, name)
    assert editor is not None, f"no text {name!r}"
    QTest.mouseClick(editor.viewport(), Qt.MouseButton.LeftButton)
    QTest.keyClick(editor, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    for line, words_ in enumerate(value.split("\n")):
        if line:
            QTest.keyClick(editor, Qt.Key.Key_Return)
        QTest.keyClicks(editor, words_)


def dialog() -> QDialog | None:
    """The dialog in front, None when there is none."""
    shown = [item for item in QApplication.topLevelWidgets() if isinstance(item, QDialog) and item.isVisible()]
    return shown[-1] if shown else None


def name_file(asked: QDialog, file: Path) -> None:
    """Type the path into Qt's own file dialog, and Enter."""
    line = asked.findChild(QLineEdit, "fileNameEdit")
    assert line is not None, "this is no file dialog of Qt's own"
    line.clear()
    QTest.keyClicks(line, str(file))
    QTest.keyClick(line, Qt.Key.Key_Return)


def menu() -> QMenu | None:
    """The open menu, None when there is none."""
    popup = QApplication.activePopupWidget()
    return popup if isinstance(popup, QMenu) else None
