"""Finds what a window would take for mark-up, for a shortcut or for too long, in every widget of it."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape

from PySide6 import QtGui
from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QLabel,
    QMenu,
    QTextEdit,
    QWidget,
)

#: Words that would do something: load a picture, be bold, be a shortcut, turn the line around.
EVIL = '<img src="file:///dev/zero"> <b>x</b> &lt;i&gt; & Sons \u202egnp.exe'
#: What may be longer than a paragraph: an editor shows its document.
LONGEST = 21_000


def guessed_rich(words: str) -> bool:
    """Whether Qt would read a text as mark-up."""
    return bool(QtGui.Qt.mightBeRichText(words))


def complaints(root: QWidget) -> list[str]:
    """What is wrong in a widget and everything in it."""
    return [
        f"{type(widget).__module__}.{type(widget).__name__} {widget.accessibleName()[:60]!r}: {said}"
        for widget in [root, *root.findChildren(QWidget)]
        for said in _of(widget)
    ]


def _of(widget: QWidget) -> Iterator[str]:
    if guessed_rich(widget.toolTip()) or len(widget.toolTip()) > LONGEST:
        yield f"tool tip {widget.toolTip()[:80]!r}"
    for words in (widget.windowTitle(), widget.accessibleName(), widget.accessibleDescription()):
        if len(words) > LONGEST:
            yield f"a name of {len(words)} characters"
    if isinstance(widget, QLabel):
        yield from _label(widget)
    elif isinstance(widget, QAbstractButton):
        if "&" in QAbstractButton.text(widget).replace("&&", ""):
            yield f"a shortcut in {QAbstractButton.text(widget)!r}"
    elif isinstance(widget, QTextEdit):
        if "<img" in widget.toHtml():
            yield "a picture in a text"
    elif isinstance(widget, QMenu):
        yield from _menu(widget)
    if isinstance(widget, (QAbstractItemView, QComboBox)) and widget.model() is not None:
        yield from _model(widget.model())


def _label(label: QLabel) -> Iterator[str]:
    words = label.text()
    if label.textFormat() == Qt.TextFormat.AutoText and words:
        yield f"a label that guesses: {words[:60]!r}"
    if label.textFormat() == Qt.TextFormat.RichText:
        for tag in ("<img", "<b>", "<i>"):
            if tag in words or (tag in unescape(words) and tag not in unescape(words.replace("&amp;", "&"))):
                yield f"a label with {tag}"
    if len(words) > 6 * LONGEST:
        yield f"a label of {len(words)} characters"
    if "\u202e" in words:
        yield "a label that turns around"


def _menu(menu: QMenu) -> Iterator[str]:
    for action in menu.actions():
        if "&" in action.text().replace("&&", ""):
            yield f"a shortcut in {action.text()!r}"


def _model(model: QAbstractItemModel) -> Iterator[str]:
    for row in range(min(model.rowCount(QModelIndex()), 20)):
        for column in range(min(model.columnCount(QModelIndex()), 40)):
            index = model.index(row, column)
            tip = str(index.data(Qt.ItemDataRole.ToolTipRole) or "")
            if guessed_rich(tip) or len(tip) > 4_000:
                yield f"tool tip of an item {tip[:80]!r}"
            shown = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
            if len(shown) > 4_000 or "\u202e" in shown:
                yield f"an item {shown[:80]!r} of {len(shown)} characters"
