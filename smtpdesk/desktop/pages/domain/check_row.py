"""One check: its state, its sentence; opened, what it means, how to mend it, and the records to publish."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame

from smtpdesk.base.i18n import _
from smtpdesk.desk.trust import Check, State
from smtpdesk.desktop.components import Glyph, ServerWords, box, button, hbox, text, vbox
from smtpdesk.desktop.pages.domain.record_view import RecordView

#: The status whose icon a state has.
TONES = {
    State.OK: "ok",
    State.ADVICE: "warn",
    State.MEND: "bad",
    State.OPEN: "unsure",
    State.UNKNOWN: "unsure",
    State.SKIPPED: "wait",
}


def state_words(state: State) -> str:
    """A state for those who do not see its icon."""
    return {
        State.OK: _("all is well"),
        State.ADVICE: _("could be better"),
        State.MEND: _("to be mended"),
        State.OPEN: _("not known yet"),
        State.UNKNOWN: _("could not be asked"),
        State.SKIPPED: _("does not concern you"),
    }[state]


class CheckRow(QFrame):
    """``CheckRow(check, copied)``: open at once where something is to be mended.

    ``fold``: a title and a text that is shown folded, below everything else.
    """

    def __init__(self, check: Check, copied: Callable[[str], object], fold: tuple[str, str] | None = None) -> None:
        super().__init__()
        self.check = check
        tone = TONES[check.state]
        title = text(check.title, "strong", "3" if check.state is State.SKIPPED else "")
        sentence = text(check.sentence, "body", "3" if check.state is State.SKIPPED else "2", wrap=True)
        tip = _("Show details of: {title}").format(title=check.title)
        self.chevron = button("", "quiet", "chevron-down", "small", tip=tip, clicked=self._toggle)
        mark = box(vbox(2, Glyph.status(tone, 17), None, gap=0))
        head = hbox(mark, (box(vbox(title, sentence, gap=1)), 1), box(vbox(self.chevron, None, gap=0)), gap=11)
        self.records = [RecordView(record, copied) for record in check.records]
        self.fold: ServerWords | None = None
        inner = vbox(gap=8)
        # what could not be asked is said once, above all rows
        more = (check.consequence, check.advice) if check.state is not State.UNKNOWN else ()
        for words in filter(None, more):
            inner.addWidget(text(words, "body", "2", wrap=True))
        for view in self.records:
            inner.addWidget(view)
        for line in check.details:
            inner.addWidget(text(line, "caption", "3", wrap=True))
        if fold is not None:
            self.fold = ServerWords(fold[1], fold[0])
            self.fold.hide()
            inner.addLayout(hbox(button(fold[0], "link", size="small", clicked=self._toggle_fold), None))
            inner.addWidget(self.fold)
        self._body = box(hbox(28, (box(inner), 1), gap=0))
        self.setLayout(vbox(head, self._body, gap=9, margins=(14, 9, 10, 9)))
        self._has_more = bool(any(more) or check.records or check.details or fold)
        self.chevron.setVisible(self._has_more)
        self.set_open(check.state is State.MEND)
        self.setAccessibleName(f"{check.title}: {state_words(check.state)}. {check.sentence}")
        if self._has_more:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self._body.setCursor(Qt.CursorShape.ArrowCursor)

    def is_open(self) -> bool:
        """Whether the details are shown."""
        return not self._body.isHidden()

    def set_open(self, opened: bool) -> None:
        """Open or close it."""
        self._body.setVisible(opened and self._has_more)
        self.chevron.set_glyph("chevron-up" if self.is_open() else "chevron-down", "text3", size=15)

    def set_unfolded(self, unfolded: bool) -> None:
        """Show or hide what is folded below the details."""
        if self.fold is not None:
            self.fold.setVisible(unfolded)

    def _toggle_fold(self) -> None:
        self.set_unfolded(self.fold is not None and self.fold.isHidden())

    def _toggle(self) -> None:
        self.set_open(not self.is_open())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on the head."""
        if event.button() == Qt.MouseButton.LeftButton and self._has_more and event.position().y() < 46:
            self._toggle()
