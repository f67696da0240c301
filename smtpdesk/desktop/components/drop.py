"""A target for files dragged in from the desktop."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QRectF, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QLayout, QVBoxLayout

from smtpdesk.desktop.theme import look


def dropped_files(data: QMimeData, suffixes: Sequence[str] = ()) -> list[Path]:
    """The local files in what is dragged; only those with one of the suffixes (``".csv"``), if any are given."""
    files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return [file for file in files if not suffixes or file.suffix.lower() in suffixes]


class Drop(QFrame):
    """A dashed field that takes files: ``Drop(layout, (".csv", ".xlsx"))``; ``dropped(list[Path])``.

    While a fitting file is dragged over it the outline turns into the accent colour. ``bare=True`` draws nothing
    until then: for a whole page as target.
    """

    dropped = Signal(list)

    def __init__(self, layout: QLayout | None = None, suffixes: Sequence[str] = (), bare: bool = False) -> None:
        super().__init__()
        self.setLayout(layout or QVBoxLayout())
        self.setAcceptDrops(True)
        self._suffixes = tuple(suffixes)
        self._bare = bare
        self._over = False

    def _set_over(self, over: bool) -> None:
        if over != self._over:
            self._over = over
            self.update()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome files that fit."""
        if dropped_files(event.mimeData(), self._suffixes):
            event.acceptProposedAction()
            self._set_over(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Back to normal."""
        self._set_over(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Hand over what was dropped."""
        self._set_over(False)
        files = dropped_files(event.mimeData(), self._suffixes)
        if files:
            event.acceptProposedAction()
            self.dropped.emit(files)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A dashed outline; solid accent while something hovers."""
        if self._bare and not self._over:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(look.color("accentWash" if self._over else "sunken"))
        pen = QPen(look.color("accent" if self._over else "lineField"), 1.6 if self._over else 1.3)
        pen.setDashPattern([4, 4])
        painter.setPen(pen if not self._over else QPen(look.color("accent"), 1.6))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 12, 12)
