"""Labels in the type scale: :func:`text` for most, :class:`Elide` for one line that may be cut."""

from __future__ import annotations

import html

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QTextLayout
from PySide6.QtWidgets import QLabel, QSizePolicy

from smtpdesk.desktop.components.layout import LEADING, restyle
from smtpdesk.desktop.components.plain import TIP, one_line, paragraph, set_tip, unmarked
from smtpdesk.desktop.theme import look

_FONT_ROLES = ("caption", "section", "title", "stat", "display")


class Text(QLabel):
    """Plain text; never reads mark-up from what it is given.

    ``role``: caption, body, strong, section, title, stat, display. ``tone``: "" (text), 2, 3, ok, warn, bad,
    unsure, accent. Wrapped text gets a line height of 130 %, which QLabel does not know by itself.
    """

    def __init__(self, sentence: str = "", role: str = "body", tone: str = "", wrap: bool = False) -> None:
        super().__init__()
        self._sentence = ""
        self.setProperty("role", role)
        self.setProperty("tone", tone)
        self.setWordWrap(wrap)
        self.setFont(look.font(role if role in _FONT_ROLES else "body"))
        self.setTextFormat(Qt.TextFormat.RichText if wrap else Qt.TextFormat.PlainText)
        self.set_text(sentence)

    def set_text(self, sentence: str) -> None:
        """Show another sentence."""
        sentence = paragraph(sentence)
        if sentence == self._sentence and self.text():
            return
        self._sentence = sentence
        if self.wordWrap():
            lines = html.escape(sentence).replace("\n", "<br>")
            self.setText(f'<p style="line-height:130%;margin:0">{lines}</p>' if sentence else "")
            self.setAccessibleName(sentence)
        else:
            self.setText(sentence)

    def sentence(self) -> str:
        """The text as it was given."""
        return self._sentence

    def set_tone(self, tone: str) -> None:
        """Another tone: "", 2, 3, ok, warn, bad, unsure, accent."""
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            restyle(self)


def text(sentence: str = "", role: str = "body", tone: str = "", wrap: bool = False) -> Text:
    """A label: ``text(_("Recipients"), "section")``, ``text(hint, "caption", "3", wrap=True)``."""
    return Text(sentence, role, tone, wrap)


class Elide(QLabel):
    """One line (or two, see :meth:`set_lines`) that gives way: cut with an ellipsis, whole in the tool tip and name.

    Use it for names, addresses and subjects, in a layout with stretch: ``hbox((Elide(name, "strong"), 1), chip)``.
    ``hug=True`` never takes more room than its words need, so that what follows stands close by.
    """

    def __init__(
        self,
        sentence: str = "",
        role: str = "body",
        tone: str = "",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        hug: bool = False,
    ) -> None:
        super().__init__()
        self._mode, self._lines = mode, 1
        self.setProperty("role", role)
        self.setProperty("tone", tone)
        self.setFont(look.font(role if role in _FONT_ROLES else "body"))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setMinimumWidth(24)
        wide = QSizePolicy.Policy.Maximum if hug else QSizePolicy.Policy.Ignored
        self.setSizePolicy(wide, QSizePolicy.Policy.Preferred)
        self.set_text(sentence)

    def set_text(self, sentence: str) -> None:
        """Show another line."""
        sentence = one_line(sentence, TIP)
        self.setText(sentence)
        self.setAccessibleName(sentence)

    def set_lines(self, lines: int) -> None:
        """How many lines it may take (1 or 2) before it is cut."""
        if lines != self._lines:
            self._lines = lines
            self.updateGeometry()
            self.update()

    def set_tone(self, tone: str) -> None:
        """Another tone, as in :class:`Text`."""
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            restyle(self)

    def minimumSizeHint(self) -> QSize:
        """As narrow as the layout likes."""
        return QSize(24, super().minimumSizeHint().height() + (self._lines - 1) * self.fontMetrics().lineSpacing())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The line, cut to the present width; the tool tip only where something was cut."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        shown = self._cut(self.text())
        tip = unmarked(self.text()) if shown.replace("\n", "") != self.text() else ""
        if self.toolTip() != tip:
            set_tip(self, tip)
        painter.drawText(self.rect(), LEADING, shown)

    def _cut(self, sentence: str) -> str:
        """What fits, its lines parted by line breaks."""
        first = ""
        if self._lines > 1 and self.fontMetrics().horizontalAdvance(sentence) > self.width():
            layout = QTextLayout(sentence, self.font())
            layout.beginLayout()
            line = layout.createLine()
            line.setLineWidth(self.width())
            first = sentence[: line.textLength()]
            layout.endLayout()
        rest = self.fontMetrics().elidedText(sentence[len(first) :], self._mode, self.width())
        return f"{first}\n{rest}" if first else rest
