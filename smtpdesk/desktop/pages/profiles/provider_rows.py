"""The providers in groups and columns: quiet rows that arrow keys walk through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from smtpdesk.desktop.components import Button, Elide, box, clear, hbox, text, vbox
from smtpdesk.providers import Provider
from smtpdesk.providers.words import kind_words

#: The groups in the order of the page.
KINDS = ("mailbox", "relay", "other")
_STEPS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}  # fmt: skip


class ProviderRow(Button):
    """A provider's name and the one line that matters. ``stepped(row, across, down)`` for an arrow key."""

    stepped = Signal(object, int, int)

    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self.provider = provider
        self.setProperty("row", "true")
        self.setFixedHeight(48)
        self.setAccessibleName(f"{provider.name}. {provider.summary}")
        words = box(vbox(None, Elide(provider.name, "strong"), Elide(provider.summary, "caption", "2"), None, gap=1))
        self.setLayout(hbox((words, 1), margins=(10, 3, 8, 3)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys ask for a neighbour."""
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        across = -step[0] if self.isRightToLeft() else step[0]
        self.stepped.emit(self, across, step[1])


class ProviderRows(QWidget):
    """``chosen(str)`` gives an id; ``left()`` when the person goes up from the first line; ``focused(QWidget)``."""

    chosen = Signal(str)
    left = Signal()
    focused = Signal(QWidget)

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[Provider] = []
        self._lines: list[list[ProviderRow]] = []
        self._columns = 3
        self._kinds = list(KINDS)
        self._column = vbox(gap=4)
        self.setLayout(vbox(self._column, None, gap=0, margins=(0, 0, 8, 8)))

    def show_providers(self, providers: Iterable[Provider], *, own_first: bool = False) -> None:
        """Show these, in their groups; ``own_first``: a server that is nobody's preset is the likely one."""
        self._shown = list(providers)
        self._kinds = sorted(KINDS, key=lambda kind: kind != "other") if own_first else list(KINDS)
        self._fill()

    def set_columns(self, columns: int) -> None:
        """As many as the width allows."""
        if columns != self._columns:
            self._columns = columns
            self._fill()

    def _fill(self) -> None:
        clear(self._column)
        self._lines = []
        for kind in self._kinds:
            group = [provider for provider in self._shown if provider.kind == kind]
            if group:
                head = box(hbox(text(kind_words(kind), "caption", "3"), None, margins=(10, 0, 0, 0)))
                head.setFixedHeight(24)
                self._column.addWidget(head)
                self._column.addLayout(self._group(group))
                self._column.addSpacing(6)

    def _group(self, group: Sequence[Provider]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        for start in range(0, len(group), self._columns):
            line = [self._row(provider) for provider in group[start : start + self._columns]]
            for place, row in enumerate(line):
                grid.addWidget(row, start // self._columns, place)
            self._lines.append(line)
        for column in range(self._columns):
            grid.setColumnStretch(column, 1)
        return grid

    def _row(self, provider: Provider) -> ProviderRow:
        made = ProviderRow(provider)
        made.clicked.connect(lambda _checked=False: self.chosen.emit(provider.id))
        made.stepped.connect(self._step)
        return made

    def _step(self, row: ProviderRow, across: int, down: int) -> None:
        at = next(number for number, line in enumerate(self._lines) if row in line)
        place = self._lines[at].index(row)
        if down:
            at += down
            if at < 0:
                self.left.emit()
                return
        else:
            flat = sum(len(line) for line in self._lines[:at]) + place + across
            every = [each for line in self._lines for each in line]
            self._focus(every[max(0, min(flat, len(every) - 1))])
            return
        if at < len(self._lines):
            self._focus(self._lines[at][min(place, len(self._lines[at]) - 1)])

    def _focus(self, row: ProviderRow) -> None:
        row.setFocus(Qt.FocusReason.TabFocusReason)
        self.focused.emit(row)

    def focus_first(self) -> None:
        """Begin with the first row."""
        if self._lines:
            self._focus(self._lines[0][0])

    def names(self) -> list[str]:
        """The names on show, in order."""
        return [row.provider.name for line in self._lines for row in line]
