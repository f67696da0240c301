"""A rounded label for a state or a count."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from smtpdesk.desktop.components.layout import LEADING, vr
from smtpdesk.desktop.theme import look, pixmap

_HEIGHT = 20


def chip_colors(tone: str) -> tuple[QColor, str]:
    """Background colour and foreground token of a chip."""
    if tone in ("ok", "warn", "bad", "unsure"):
        return look.color(f"{tone}Soft"), tone
    if tone == "accent":
        return look.color("accentSoft"), "accentText"
    return look.color("hover"), "text2"


class Chip(QWidget):
    """``Chip(_("Sending"), "ok", "arrow-right")``. Tones: "", ok, warn, bad, unsure, accent.

    Colour never stands alone: the word, or the icon, carries the meaning. :meth:`set` changes it while shown.
    """

    def __init__(self, label: str, tone: str = "", icon: str | None = None) -> None:
        super().__init__()
        self._label, self._tone, self._icon = label, tone, icon
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(label)

    def set(self, label: str, tone: str | None = None, icon: str | None = None) -> None:
        """Other words; tone stays when not given, the icon goes when not given."""
        state = (label, self._tone if tone is None else tone, icon)
        if state != (self._label, self._tone, self._icon):
            self._label, self._tone, self._icon = state
            self.setAccessibleName(label)
            self.updateGeometry()
            self.update()

    def label(self) -> str:
        """The words on it."""
        return self._label

    def _font(self) -> QFont:
        return look.font("caption", QFont.Weight.Medium)

    def sizeHint(self) -> QSize:
        """As wide as its words."""
        width = QFontMetrics(self._font()).horizontalAdvance(self._label) + 17 + (17 if self._icon else 0)
        return QSize(width, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A pill, an icon, the words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        background, token = chip_colors(self._tone)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(background)
        painter.drawRoundedRect(self.rect(), _HEIGHT / 2, _HEIGHT / 2)
        x = 8
        if self._icon:
            painter.drawPixmap(vr(self, x - 1, 4, 12, 12), pixmap(self._icon, token, 12, self.devicePixelRatioF()))
            x += 16
        painter.setFont(self._font())
        painter.setPen(look.color(token))
        painter.drawText(vr(self, x, 0, self.width() - x, _HEIGHT), LEADING, self._label)
