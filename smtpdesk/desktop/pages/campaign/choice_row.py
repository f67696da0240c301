"""A row that can be chosen: a list, or a profile."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from smtpdesk.desktop.components import Button, Chip, Elide, Text, box, hbox, text, vbox
from smtpdesk.desktop.components.layout import Item
from smtpdesk.desktop.theme import look, pixmap

_HEIGHT = 56
_SIZE = 16
_ROOM = 8


class _Mark(QWidget):
    """A radio button's dot or a check box's tick, painted: the row itself is what takes clicks and focus."""

    def __init__(self, row: Button, many: bool) -> None:
        super().__init__()
        self._row, self._many = row, many
        self.setFixedSize(QSize(_SIZE + 2, _SIZE + 2))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        row.toggled.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The mark in the present colours."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(1, 1, _SIZE, _SIZE)
        on = self._row.isChecked()
        if self._many:
            painter.setPen(QPen(look.color("accent" if on else "lineField"), 1))
            painter.setBrush(look.color("accent" if on else "surface"))
            painter.drawRoundedRect(rect, 4, 4)
            if on:
                painter.drawPixmap(3, 3, pixmap("check", "onAccent", 12, self.devicePixelRatioF()))
            return
        painter.setPen(QPen(look.color("accent" if on else "lineField"), 5 if on else 1))
        painter.setBrush(look.color("surface"))
        inset = 2.5 if on else 0
        painter.drawEllipse(rect.adjusted(inset, inset, -inset, -inset))


class Tile(Button):
    """A button like a card: a hairline around it, the accent's while it is chosen. Its content is a layout.

    ``height`` is the least; words that wrap make it taller. Make the layout with :func:`tile_row`.
    """

    def __init__(self, name: str, height: int) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(name)
        self._height = height
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)

    def sizeHint(self) -> QSize:
        """The height it was made with; the style sheet's least height of buttons would beat a fixed one."""
        return QSize(super().sizeHint().width(), self._height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The card in the present colours."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        over = self.underMouse() and self.isEnabled()
        edge = "accent" if self.isChecked() else "lineField" if over else "line"
        ground = "accentSoft" if self.isChecked() else "buttonPress" if self.isDown() else "raised"
        painter.setPen(QPen(look.color(edge), 1))
        painter.setBrush(look.color(ground))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)


def tile_row(*items: Item, height: int) -> QHBoxLayout:
    """The content of a tile, at least so high: where words wrap, Qt asks the layout and not the tile's size hint."""
    row = hbox(*items, gap=12, margins=(14, _ROOM, 14, _ROOM))
    row.addStrut(height - 2 * _ROOM)
    return row


def words_below(about: str) -> Text:
    """The quieter words of a tile: they wrap, and leave the mouse to the tile."""
    made = text(about, "caption", "2", wrap=True)
    made.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    return made


class ChoiceRow(Tile):
    """Title and a quieter line, with a radio button (or, with ``many``, a check box) before them, a chip after."""

    def __init__(self, title: str, about: str, many: bool = False, chip: Chip | None = None) -> None:
        super().__init__(f"{title}, {about}" + (f", {chip.label()}" if chip else ""), _HEIGHT)
        self.setCheckable(True)
        words = box(vbox(None, Elide(title, "strong"), words_below(about), None, gap=1))
        row = tile_row(_Mark(self, many), (words, 1), height=_HEIGHT)
        if chip is not None:
            row.addWidget(chip)
        self.setLayout(row)
