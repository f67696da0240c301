"""The explanation of one answer: what happened, what to do, whose fault, whether it is tried again, the code."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desk.replies import Explained, again_words, fault_words, kind_words, misleading_words, stage_words
from smtpdesk.desktop.components import (
    Banner,
    Card,
    Chip,
    Glyph,
    ServerWords,
    box,
    button,
    clear,
    hbox,
    text,
    vbox,
)
from smtpdesk.desktop.components.plain import set_tip
from smtpdesk.desktop.pages.sending import words
from smtpdesk.desktop.theme import look
from smtpdesk.domain.delivery import Blame
from smtpdesk.smtp.status_codes import CodePart

_LABEL, _PART = 112, 64
#: Wider lines are hard to read.
_WIDEST = 680
_BLAME_ICONS = {
    Blame.NONE: "check",
    Blame.RECIPIENT: "user",
    Blame.MESSAGE: "mail",
    Blame.PROFILE: "key-round",
    Blame.RELAY: "server",
    Blame.NETWORK: "unplug",
}


class Answer(QWidget):
    """``set(explained, provider_name)``; ``domain_wanted()`` asks for the page about the sending domain."""

    domain_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._chip = Chip("")
        self.title = text("", "title", wrap=True)
        self._why = text("", "body", "2", wrap=True)
        self.note = Banner("warn", _("A misleading code"))
        self._advice = text("", "body", wrap=True)
        link = button(_("Look at the sending domain"), "", "shield-check", "small", clicked=self.domain_wanted.emit)
        self.domain = box(hbox(link, None, margins=(0, 4, 0, 0)))
        head = hbox(Glyph("lightbulb", "accentText", 16), text(_("What to do"), "strong"), None, gap=8)
        self._todo = Card(vbox(head, self._advice, self.domain, gap=6, margins=(14, 11, 14, 12)), "accent")
        self._facts = _grid()
        self._words = ServerWords()
        self._parts = _grid()
        self._codes = Card(
            vbox(text(_("The code, part by part"), "strong"), 2, self._parts, gap=6, margins=(14, 11, 14, 12))
        )
        self._source = text("", "caption", "3", wrap=True)
        self._source.setAccessibleName(_("Known from"))
        self._source.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = vbox(
            hbox(self._chip, None),
            self.title,
            self._why,
            self.note,
            4,
            self._todo,
            4,
            self._facts,
            6,
            self._words,
            4,
            self._codes,
            self._source,
            None,
            gap=8,
            margins=(28, 20, 24, 20),
        )
        page = box(column)
        page.setMaximumWidth(_WIDEST)
        self.setLayout(hbox((page, 100), None, gap=0))

    def set(self, found: Explained, provider: str) -> None:
        """Show an explanation."""
        meaning = found.meaning
        self._chip.set(kind_words(found), words.TONES[meaning.kind.value])
        self.title.set_text(meaning.title)
        self._why.set_text(meaning.explanation)
        self.note.set("warn", _("A misleading code"), misleading_words(found))
        self.note.setVisible(found.misleading)
        self._todo.setVisible(bool(meaning.advice))
        self._advice.set_text(meaning.advice)
        self.domain.setVisible(found.about_domain)
        where = stage_words(found.stage)
        if not found.stage_known:
            where = _("Probably {stage}").format(stage=where)
        _fill(
            self._facts,
            _LABEL,
            [
                (_("Whose fault"), fault_words(meaning.blame), _BLAME_ICONS[meaning.blame]),
                (_("Tried again"), again_words(found), "refresh-cw"),
                (_("When it came"), where[:1].upper() + where[1:], "messages-square"),
                (_("Provider"), provider if found.provider else "", "globe"),
            ],
        )
        self._words.set(found.reply.said)
        parts = (*found.basic, *found.enhanced)
        self._codes.setVisible(bool(parts))
        _fill_parts(self._parts, parts)
        self._source.set_text(_("Known from: {source}").format(source=found.source))


def _grid() -> QGridLayout:
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(7)
    grid.setColumnStretch(2, 1)
    return grid


def _fill(grid: QGridLayout, width: int, rows: Iterable[tuple[str, str, str]]) -> None:
    clear(grid)
    top = Qt.AlignmentFlag.AlignTop
    for row, (name, value, icon) in enumerate(each for each in rows if each[1]):
        label = text(name, "body", "3")
        label.setFixedWidth(width - 28)
        grid.addWidget(Glyph(icon, "text3", 16), row, 0, top)
        grid.addWidget(label, row, 1, top)
        grid.addWidget(text(value, "body", wrap=True), row, 2, top)


def _fill_parts(grid: QGridLayout, parts: Iterable[CodePart]) -> None:
    clear(grid)
    top = Qt.AlignmentFlag.AlignTop
    for row, part in enumerate(parts):
        shown = text(part.shown, "body", "accent")
        shown.setFont(look.mono())
        shown.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        shown.setFixedWidth(_PART)
        grid.addWidget(shown, row, 0, top)
        meant = text(part.means, "body", "2", wrap=True)
        set_tip(meant, part.source)
        grid.addWidget(meant, row, 2, top)
