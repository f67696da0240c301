"""The connection test: step by step, live, with the transcript below."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QLineEdit, QStackedWidget, QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import (
    Banner,
    Card,
    Chip,
    EmptyState,
    ServerWords,
    Timeline,
    Transcript,
    TranscriptRow,
    box,
    button,
    hbox,
    rule,
    scroll,
    text,
    vbox,
)
from smtpdesk.desktop.pages.profiles.fixes import Fix, fix_for
from smtpdesk.desktop.pages.profiles.words import seconds_words, stage_name
from smtpdesk.domain.profile import Profile
from smtpdesk.smtp.probe import ProbeStep, planned_stages
from smtpdesk.smtp.transcript import TranscriptLine

_SIDE = {"->": ("→", "accentText"), "<-": ("←", "text"), "--": ("·", "text3")}
_STATE = {"ok": "ok", "failed": "bad", "skipped": "skip"}


def transcript_row(line: TranscriptLine) -> TranscriptRow:
    """A line of the dialogue as the transcript shows it; refusals are red."""
    sign, token = _SIDE.get(line.side, ("·", "text3"))
    if line.side == "<-" and line.text[:1] in ("4", "5"):
        token = "bad"
    moment = datetime.fromtimestamp(line.at)
    return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}", sign, line.text, token


class TestPanel(QWidget):
    """``wanted()`` asks for a test, ``cancelled()`` to stop it, ``fixed(Fix)`` to mend the form and test again."""

    __test__ = False  # not a class of tests
    wanted = Signal()
    cancelled = Signal()
    fixed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._profile: Profile | None = None
        self._pending: list[str] = []
        self._chip = Chip("")
        self._chip.hide()
        self._test = button(_("Test"), "primary", "plug", clicked=self.wanted.emit)
        self._cancel = button(_("Cancel"), clicked=self.cancelled.emit)
        self._cancel.hide()
        self.to = QLineEdit()
        self.to.setAccessibleName(_("Recipient to ask about"))
        self.to.setToolTip(_("The server is asked whether it takes mail for this address. No mail is sent."))
        self._to_row = hbox(text(_("Ask about recipient"), "body", "2"), (self.to, 1), gap=10)
        self._timeline = Timeline()
        self._banner = Banner()
        self._banner.hide()
        self._stack = QStackedWidget()
        self._stack.addWidget(
            EmptyState(
                _("See whether it works"),
                _(
                    "Every step is tried in order, as when sending. You see where it stops, why, and what to do. "
                    "No mail is sent."
                ),
                "plug-zap",
            )
        )
        self._stack.addWidget(scroll(self._timeline, _("Steps of the connection test")))
        head = box(hbox(text(_("Connection test"), "section"), self._chip, None, self._cancel, self._test, gap=10))
        head.setFixedHeight(32)
        self.setLayout(vbox(head, 2, self._to_row, self._banner, (self._stack, 1), gap=6, margins=(24, 12, 20, 6)))
        self.transcript = TranscriptPane()

    # --- one test ----------------------------------------------------------------------------------------------
    def reset(self, sender: str = "") -> None:
        """Forget the last test: another profile is on show."""
        self._stack.setCurrentIndex(0)
        self._chip.hide()
        self._banner.hide()
        self._busy(False)
        self._test.set_label(_("Test"))
        self._test.set_kind("primary")
        self.to.setPlaceholderText(sender or _("your own address"))
        self.transcript.show_lines([])
        self.transcript.hide()

    def begin(self, profile: Profile) -> None:
        """A test starts: all steps wait."""
        self._profile = profile
        stages = planned_stages(profile)
        self._pending = [str(stage) for stage in stages]
        self._timeline.set_steps([(str(stage), stage_name(stage, profile.relay.security)) for stage in stages])
        self._stack.setCurrentIndex(1)
        self._banner.hide()
        self._chip.set(_("Testing"), "accent", "loader-circle")
        self._chip.show()
        self._busy(True)
        self.transcript.show_lines([])
        self.transcript.show()
        self._run_next()

    def add(self, step: ProbeStep) -> None:
        """A step ended."""
        key = str(step.stage)
        self.transcript.add_lines(step.lines)
        if key not in self._timeline.step_keys():
            return
        if key in self._pending:
            self._pending.remove(key)
        seconds = seconds_words(step.seconds) if step.state != "skipped" else ""
        detail = step.detail if step.state != "skipped" else _("not tried")
        panel = self._panel(step) if step.state == "failed" else None
        self._timeline.set_step(key, _STATE.get(step.state, "wait"), detail, seconds, panel)
        if step.state == "failed":
            self._pending = []
            assert self._profile is not None
            name = stage_name(step.stage, self._profile.relay.security)
            self._chip.set(_("Stopped at {step}").format(step=name), "bad", "circle-x")
        elif step.state == "ok":
            self._run_next()

    def _run_next(self) -> None:
        if self._pending:
            self._timeline.set_step(self._pending[0], "run", _("…"))

    def end(self, cancelled: bool = False) -> None:
        """The test is over."""
        self._busy(False)
        self._test.set_label(_("Test again"))
        self._test.set_kind("")
        for key in self._pending:
            self._timeline.set_step(key, "skip", _("not tried"))
        if cancelled:
            self._chip.set(_("Cancelled"))
        elif not self._pending and self._chip.label() == _("Testing"):
            self._chip.set(_("Works"), "ok", "check")
        self._pending = []

    def show_error(self, error: DeskError) -> None:
        """The test could not even begin."""
        self._chip.hide()
        self._banner.set_error(error)

    def _busy(self, busy: bool) -> None:
        self._cancel.setVisible(busy)
        self._test.setVisible(not busy)
        self.to.setEnabled(not busy)

    def _panel(self, step: ProbeStep) -> QWidget:
        assert self._profile is not None
        column = vbox(gap=6, margins=(14, 11, 14, 12))
        if step.meaning is not None:
            column.addWidget(text(step.meaning.explanation, "body", "2", wrap=True))
            if step.meaning.advice:
                column.addWidget(text(step.meaning.advice, "strong", wrap=True))
        if step.reply is not None and step.reply.code:
            said = (str(step.reply.code), step.reply.enhanced, step.reply.text)
            column.addWidget(ServerWords(" ".join(part for part in said if part)))
        fix = fix_for(self._profile, step)
        if fix is not None:
            column.addSpacing(2)
            remedy = button(fix.label, "primary", clicked=lambda: self._apply(fix))
            column.addLayout(hbox(remedy, None))
        return Card(column, "bad")

    def _apply(self, fix: Fix) -> None:
        self.fixed.emit(fix)

    def steps(self) -> dict[str, str]:
        """Stage to state, as shown."""
        return {key: self._timeline.step(key).state for key in self._timeline.step_keys()}

    def verdict(self) -> str:
        """The words on the chip, "" when it is hidden."""
        return "" if self._chip.isHidden() else self._chip.label()


class TranscriptPane(QFrame):
    """The dialogue of the last test, with a button that copies it."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("card", "well")
        self.view = Transcript(_("Transcript of the connection test"))
        copy = button(_("Copy"), "quiet", "copy", "small", clicked=self._copy)
        head = hbox(text(_("Transcript"), "strong"), text(_("passwords are never shown"), "caption", "3"), None, copy)
        inside = box(vbox(head, (self.view, 1), gap=6, margins=(24, 8, 16, 10)))
        self.setLayout(vbox(rule(), (inside, 1), gap=0))  # the hairline comes and goes with the pane
        self.setFixedHeight(172)
        self.hide()

    def show_lines(self, lines: Sequence[TranscriptLine]) -> None:
        """Start anew."""
        self.view.set_rows([transcript_row(line) for line in lines])

    def add_lines(self, lines: Sequence[TranscriptLine]) -> None:
        """Add what was just said."""
        self.view.add_rows([transcript_row(line) for line in lines])

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.view.plain())
