"""The SMTP dialogue as it was spoken, with secrets already masked where it was recorded."""

from __future__ import annotations

import html
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QFrame, QTextEdit

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components.plain import TIP, one_line
from smtpdesk.desktop.theme import look

#: (time, direction, words, colour token): ("14:31:07.112", "←", "220 mx ready", "text").
TranscriptRow = tuple[str, str, str, str]


class Transcript(QTextEdit):
    """``set_rows(rows)`` or ``add_rows(more)``; scrolls with the newest line unless the person scrolled up.

    Selectable, always left to right. :meth:`plain` gives it for the clipboard.
    """

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self._rows: list[TranscriptRow] = []
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(look.mono())
        self.setProperty("mono", "true")
        self.viewport().setAutoFillBackground(False)
        self.setStyleSheet("background: transparent;")
        self.setAccessibleName(name or _("Transcript"))
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setLineWrapMode(QTextEdit.LineWrapMode.NoWrap)
        self.document().setDocumentMargin(0)
        look.changed.connect(self._fill)

    def set_rows(self, rows: Sequence[TranscriptRow]) -> None:
        """Start anew."""
        self._rows = list(rows)
        self._fill()

    def add_rows(self, rows: Sequence[TranscriptRow]) -> None:
        """Add lines at the end."""
        if rows:
            self._rows.extend(rows)
            self._fill()

    def rows(self) -> list[TranscriptRow]:
        """The lines shown."""
        return list(self._rows)

    def plain(self) -> str:
        """All lines as plain text."""
        return "\n".join(f"{time}  {direction}  {words}".strip() for time, direction, words, _token in self._rows)

    def _fill(self) -> None:
        bar = self.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 4
        self.setHtml("".join(self._line(row) for row in self._rows))
        if at_end:
            self.moveCursor(QTextCursor.MoveOperation.End)
            bar.setValue(bar.maximum())
            self.horizontalScrollBar().setValue(0)

    @staticmethod
    def _line(row: TranscriptRow) -> str:
        time, direction, words, token = row
        grey = look.hex("text3")
        body = look.hex("text2" if token == "text3" else token)
        sign = look.hex(token)
        return (
            f'<div style="white-space:pre"><span style="color:{grey}">{html.escape(time)}</span>  '
            f'<span style="color:{sign}">{html.escape(direction or " ")}</span>  '
            f'<span style="color:{body}">{html.escape(one_line(words, TIP))}</span></div>'
        )
