"""What can be seen wrong by measuring: names that are missing, words that are cut."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from smtpdesk.desktop.components import Elide

T = TypeVar("T")


async def becomes(look: Callable[[], T], deadline: float = 15.0) -> T:
    """What ``look`` gives as soon as that is true; the loop goes on meanwhile."""
    end = time.monotonic() + deadline
    while not (found := look()):
        assert time.monotonic() < end, f"waited {deadline:g} s in vain"
        await asyncio.sleep(0.005)
    return found


def _inner(widget: QWidget) -> bool:
    name = widget.objectName()
    kind = type(widget).__name__
    return name.startswith("qt_") or kind.startswith(("RenderWidget", "QWebEngine"))


def nameless(root: QWidget) -> list[str]:
    """Focusable widgets without an accessible name."""
    found = []
    for widget in root.findChildren(QWidget):
        if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or _inner(widget) or widget.focusProxy() is not None:
            continue
        if not widget.accessibleName():
            found.append(f"{type(widget).__name__} in {type(widget.parentWidget()).__name__}")
    return found


def _squeezed(button: QAbstractButton) -> bool:
    return button.width() + 1 < button.minimumSizeHint().width() or button.height() < 18


def cut(root: QWidget) -> list[str]:
    """Visible labels and buttons that got less room than their words need (elided ones may)."""
    found = []
    for widget in root.findChildren(QWidget):
        if not widget.isVisibleTo(root) or isinstance(widget, Elide):
            continue
        if isinstance(widget, QLabel) and widget.text():
            need = widget.heightForWidth(widget.width()) if widget.wordWrap() else widget.sizeHint().height()
            narrow = not widget.wordWrap() and widget.width() + 1 < widget.sizeHint().width()
            if narrow or widget.height() + 2 < need:
                found.append(
                    f"label {widget.text()[:60]!r}: {widget.size().toTuple()} of {widget.sizeHint().toTuple()}"
                )
        if isinstance(widget, QAbstractButton) and widget.text().strip() and _squeezed(widget):
            found.append(f"button {widget.text()!r}: {widget.size().toTuple()}")
    return found


def outside(root: QWidget) -> list[str]:
    """Visible buttons and labels that reach beyond the window (outside scroll areas)."""
    found = []
    window = root.window()
    for widget in root.findChildren(QAbstractButton):
        if not widget.isVisible() or widget.visibleRegion().isEmpty():
            continue
        right = widget.mapTo(window, widget.rect().topRight()).x()
        if right > window.width():
            found.append(f"{widget.accessibleName()!r} ends at {right}")
    return found
