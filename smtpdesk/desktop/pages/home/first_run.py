"""While nothing was sent yet: five steps, one thing to do next."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFont, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Drop, Glyph, box, button, hbox, rule, scroll, text, vbox, vr
from smtpdesk.desktop.pages.home.art import Art
from smtpdesk.desktop.theme import look, pixmap

SPREADSHEETS = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")


@dataclass(frozen=True, slots=True)
class Progress:
    """What is there already: lists, written messages, profiles of the person's own, the name of the newest draft."""

    lists: int = 0
    written: int = 0
    profiles: int = 0
    draft: str = ""


class StepDot(QWidget):
    """A number in a circle, or a tick."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number
        self._done = False
        self.setFixedSize(22, 22)

    def set_done(self, done: bool) -> None:
        """Tick it off."""
        self._done = done
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The circle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        circle = QRectF(vr(self, 0, 0, 22, 22)).adjusted(0.8, 0.8, -0.8, -0.8)
        if self._done:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("okSoft"))
            painter.drawEllipse(circle)
            painter.drawPixmap(5, 5, pixmap("check", "ok", 12, self.devicePixelRatioF()))
            return
        painter.setPen(QPen(look.color("accentText"), 1.3))
        painter.drawEllipse(circle)
        painter.setFont(look.font("caption", QFont.Weight.DemiBold))
        painter.drawText(circle, Qt.AlignmentFlag.AlignCenter, str(self._number))


class Step(QWidget):
    """One of the five. A click, or its link, goes there: ``picked(key)``."""

    picked = Signal(str)

    def __init__(self, number: int, key: str, title: str, words: str, deed: str) -> None:
        super().__init__()
        self._key = key
        self._dot = StepDot(number)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        link = button(deed, "link", size="small", clicked=self._go)
        link.setAccessibleName(f"{title}: {deed}")
        head = hbox(self._dot, text(title, "strong"), None, gap=8)
        self.setLayout(vbox(head, text(words, "caption", "2", wrap=True), hbox(link, None), None, gap=6))

    def set_done(self, done: bool) -> None:
        """Tick it off."""
        self._dot.set_done(done)

    def _go(self) -> None:
        self.picked.emit(self._key)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click anywhere on it."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._go()


class FirstRun(QWidget):
    """``picked(str)``: a step (recipients … send), spreadsheet, sample or draft; ``dropped(list)``: files."""

    picked = Signal(str)
    dropped = Signal(list)

    def __init__(self) -> None:
        super().__init__()
        self._progress = Progress()
        self._title = text(_("Send your first campaign"), "title")
        words = text(
            _("Bring the people, write once, and see what each person gets before anything leaves."), "body", "2"
        )
        self._drop = self._drop_field()
        self._steps = self._five_steps()
        calm = text(
            _("Nothing is sent until you press Send, and there is a sandbox to try everything in."), "caption", "3"
        )
        column = vbox(12, None, gap=0, margins=(24, 12, 24, 16))
        centre = Qt.AlignmentFlag.AlignHCenter
        for part, space in ((Art(), 14), (self._title, 4), (words, 20), (self._drop, 26)):
            column.addWidget(part, 0, centre)
            column.addSpacing(space)
        column.addLayout(hbox(None, self._row, None))  # with an alignment its wrapped lines would get too little height
        column.addStretch(2)
        column.addWidget(calm, 0, centre)
        self.setLayout(vbox(scroll(box(column), _("Send your first campaign")), gap=0))

    def _drop_field(self) -> Drop:
        self._primary = button("", "primary", size="large", clicked=self._press_primary)
        self._second = button("", "quiet", size="large", clicked=self._press_second)
        head = hbox(None, Glyph("file-spreadsheet", "accentText", 26), None)
        self._drop_title = text("", "section")
        self._drop_words = text("", "body", "2")
        for label in (self._drop_title, self._drop_words):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        row = hbox(None, self._primary, self._second, None)
        field = Drop(
            vbox(head, self._drop_title, self._drop_words, 6, row, gap=6, margins=(24, 20, 24, 20)), SPREADSHEETS
        )
        field.setAccessibleName(_("Drop a spreadsheet here"))
        field.setFixedWidth(620)
        field.dropped.connect(self.dropped)
        return field

    def _five_steps(self) -> dict[str, Step]:
        told = [
            ("recipients", _("Recipients"), _("A spreadsheet becomes a list; bad rows are set aside."), _("Lists")),
            ("message", _("Message"), _("Written once, with fields for each person."), _("Write")),
            ("check", _("Check"), _("Every row is rendered before anything leaves."), _("Check")),
            ("profile", _("Profile"), _("Your mailbox or relay, tested step by step."), _("Set up")),
            ("send", _("Send"), _("Watch it live; each outcome is kept."), _("Send")),
        ]
        steps: dict[str, Step] = {}
        row = hbox(gap=16)
        for number, (key, title, words, deed) in enumerate(told, start=1):
            if steps:
                row.addWidget(rule("v"))
            steps[key] = Step(number, key, title, words, deed)
            steps[key].picked.connect(self.picked)
            row.addWidget(steps[key], 1)
        self._row = box(row)
        self._row.setFixedWidth(860)
        return steps

    def set_progress(self, progress: Progress) -> None:
        """Tick off what is there, and offer the next thing to do."""
        self._progress = progress
        done = {"recipients": progress.lists > 0, "message": progress.written > 0, "profile": progress.profiles > 0}
        for key, step in self._steps.items():
            step.set_done(done.get(key, False))
        if progress.draft:
            self._say(
                _("Go on with “{name}”").format(name=progress.draft),
                _("Write the message, check it, and send it to the sandbox first."),
                _("Open the campaign"),
                _("Choose a spreadsheet…"),
            )
        elif progress.lists:
            self._say(
                _("The people are there. Write to them."),
                _("Or drop another spreadsheet here. It is read on this computer and never uploaded."),
                _("Write the message"),
                _("Try with the sample campaign"),
            )
        else:
            self._say(
                _("Drop a spreadsheet here"),
                _("Excel, CSV or OpenDocument. It is read on this computer and never uploaded."),
                _("Choose a spreadsheet…"),
                _("Try with the sample campaign"),
            )

    def _say(self, title: str, words: str, primary: str, second: str) -> None:
        self._drop_title.set_text(title)
        self._drop_words.set_text(words)
        self._primary.set_label(primary)
        self._second.set_label(second)

    def _press_primary(self) -> None:
        progress = self._progress
        self.picked.emit("draft" if progress.draft else "message" if progress.lists else "spreadsheet")

    def _press_second(self) -> None:
        self.picked.emit("spreadsheet" if self._progress.draft else "sample")
