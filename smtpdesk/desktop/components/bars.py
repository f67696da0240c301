"""A stacked bar, and a thin progress bar."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QWidget

from smtpdesk.desktop.components.layout import vr
from smtpdesk.desktop.theme import look

#: Pixels that the smallest share gets, and that stand between two.
LEAST, GAP = 4.0, 2.0


def widths(shares: Sequence[float], whole: float, least: float = LEAST, gap: float = GAP) -> list[float]:
    """How wide each share is drawn in a bar of ``whole`` pixels: none so small that it is not seen.

    What the small ones get more than their share the largest gives, so that the last one stays inside the bar.
    """
    wide = [max(share * whole, least) for share in shares]
    over = sum(wide) + gap * (len(wide) - 1) - whole
    if over > 0 and wide:
        wide[wide.index(max(wide))] -= over
    return wide


class StackedBar(QWidget):
    """Shares of a whole: ``StackedBar([(0.61, "okFill"), (0.02, "badFill")])``; the rest stays track.

    A share above nothing is at least 4 px wide, and stays inside the bar. With one part it is a progress bar.
    """

    def __init__(self, parts: Sequence[tuple[float, str]] = (), height: int = 10, name: str = "") -> None:
        super().__init__()
        self._parts: tuple[tuple[float, str], ...] = ()
        self.setFixedHeight(height)
        self.set_parts(parts, name)

    def set_parts(self, parts: Sequence[tuple[float, str]], name: str = "") -> None:
        """Other shares (0 to 1, colour token), and what a screen reader says of them."""
        if name:
            self.setAccessibleName(name)
        if tuple(parts) != self._parts:
            self._parts = tuple(parts)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The parts from the leading edge, 2 px apart, in a rounded track."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        path = QPainterPath()
        path.addRoundedRect(rect, rect.height() / 2, rect.height() / 2)
        painter.setClipPath(path)
        painter.fillRect(rect, look.color("track"))
        shown = [part for part in self._parts if part[0] > 0]
        x = 0.0
        for width, (_share, token) in zip(widths([share for share, _token in shown], rect.width()), shown, strict=True):
            painter.fillRect(QRectF(vr(self, x, 0, width, rect.height())), look.color(token))
            x += width
            if len(shown) > 1:
                painter.fillRect(QRectF(vr(self, x, 0, GAP, rect.height())), look.color("surface"))
                x += GAP
