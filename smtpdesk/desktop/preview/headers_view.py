"""The headers of a message, decoded, in their order."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import box, clear, hbox, scroll, text, vbox
from smtpdesk.desktop.theme import look


class HeadersView(QWidget):
    """``view.set(back.headers)``: names at the side, values that can be selected and copied."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        area = scroll(box(vbox(hbox((self._grid, 1)), None, margins=(20, 12, 16, 12))), _("Headers"))
        self.setLayout(vbox((area, 1), gap=0))

    def set(self, headers: Sequence[tuple[str, str]]) -> None:
        """Show these headers."""
        clear(self._grid)
        flags = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        for row, (name, value) in enumerate(headers):
            label = text(name, "caption", "3")
            self._grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            shown = QLabel(_breakable(value))
            shown.setTextFormat(Qt.TextFormat.PlainText)
            shown.setFont(look.mono())
            shown.setProperty("mono", "true")
            shown.setWordWrap(True)
            shown.setTextInteractionFlags(flags)
            shown.setAccessibleName(f"{name}: {value}")
            self._grid.addWidget(shown, row, 1)


def _breakable(value: str) -> str:
    """Long addresses may break after their punctuation, so that a narrow pane shows them whole."""
    return "".join(f"{letter}\u200b" if letter in "@/?&=;,." else letter for letter in value)
