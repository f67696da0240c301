"""The step "Check": every message is made once and looked at, before anything is sent."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from smtpdesk.base.clock import now
from smtpdesk.base.errors import Cancelled, DeskError
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desk import Desk
from smtpdesk.desk.campaigns import CheckResult, Draft
from smtpdesk.desk.people import People
from smtpdesk.desktop.components import (
    Banner,
    Chip,
    Glyph,
    ProgressPanel,
    Tasks,
    box,
    button,
    clear,
    hbox,
    scroll,
    text,
    vbox,
)
from smtpdesk.desktop.pages.campaign.editing import Editing
from smtpdesk.desktop.pages.campaign.finding_card import FindingCard
from smtpdesk.desktop.pages.campaign.findings_strip import ORDER, in_order
from smtpdesk.desktop.pages.lists.words import day_and_time, number, people
from smtpdesk.domain.finding import Finding

_RUNNING, _DONE, _FAILED = range(3)


class CheckStep(QWidget):
    """``step.begin()`` checks unless nothing changed; ``checked(CheckResult)``. ``mend``, ``show_row`` as on a card."""

    checked = Signal(object)
    mend = Signal(object)
    show_row = Signal(object)
    test = Signal()

    def __init__(self, desk: Desk, editing: Editing, on_error: Callable[[DeskError], None]) -> None:
        super().__init__()
        self._desk = desk
        self._editing = editing
        self._tasks = Tasks(self, on_error)
        self.result: CheckResult | None = None
        self._of: Draft | None = None
        self._people_of: People | None = None
        self._at = 0.0
        self._running = False
        self.progress = ProgressPanel()
        self._cards = vbox(gap=10)
        self._build()

    def _build(self) -> None:
        self._stack = QStackedWidget()
        running = box(vbox(None, self.progress, None, margins=(160, 24, 160, 24)))
        self.error = Banner("bad", "", "", button(_("Check again"), clicked=self.check))
        failed = box(vbox(self.error, None, margins=(24, 20, 24, 16)))
        for page in (running, self._done_page(), failed):
            self._stack.addWidget(page)
        self.setLayout(vbox((self._stack, 1), gap=0))

    def _done_page(self) -> QWidget:
        self._glyph = Glyph("circle-check", "okFill", 30)
        self.verdict, self._about = text("", "title"), text("", "body", "2", wrap=True)
        self._chips = hbox(gap=6)
        self.again_button = button(_("Check again"), "", "rotate-cw", clicked=self.check)
        self.test_button = button(_("Send a test…"), clicked=self.test.emit)
        words = vbox(self.verdict, self._about, gap=3)
        head = hbox(self._glyph, (words, 1), self.again_button, self.test_button, gap=12)
        head.setAlignment(self._glyph, Qt.AlignmentFlag.AlignTop)
        for made in (self.again_button, self.test_button):
            head.setAlignment(made, Qt.AlignmentFlag.AlignTop)
        column = vbox(box(head), box(self._chips), self._cards, None, gap=14, margins=(24, 22, 24, 24))
        content = box(column)
        return scroll(content, _("Findings"))

    # --- checking ----------------------------------------------------------------------------------------------
    def fresh(self) -> bool:
        """Whether the last check was of the draft and the people as they are now."""
        return self.result is not None and self._of == self._key() and self._people_of is self._editing.people

    def _key(self) -> Draft | None:
        return self._editing.draft if self._editing.is_open() else None

    def forget(self) -> None:
        """Another campaign is opened."""
        self._tasks.cancel()
        self.result, self._of = None, None

    def stop(self) -> None:
        """Stop what runs; nobody looks at it any more."""
        self._tasks.cancel()

    def begin(self) -> None:
        """Check, unless that was done and nothing changed since."""
        if not self._running and not self.fresh():
            self.check()

    def check(self) -> None:
        """Check now."""
        if not self._running:
            self._tasks.spawn(self._check())

    async def run(self) -> CheckResult | None:
        """Check unless nothing changed; None when it was stopped or could not be done."""
        if not self.fresh() and not self._running:
            await self._check()
        return self.result if self.fresh() else None

    async def look_quietly(self) -> None:
        """Check without showing it, while the person writes; what cannot be done is told when they ask for it."""
        if self._running or self.fresh() or not await self._editing.save():
            return
        draft, known = self._editing.draft, self._editing.people
        try:
            result = await self._desk.campaigns.check(draft.folder)
        except DeskError:
            return
        if not self._running and draft is self._editing.draft:
            self._keep(result, draft, known)

    def when(self) -> str:
        """When the last check was, in words."""
        return day_and_time(self._at) if self._at else ""

    async def _check(self) -> None:
        self._running = True
        self._stack.setCurrentIndex(_RUNNING)
        self.progress.start(_("Making and checking every message"), _("{n} people"))
        try:
            if await self._editing.save():
                await self._do()
            else:
                self._stopped(_("The campaign could not be saved, so it was not checked."))
        except Cancelled:
            self._stopped(_("The check was stopped. Nothing was sent."))
        except DeskError as error:
            self.result = None
            self.error.set_error(error)
            self._stack.setCurrentIndex(_FAILED)
        finally:
            self._running = False
            self.progress.stop()

    async def _do(self) -> None:
        draft, known = self._editing.draft, self._editing.people
        result = await self._desk.campaigns.check(
            draft.folder, progress=self.progress.progress, cancelled=self.progress.is_cancelled
        )
        self._keep(result, draft, known)

    def adopt(self, result: CheckResult) -> None:
        """Show a check of the present draft that was made elsewhere, just before sending."""
        self._keep(result, self._editing.draft, self._editing.people)

    def _keep(self, result: CheckResult, draft: Draft, known: People | None) -> None:
        self._of, self._people_of, self._at = draft, known, now()
        self.show_result(result)

    def _stopped(self, words: str) -> None:
        self.result = None
        self.error.set("warn", words)
        self._stack.setCurrentIndex(_FAILED)

    # --- what was found ----------------------------------------------------------------------------------------
    def show_result(self, result: CheckResult) -> None:
        """Show what a check found."""
        self.result = result
        findings = in_order(result.findings)
        self._show_verdict(result, findings)
        clear(self._cards)
        for finding in findings:
            card = FindingCard(finding)
            card.mend.connect(self.mend)
            card.show_row.connect(self.show_row)
            self._cards.addWidget(card)
        self._stack.setCurrentIndex(_DONE)
        self.checked.emit(result)

    def _show_verdict(self, result: CheckResult, findings: list[Finding]) -> None:
        errors, warnings, infos = (sum(1 for f in findings if f.severity is severity) for severity in ORDER)
        if errors:
            words = ngettext("{n} thing to fix first", "{n} things to fix first", errors).format(n=errors)
            self._glyph.set_icon("circle-x", "badFill")
        else:
            words = _("Ready to send to {people}").format(people=people(result.ready))
            self._glyph.set_icon("circle-check", "okFill")
        self.verdict.set_text(words)
        self._about.set_text(self._about_words(result))
        clear(self._chips)
        chips = (
            (errors, ngettext("{n} to fix", "{n} to fix", errors), "bad"),
            (warnings, ngettext("{n} to consider", "{n} to consider", warnings), "warn"),
            (infos, ngettext("{n} good to know", "{n} good to know", infos), ""),
        )
        for count, label, tone in chips:
            if count:
                self._chips.addWidget(Chip(label.format(n=count), tone))
        self._chips.addStretch(1)

    def _about_words(self, result: CheckResult) -> str:
        words = _("Every message was made once and looked at, {when}.").format(when=self.when())
        aside = result.total - result.ready
        if aside:
            told = ngettext("{n} row is set aside.", "{n} rows are set aside.", aside).format(n=number(aside))
            words = f"{words} {told}"
        if not result.findings:
            words += " " + _("There is nothing to mend.")
        return words
