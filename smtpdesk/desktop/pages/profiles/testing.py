"""The connection test: step by step, live, with the transcript below."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QFrame, QLineEdit, QStackedWidget, QWidget
from shiboken6 import isValid

from smtpdesk.base.errors import DeskError, InputError
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desk.diagnosis import Diagnosis, Mend
from smtpdesk.desk.profile_test import Recommendation
from smtpdesk.desktop.components import (
    Banner,
    Chip,
    Elide,
    EmptyState,
    Timeline,
    Transcript,
    TranscriptRow,
    box,
    button,
    hbox,
    rule,
    save_file,
    scroll,
    spawn,
    text,
    vbox,
)
from smtpdesk.desktop.components.plain import set_tip
from smtpdesk.desktop.pages.profiles.explained import certificate_details, diagnosis_card, failure_card, offered
from smtpdesk.desktop.pages.profiles.survey import SurveyView
from smtpdesk.desktop.pages.profiles.words import seconds_words
from smtpdesk.domain.profile import Profile
from smtpdesk.smtp.probe import ProbeStep, StepKey, planned_steps
from smtpdesk.smtp.step_words import step_name, step_title
from smtpdesk.smtp.transcript import TranscriptLine

_SIDE = {"->": ("→", "accentText"), "<-": ("←", "text"), "--": ("·", "text3")}
_STATE = {"ok": "ok", "warn": "warn", "failed": "bad", "skipped": "skip"}


def transcript_row(line: TranscriptLine) -> TranscriptRow:
    """A line of the dialogue as the transcript shows it; refusals are red."""
    sign, token = _SIDE.get(line.side, ("·", "text3"))
    if line.side == "<-" and line.text[:1] in ("4", "5"):
        token = "bad"
    moment = datetime.fromtimestamp(line.at)
    return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}", sign, line.text, token


class TestPanel(QWidget):
    """``wanted()`` asks for a test, ``everything()`` for every combination, ``cancelled()`` to stop.

    ``mended(Mend)`` changes the form and tests again, ``kept(Mend)`` takes over limits that the server stated.
    """

    __test__ = False  # not a class of tests
    wanted = Signal()
    everything = Signal()
    cancelled = Signal()
    mended = Signal(object)
    kept = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._failed: ProbeStep | None = None
        self._pending: list[str] = []
        self._chip = Chip("")
        self._chip.hide()
        self._test = button(_("Test"), "primary", "plug", clicked=self.wanted.emit)
        self._cancel = button(_("Cancel"), clicked=self.cancelled.emit)
        self._cancel.hide()
        self.to = QLineEdit()
        self.to.setAccessibleName(_("Recipient to try it with"))
        set_tip(self.to, _("The server is asked whether it takes mail for this address; that alone sends nothing."))
        self.send = QCheckBox(_("Send one message"))
        self.send.setAccessibleName(_("Send one real message to this recipient"))
        set_tip(self.send, _("Only then is anything sent: one short message, at the end of the test."))
        self.to.textChanged.connect(self._may_send)
        only_then = Elide(_("Only if you tick this is anything sent."), "caption", "3")
        self._to_row = vbox(
            hbox(text(_("Try it with this recipient"), "body", "2"), (self.to, 1), gap=10),
            hbox(self.send, (only_then, 1), gap=8),
            gap=4,
        )
        self._timeline = Timeline()
        self.survey = SurveyView()
        self.survey.chosen.connect(self.mended.emit)
        self._offer = Banner()
        self._offer.hide()
        self._keep = button(_("Keep to these limits"), "", "", "small", clicked=self._keep_limits)
        self._offer.add_action(self._keep)
        self._offered: Mend | None = None
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
        self._area = scroll(self._timeline, _("Steps of the connection test"))
        self._remedy: QWidget | None = None
        self._area.verticalScrollBar().rangeChanged.connect(lambda _low, _high: self._bring_remedy())
        self._stack.addWidget(self._area)
        self._stack.addWidget(scroll(self.survey, _("Combinations that were tried")))
        head = box(hbox(text(_("Connection test"), "section"), self._chip, None, self._cancel, self._test, gap=10))
        head.setFixedHeight(32)
        column = vbox(
            *(head, 2, self._to_row, self._banner, self._offer, (self._stack, 1)), gap=6, margins=(24, 12, 20, 6)
        )
        self.setLayout(column)
        self.transcript = TranscriptPane()
        self._may_send()

    def _may_send(self) -> None:
        """A message goes to somebody who is named, never to nobody."""
        named = "@" in self.to.text()
        self.send.setEnabled(named and self.to.isEnabled())
        if not named:
            self.send.setChecked(False)

    # --- one test ----------------------------------------------------------------------------------------------
    def reset(self, sender: str = "", *, first: bool = True) -> None:
        """Forget the last test: another profile is on show. ``first``: testing is the next thing to do there."""
        self._stack.setCurrentIndex(0)
        self._chip.hide()
        self._banner.hide()
        self._offer.hide()
        self._busy(False)
        self._test.set_label(_("Test"))
        self._test.set_kind("primary" if first else "")
        self.to.setPlaceholderText(sender or _("your own address"))
        self.send.setChecked(False)
        self.transcript.show_lines([])
        self.transcript.hide()

    def begin(self, profile: Profile) -> None:
        """A test starts: all steps wait."""
        self._failed = None
        keys = planned_steps(profile, message=self.send.isChecked())
        self._pending = [str(key) for key in keys]
        self._timeline.set_steps([(str(key), step_name(key)) for key in keys])
        for key in keys:
            set_tip(self._timeline.step(str(key)), step_title(key))
        self._stack.setCurrentIndex(1)
        self._start()
        self.transcript.show_lines([])
        self.transcript.show()
        self._run_next()

    def begin_survey(self) -> None:
        """Every combination is tried."""
        self.survey.begin()
        self._stack.setCurrentIndex(2)
        self._start()

    def _start(self) -> None:
        self._banner.hide()
        self._offer.hide()
        self._chip.set(_("Testing"), "accent", "loader-circle")
        self._chip.show()
        self._busy(True)

    def add(self, step: ProbeStep) -> None:
        """A step ended."""
        key = str(step.step)
        self.transcript.add_lines(step.lines)
        if key == StepKey.AROUND:
            self._timeline.add_step(key, step_name(key))
        if key not in self._timeline.step_keys():
            return
        if key in self._pending:
            self._pending.remove(key)
        seconds = seconds_words(step.seconds) if step.state != "skipped" else ""
        detail = step.detail if step.state != "skipped" else step.detail or _("not tried")
        self._timeline.set_step(key, _STATE.get(step.state, "wait"), detail, seconds, self._below(step))
        if step.state == "failed":
            self._failed, self._pending = step, []
            self._chip.set(_("Stopped at “{step}”").format(step=step_name(key)), "bad", "circle-x")
        elif self._failed is None:
            self._run_next()

    def _below(self, step: ProbeStep) -> QWidget | None:
        """What a step has to tell beyond its line; what is offered counts once the connection is encrypted."""
        if step.state == "failed":
            return failure_card(step)
        again = StepKey.EHLO_AGAIN in self._timeline.step_keys() and step.step == StepKey.EHLO
        if step.extensions and not again:
            return offered(step)
        return certificate_details(step.certificate) if step.certificate is not None else None

    def _run_next(self) -> None:
        if self._pending:
            self._timeline.set_step(self._pending[0], "run", _("…"))
            QTimer.singleShot(0, self, partial(self._bring, self._pending[0]))

    def explain(self, found: Diagnosis | None, offer: Mend | None) -> None:
        """The test has ended: why it failed with what mends it, or which limits the server states."""
        if found is not None and self._failed is not None:
            key = str(self._failed.step)
            everything = button(_("Try everything"), "quiet", "radar", clicked=self.everything.emit)
            set_tip(everything, _("Tries the likely servers, ports and encryptions at once; recommends the safest."))
            card, remedy = diagnosis_card(found, self._failed, self.mended.emit, everything)
            seconds = seconds_words(self._failed.seconds)
            self._timeline.set_step(key, "bad", self._failed.detail, seconds, card)
            if found.mend is not None and not found.mend.risky:
                remedy.setFocus()  # what needs a comparison first is not for the Enter key
            self._remedy = remedy
            QTimer.singleShot(0, self, self._bring_remedy)
            QTimer.singleShot(300, self, self._leave_remedy)
        elif offer is not None:
            self._offered = offer
            self._offer.set("accent", offer.why)

    def _bring(self, key: str) -> None:
        if key in self._timeline.step_keys():
            self._area.ensureWidgetVisible(self._timeline.step(key), 0, 24)

    def _bring_remedy(self) -> None:
        """Into view; also while the card still grows to its height, but not when the person unfolds something."""
        if self._remedy is not None and isValid(self._remedy):
            self._area.ensureWidgetVisible(self._remedy, 0, 44)

    def _leave_remedy(self) -> None:
        self._remedy = None

    def _keep_limits(self) -> None:
        self._offer.hide()
        if self._offered is not None:
            self.kept.emit(self._offered)

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

    def end_survey(self, found: Recommendation | None) -> None:
        """Every combination was tried; None: it was cancelled."""
        self._busy(False)
        self._test.set_label(_("Test again"))
        self._test.set_kind("")
        if found is None:
            self.survey.stop()
            self._chip.set(_("Cancelled"))
            return
        self.survey.recommend(found)
        count = sum(one.ok for one in self.survey.tried())
        words = ngettext("{n} works", "{n} work", count).format(n=count)
        self._chip.set(words, "ok" if count else "bad", "check" if count else "circle-x")

    def show_error(self, error: DeskError) -> None:
        """The test could not even begin."""
        self._chip.hide()
        self._banner.set_error(error)

    def _busy(self, busy: bool) -> None:
        self._cancel.setVisible(busy)
        self._test.setVisible(not busy)
        self.to.setEnabled(not busy)
        self._may_send()

    def steps(self) -> dict[str, str]:
        """Step to state, as shown."""
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
        save = button(_("Save"), "quiet", "save", "small", clicked=lambda: spawn(self._save(), self))
        save.setAccessibleName(_("Save the transcript"))
        note = text(_("passwords are never shown"), "caption", "3")
        head = hbox(text(_("Transcript"), "strong"), note, None, copy, save, gap=4)
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

    async def _save(self) -> None:
        """Where the person chooses; a file that cannot be written is said."""
        kinds = [(_("Text"), ["*.txt"])]
        file = await save_file(self, _("Save the transcript"), "transcript.txt", kinds)
        if file is not None:
            self.write(file)

    def write(self, file: Path) -> None:
        """Write the dialogue to a file.

        Raises:
            InputError: ``transcript.file``: it cannot be written.
        """
        try:
            file.write_text(self.view.plain() + "\n", encoding="utf-8")
        except OSError as error:
            sentence = _("The transcript cannot be written there: {reason}.")
            reason = error.strerror or str(error)
            raise InputError("transcript.file", sentence.format(reason=reason), where=str(file)) from error

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.view.plain())
