"""Choosing one of a few: segmented control, tabs, filter chips. Arrow keys move, as in every button group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QFrame, QPushButton, QSizePolicy, QWidget

from smtpdesk.desktop.components.buttons import Button
from smtpdesk.desktop.components.layout import hbox
from smtpdesk.desktop.components.plain import set_tip

#: A label, or (label, Lucide icon): with an icon the label becomes tool tip and accessible name.
Segment: TypeAlias = str | tuple[str, str]


class SegmentedControl(QFrame):
    """``SegmentedControl([_("By cause"), _("By time")], name=_("Group the log"))``; ``picked(int)`` on a click."""

    picked = Signal(int)

    def __init__(self, items: Sequence[Segment], current: int = 0, name: str = "", tall: bool = False) -> None:
        super().__init__()
        self.setProperty("seg", "true")
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._group = QButtonGroup(self)
        row = hbox(gap=2, margins=2)
        self.setLayout(row)
        for index, item in enumerate(items):
            made = self._segment(item, tall)
            made.setChecked(index == current)
            self._group.addButton(made, index)
            row.addWidget(made)
        self._group.idClicked.connect(self.picked)

    @staticmethod
    def _segment(item: Segment, tall: bool) -> Button:
        label, icon = item if isinstance(item, tuple) else (item, None)
        made = Button("" if icon else label)
        made.setCheckable(True)
        made.setProperty("segbtn", "true")
        made.setProperty("dim", "tall" if tall else "")
        made.setAccessibleName(label)
        if icon:
            made.set_glyph(icon, "text3", "text", 15)
            set_tip(made, label)
            made.setProperty("bare", "true")
            made.setFixedWidth(32)
        return made

    def current(self) -> int:
        """Index of the chosen segment."""
        return self._group.checkedId()

    def segment(self, index: int) -> QAbstractButton:
        """The button of a segment, to hide one that does not fit."""
        return self._group.button(index)

    def set_current(self, index: int) -> None:
        """Choose a segment without ``picked``."""
        self._group.button(index).setChecked(True)


class Tabs(QWidget):
    """``Tabs([_("HTML"), _("Text")])``; ``picked(int)`` on a click. Put a ``rule()`` below it."""

    picked = Signal(int)

    def __init__(self, items: Sequence[str], current: int = 0, name: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        row = hbox(gap=18)
        self.setLayout(row)
        for index, label in enumerate(items):
            made = Button(label)
            made.setCheckable(True)
            made.setChecked(index == current)
            made.setProperty("tab", "true")
            made.setAccessibleName(label)
            self._group.addButton(made, index)
            row.addWidget(made)
        row.addStretch(1)
        self._group.idClicked.connect(self.picked)

    def current(self) -> int:
        """Index of the chosen tab."""
        return self._group.checkedId()

    def set_current(self, index: int) -> None:
        """Choose a tab without ``picked``."""
        self._group.button(index).setChecked(True)

    def set_label(self, index: int, label: str) -> None:
        """Change a tab's words, e.g. to add a count."""
        self._group.button(index).setText(label)
        self._group.button(index).setAccessibleName(label)


class FilterChips(QWidget):
    """Rounded filters with counts: ``chips.set_items([("ready", _("Ready"), 2418)])``; ``picked(str)`` gives the key.

    Setting items again keeps the chosen key and the keyboard focus, so it may be called on every change.
    """

    picked = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        self._row = hbox(gap=6)
        self.setLayout(self._row)
        self._row.addStretch(1)
        self._group.buttonClicked.connect(self._clicked)

    def set_items(self, items: Sequence[tuple[str, str, int | None]], current: str | None = None) -> None:
        """Show (key, label, count or None) in this order; the first is chosen when nothing else is."""
        keys = [key for key, _label, _count in items]
        chosen = current if current is not None else self.current()
        for key in [key for key in self._buttons if key not in keys]:
            gone = self._buttons.pop(key)
            self._group.removeButton(gone)
            gone.deleteLater()
        for place, (key, label, count) in enumerate(items):
            made = self._buttons.get(key) or self._make(key)
            words = label if count is None else f"{label}  {count:,}"
            if made.text() != words:
                made.setText(words)
                made.setAccessibleName(words)
            self._row.insertWidget(place, made)
        if keys:
            self._buttons[chosen if chosen in self._buttons else keys[0]].setChecked(True)

    def _make(self, key: str) -> QPushButton:
        made = Button()
        made.setCheckable(True)
        made.setProperty("filter", "true")
        made.setProperty("key", key)
        self._group.addButton(made)
        self._buttons[key] = made
        return made

    def _clicked(self, chosen: QPushButton) -> None:
        self.picked.emit(str(chosen.property("key")))

    def current(self) -> str:
        """Key of the chosen filter, "" when there is none."""
        chosen = self._group.checkedButton()
        return str(chosen.property("key")) if chosen is not None else ""

    def set_current(self, key: str) -> None:
        """Choose a filter without ``picked``."""
        if key in self._buttons:
            self._buttons[key].setChecked(True)
