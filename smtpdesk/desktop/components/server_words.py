"""What a server said, word for word."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components.layout import vbox
from smtpdesk.desktop.components.plain import TIP, one_line, paragraph
from smtpdesk.desktop.components.text import text
from smtpdesk.desktop.theme import look


class ServerWords(QFrame):
    """``ServerWords("550 5.1.1 no such user", _("{host} said").format(…))``: verbatim, selectable, left to right."""

    def __init__(self, words: str = "", who: str = "") -> None:
        super().__init__()
        self.setProperty("card", "sunken")
        self._who = text("", "caption", "3")
        self._words = QLabel()
        self._words.setFont(look.mono())
        self._words.setProperty("mono", "true")
        flags = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        self._words.setTextInteractionFlags(flags)
        self._words.setWordWrap(True)
        self._words.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self.setLayout(vbox(self._who, self._words, gap=3, margins=(11, 7, 11, 8)))
        self.set(words, who)

    def set(self, words: str, who: str = "") -> None:
        """Other words."""
        who = who or _("The server's words")
        self._who.set_text(who)
        self._words.setText(paragraph(words))
        self._words.setAccessibleName(one_line(f"{who}: {words}", TIP))
