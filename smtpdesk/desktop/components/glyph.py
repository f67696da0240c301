"""Icons as widgets, and which icon stands for which status."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from smtpdesk.desktop.theme import pixmap

#: Icon of a status: the four signals, then waiting, running and plain information.
STATUS = {
    "ok": "circle-check",
    "warn": "triangle-alert",
    "bad": "circle-x",
    "unsure": "circle-question-mark",
    "wait": "circle-dashed",
    "run": "loader-circle",
    "accent": "info",
    "info": "info",
}


def status_color(tone: str) -> str:
    """The token for the icon of a status."""
    if tone in ("ok", "warn", "bad", "unsure"):
        return f"{tone}Fill"
    return "accentText" if tone in ("accent", "info", "run") else "text3"


class Glyph(QWidget):
    """An icon. Painted, not set as a picture: it follows theme and screen scale by itself.

    ``Glyph("send", "accentText", 18)``; decorative, so screen readers skip it unless ``name`` is given.
    """

    def __init__(self, icon: str, color: str = "text2", size: int = 16, name: str = "") -> None:
        super().__init__()
        self._icon, self._color, self._size = icon, color, size
        self.setFixedSize(size, size)
        self.setAccessibleName(name)

    @classmethod
    def status(cls, tone: str, size: int = 16) -> Glyph:
        """The icon of a status: ok, warn, bad, unsure, wait, run, info."""
        return cls(STATUS[tone], status_color(tone), size)

    def set_icon(self, icon: str, color: str | None = None) -> None:
        """Another icon, and another colour if given."""
        if (icon, color or self._color) != (self._icon, self._color):
            self._icon, self._color = icon, color or self._color
            self.update()

    def set_status(self, tone: str) -> None:
        """Show a status; see :meth:`status`."""
        self.set_icon(STATUS[tone], status_color(tone))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The icon in the present colours."""
        colour = self._color if self.isEnabled() else "disabled"
        QPainter(self).drawPixmap(0, 0, pixmap(self._icon, colour, self._size, self.devicePixelRatioF()))
