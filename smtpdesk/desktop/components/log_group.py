"""One cause in the log: closed a single line, open the explanation, the server's words and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components.buttons import button
from smtpdesk.desktop.components.chip import Chip
from smtpdesk.desktop.components.glyph import Glyph
from smtpdesk.desktop.components.layout import box, clear, hbox, vbox
from smtpdesk.desktop.components.server_words import ServerWords
from smtpdesk.desktop.components.text import Elide, text


class LogGroup(QFrame):
    """``LogGroup("bad", title)`` then :meth:`set` on every change; a click on the head opens and closes it.

    ``toggled(bool)`` tells the page; ``set_actions([button(…)])`` fills the row of remedies.
    """

    toggled = Signal(bool)

    def __init__(self, tone: str, title: str) -> None:
        super().__init__()
        self._tone, self._title = tone, title
        self._glyph = Glyph.status(tone, 17)
        self._name = Elide(title, "strong", hug=True)
        self._short_words = ""
        self._count = Chip("", tone)
        self._short = Elide("", "body", "3")
        self._when = text("", "caption", "3")
        self._chevron = button("", "quiet", "chevron-down", "small", tip=_("Show details"), clicked=self._toggle)
        head = hbox(self._glyph, self._name, self._count, (self._short, 1), self._when, self._chevron, gap=9)
        self._why = text("", "body", "2", wrap=True)
        self._words = ServerWords()
        self._actions = hbox(gap=8)
        inner = vbox(self._why, self._words, 2, self._actions, gap=8, margins=(0, 0, 0, 3))
        self._body = box(hbox(26, (box(inner), 1), gap=0))
        self._body.hide()
        self.setLayout(vbox(head, self._body, gap=9, margins=(14, 7, 10, 7)))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._body.setCursor(Qt.CursorShape.ArrowCursor)

    def set(self, count: str, when: str, short: str, why: str, words: str, who: str = "") -> None:
        """How many people ("9 people"), when last, one short line, the explanation, and the server's words."""
        self._count.set(count, self._tone)
        self._when.set_text(when)
        self._short_words = short
        self._short.set_text("" if self.is_open() else short)
        self._why.set_text(why)
        self._words.setVisible(bool(words))
        self._words.set(words, who)
        self.setAccessibleName(f"{self._title}, {count}")
        self._chevron.setAccessibleName(_("Show details of: {title}").format(title=self._title))

    def set_actions(self, actions: Sequence[QWidget]) -> None:
        """The remedies, in order; the first is the usual one."""
        clear(self._actions)
        for action in actions:
            self._actions.addWidget(action)
        self._actions.addStretch(1)

    def is_open(self) -> bool:
        """Whether the details are shown."""
        return not self._body.isHidden()

    def set_open(self, opened: bool) -> None:
        """Open or close without ``toggled``."""
        self._body.setVisible(opened)
        self._short.set_text("" if opened else self._short_words)
        self._chevron.set_glyph("chevron-up" if opened else "chevron-down", "text3", size=15)

    def _toggle(self) -> None:
        self.set_open(not self.is_open())
        self.toggled.emit(self.is_open())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on the head."""
        if event.button() == Qt.MouseButton.LeftButton and event.position().y() < 42:
            self._toggle()
