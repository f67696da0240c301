"""The panel beside a table: one line of the log, or one person, with all words of the server."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from smtpdesk.base.clock import local_time
from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import (
    Chip,
    Elide,
    ServerWords,
    Text,
    box,
    button,
    clear,
    hbox,
    rule,
    scroll,
    text,
    vbox,
)
from smtpdesk.desktop.pages.profiles.words import shown_name
from smtpdesk.desktop.pages.sending import words
from smtpdesk.desktop.pages.sending.meanings import Meanings
from smtpdesk.domain.delivery import LogRow, ReportRow

WIDTH = 320
_LABEL = 84
#: Attempts of one person that are listed.
_MOST_ATTEMPTS = 12


class Details(QFrame):
    """``show_line(row)`` or ``show_person(row, attempts)``; ``closed`` when the person shuts it.

    ``explain(words, stage, profile)`` when they want to read more about the server's answer.
    """

    closed = Signal()
    explain = Signal(str, str, str)

    def __init__(self, meanings: Meanings) -> None:
        super().__init__()
        self._meanings = meanings
        self.setAccessibleName(_("Details"))
        self._who = Elide("", "strong", mode=Qt.TextElideMode.ElideMiddle)
        self._chip = Chip("")
        self._shut = button("", "quiet", "x", "small", tip=_("Close the details"), clicked=self._close)
        self._title = text("", "strong", wrap=True)
        self._why = text("", "body", "2", wrap=True)
        self._advice = text("", "body", "", wrap=True)
        self._words = ServerWords()
        self._asked = ("", "", "")
        self.more = button(_("More about this answer"), "link", "book-open", "small", clicked=self._explain)
        self._facts = QGridLayout()
        self._facts.setContentsMargins(0, 0, 0, 0)
        self._facts.setHorizontalSpacing(14)
        self._facts.setVerticalSpacing(5)
        self._facts.setColumnStretch(1, 1)
        self._attempts_title = text(_("Attempts"), "strong")
        self._attempts = vbox(gap=5)
        self._chip_row = hbox(self._chip, None)
        head = box(hbox((self._who, 1), self._shut, gap=6, margins=(16, 0, 10, 0)))
        head.setFixedHeight(34)
        column = vbox(
            self._chip_row,
            self._title,
            self._why,
            self._advice,
            self._words,
            hbox(self.more, None),
            2,
            self._facts,
            4,
            self._attempts_title,
            self._attempts,
            None,
            gap=7,
            margins=(16, 12, 14, 14),
        )
        self._area = scroll(box(column), _("Details"))
        self.setLayout(vbox(head, rule(), (self._area, 1), gap=0))
        self.setFixedWidth(WIDTH)

    def _close(self) -> None:
        self.hide()
        self.closed.emit()

    def show_line(self, row: LogRow) -> None:
        """One attempt."""
        self._head(row.address, words.outcome(row.kind), words.TONES[row.kind.value], row.cause)
        self._say(row.code, row.enhanced, row.text, row.stage, row.profile)
        facts = [
            (_("Time"), f"{words.day(row.at).capitalize()} {local_time(row.at)}"),
            (_("Line"), words.number(row.line) if row.line else ""),
            (_("Profile"), shown_name(row.profile)),
            (_("Step"), words.stage_title(row.stage)),
            (_("Took"), _took(row.seconds)),
        ]
        self._fill(facts)
        self._set_attempts(())
        self.show()

    def show_person(self, row: ReportRow, attempts: Sequence[LogRow]) -> None:
        """One person, and what was tried."""
        word, tone = words.delivery_state(row.state, row.attempts)
        self._head(row.address, word, tone, row.cause)
        self._title.setVisible(bool(row.cause))
        self._why.setVisible(bool(row.cause))
        self._say(row.code, row.enhanced, row.text if row.attempts else "", row.stage, row.profile)
        facts = [
            (_("Line"), words.number(row.line) if row.line else ""),
            (_("Profile"), shown_name(row.profile)),
            (_("Last change"), words.moment(row.updated_at) if row.updated_at else ""),
            (_("Next try"), words.moment(row.due) if row.due else ""),
            *[(name, value) for name, value in row.fields.items() if value and value != row.address][:8],
        ]
        self._fill(facts)
        self._set_attempts(attempts)
        self.show()

    def _head(self, who: str, word: str, tone: str, cause: str) -> None:
        meaning = self._meanings.of(cause)
        self._who.set_text(words.isolated(who))
        self._chip.set(word, tone)
        self._title.setVisible(True)
        self._why.setVisible(True)
        self._title.set_text(meaning.title)
        self._why.set_text(meaning.explanation)
        self._advice.setVisible(bool(meaning.advice))
        self._advice.set_text(meaning.advice)
        self._area.verticalScrollBar().setValue(0)

    def _explain(self) -> None:
        self.explain.emit(*self._asked)

    def _say(self, code: int, enhanced: str, reply: str, stage: str, profile: str) -> None:
        said = words.said(code, enhanced, reply)
        self._asked = (said, stage, profile)
        self.more.setVisible(code >= 400)
        self._words.setVisible(bool(said))
        self._words.set(said, words.who_said(code, stage) if stage else "")

    def _fill(self, facts: Sequence[tuple[str, str]]) -> None:
        clear(self._facts)
        for row, (name, value) in enumerate((name, value) for name, value in facts if value):
            label = text(name, "caption", "3", wrap=True)
            label.setFixedWidth(_LABEL)
            self._facts.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            self._facts.addWidget(_value(value), row, 1)

    def _set_attempts(self, attempts: Sequence[LogRow]) -> None:
        clear(self._attempts)
        self._attempts_title.setVisible(bool(attempts))
        for row in attempts[-_MOST_ATTEMPTS:]:
            said = words.said(row.code, row.enhanced, row.text, one_line=True) or self._meanings.of(row.cause).title
            line = hbox(
                text(f"{words.moment(row.at)}", "caption", "3"),
                Chip(words.outcome(row.kind), words.TONES[row.kind.value]),
                (Elide(words.isolated(said), "caption", "3"), 1),
                gap=7,
            )
            self._attempts.addWidget(box(line))


def _value(value: str) -> QWidget:
    shown = Text(value, "caption", wrap=True)
    shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return shown


def _took(seconds: float) -> str:
    if seconds <= 0:
        return ""
    if seconds < 1:
        return _("{n} ms").format(n=words.number(seconds * 1000))
    return _("{n} s").format(n=words.number(seconds, 1))
