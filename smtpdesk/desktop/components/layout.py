"""Layouts in one line, hairlines, scroll areas, and the mirror for right-to-left painting."""

from __future__ import annotations

from typing import TypeAlias

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLayout, QScrollArea, QStyle, QVBoxLayout, QWidget

#: What a row or column is made of: a widget, a layout, ``(either, stretch)``, pixels, or None for a stretch.
Item: TypeAlias = QWidget | QLayout | tuple[QWidget | QLayout, int] | int | None
Margins: TypeAlias = int | tuple[int, int, int, int]

#: Painters mirror AlignLeft themselves in right-to-left layouts (unless AlignAbsolute is given).
LEADING = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
TRAILING = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


def _add(layout: QBoxLayout, item: Item) -> None:
    if item is None:
        layout.addStretch(1)
    elif isinstance(item, int):
        layout.addSpacing(item)
    elif isinstance(item, QWidget):
        layout.addWidget(item)
    elif isinstance(item, QLayout):
        layout.addLayout(item)
    else:
        part, stretch = item
        if isinstance(part, QWidget):
            layout.addWidget(part, stretch)
        else:
            layout.addLayout(part, stretch)


def _fill(layout: QBoxLayout, items: tuple[Item, ...], gap: int, margins: Margins) -> None:
    layout.setSpacing(gap)
    left, top, right, bottom = margins if isinstance(margins, tuple) else (margins,) * 4
    layout.setContentsMargins(left, top, right, bottom)
    for item in items:
        _add(layout, item)


def hbox(*items: Item, gap: int = 8, margins: Margins = 0) -> QHBoxLayout:
    """A row: ``hbox(label, None, (field, 1), 12, button, gap=8, margins=(24, 0, 16, 0))``."""
    layout = QHBoxLayout()
    _fill(layout, items, gap, margins)
    return layout


def vbox(*items: Item, gap: int = 8, margins: Margins = 0) -> QVBoxLayout:
    """A column; items as in :func:`hbox`."""
    layout = QVBoxLayout()
    _fill(layout, items, gap, margins)
    return layout


def box(layout: QLayout, widget: QWidget | None = None) -> QWidget:
    """A plain widget (or the given one) around a layout."""
    widget = widget or QWidget()
    widget.setLayout(layout)
    return widget


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and delete it."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif inner is not None:
            clear(inner)


def rule(orientation: str = "h") -> QFrame:
    """A hairline, ``"h"`` or ``"v"``."""
    line = QFrame()
    line.setProperty("rule", orientation)
    return line


def scroll(content: QWidget, name: str) -> QScrollArea:
    """A frameless scroll area around ``content``; ``name`` is its accessible name. Never scrolls sideways."""
    area = QScrollArea()
    area.setAccessibleName(name)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(content)
    return area


def vr(widget: QWidget, x: float, y: float, width: float, height: float) -> QRect:
    """A logical rectangle as a visual one: every custom paint goes through here, so right-to-left mirrors."""
    rect = QRect(round(x), round(y), round(width), round(height))
    return QStyle.visualRect(widget.layoutDirection(), widget.rect(), rect)


def restyle(widget: QWidget) -> None:
    """Let the style sheet look again after a property was changed."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()
