"""The step "Send": what is about to happen, in one view, and the one button that does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QWidget

from smtpdesk.base.clock import now
from smtpdesk.base.errors import Cancelled, DeskError
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desk import Desk
from smtpdesk.desk.campaigns import CheckResult
from smtpdesk.desk.sending import ChecksFailed, UnfinishedRun
from smtpdesk.desktop.components import (
    Banner,
    ProgressPanel,
    Tasks,
    box,
    button,
    choose,
    hbox,
    scroll,
    text,
    vbox,
)
from smtpdesk.desktop.pages.campaign.editing import Editing
from smtpdesk.desktop.pages.campaign.estimate import estimate
from smtpdesk.desktop.pages.campaign.estimate import words as estimate_words
from smtpdesk.desktop.pages.campaign.facts_card import FactsCard
from smtpdesk.desktop.pages.campaign.when_row import WhenRow, length
from smtpdesk.desktop.pages.campaign.whom_row import WhomRow
from smtpdesk.desktop.pages.lists.words import day_and_time, number, people
from smtpdesk.desktop.preview.sizes import file_size
from smtpdesk.domain.profile import SANDBOX, Profile
from smtpdesk.domain.schedule import Schedule
from smtpdesk.store import Audience

_WIDTH = 640


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the panel shows: read together, so that it never shows halves of two states."""

    profiles: list[Profile]
    sender: str
    subject: str
    size: int
    audience: Audience


class SendStep(QWidget):
    """``await step.look()`` fills the panel. ``started(RunInfo)``; ``refused(CheckResult)``; ``watch(run_id)``."""

    started = Signal(object)
    refused = Signal(object)
    watch = Signal(str)
    test = Signal()

    def __init__(self, desk: Desk, editing: Editing, on_error: Callable[[DeskError], None]) -> None:
        super().__init__()
        self._desk = desk
        self._editing = editing
        self._tasks = Tasks(self, on_error)
        self._check: Callable[[], CheckResult | None] = lambda: None
        self._audience, self._possible = Audience(), False
        self._profiles: tuple[Profile, ...] = ()
        self._shown = Path()
        #: Set to open the choice of another time with the next look.
        self.ask_time = False
        self._tested: dict[str, tuple[str, float]] = {}
        self._facts_card = FactsCard()
        self._values = self._facts_card.values
        self.when = WhenRow()
        self.progress = ProgressPanel()
        self._build()

    def set_check(self, check: Callable[[], CheckResult | None]) -> None:
        """Where the result of the last check is, None when there is none that still holds."""
        self._check = check

    # --- building ----------------------------------------------------------------------------------------------
    def _build(self) -> None:
        self.title = text(_("Ready to send"), "title")
        self._sub = text("", "body", "2", wrap=True)
        self.problem = Banner("bad", "", "")
        self.problem.hide()
        self.notice = Banner("accent", "", "")
        self.notice.hide()
        self.whom = WhomRow()
        self.whom.chosen.connect(self._whom_chosen)
        self.again = self.whom.again
        self.send_button = button(_("Send"), "primary", "send", "large", clicked=self.send)
        self.test_button = button(_("Send a test…"), "", "", "large", clicked=self.test.emit)
        self._buttons = box(hbox(self.send_button, self.test_button, None, gap=10))
        self.when.chosen.connect(self._schedule)
        self._note = text("", "caption", "3", wrap=True)
        top = (self.title, self._sub, 2, self.problem, self.notice, self.whom)
        rest = (4, self._buttons, self.progress, self._note)
        column = vbox(*top, self._facts_card, self.when, *rest, gap=12)
        inner = box(column)
        inner.setMaximumWidth(_WIDTH)
        inner.setMinimumWidth(min(_WIDTH, 560))
        page = box(vbox(hbox(None, (inner, 8), None, margins=(24, 28, 24, 24)), None, gap=0))
        area = scroll(page, _("Send"))
        self.when.opened.connect(lambda: self._keep_in_sight(area))
        self.setLayout(vbox((area, 1), gap=0))

    def _keep_in_sight(self, area: QScrollArea) -> None:
        """The fields have opened and pushed the button down: scroll to it once the layout knows how far."""
        bar = area.verticalScrollBar()
        bar.rangeChanged.connect(
            lambda *_range: area.ensureWidgetVisible(self._note), Qt.ConnectionType.SingleShotConnection
        )

    # --- what is about to happen -------------------------------------------------------------------------------
    async def look(self) -> None:
        """Read everything anew."""
        self.problem.hide()
        self._audience, self._possible = Audience(), False
        self._say_people()
        if not self._ready():
            self.notice.hide()
            self.whom.hide()
            return
        try:
            facts = await self._facts()
        except DeskError:
            self.title.set_text(_("Not ready to send yet"))
            self._facts_card.hide()  # the banner says what is wrong; empty lines beside it would only puzzle
            raise
        self._facts_card.show()
        self._audience, self._possible = facts.audience, bool(facts.profiles)
        self._show(facts)
        if self.ask_time:
            self.ask_time = False
            self.when.open_later()
        self._say_people()

    async def _facts(self) -> _Facts:
        draft = self._editing.draft
        rows = {row.profile.name: row.profile for row in await self._desk.profiles.all()}
        profiles = [rows[name] for name in draft.campaign.profiles if name in rows]
        await self._editing.save()
        shown = await self._editing.preview(0)
        sender = next((value for name, value in shown.back.headers if name.lower() == "from"), "")
        audience = await self._desk.campaigns.audience(draft.folder)
        return _Facts(profiles, sender, shown.back.subject, shown.back.size, audience)

    def _ready(self) -> int:
        return self._editing.people.ready if self._editing.people else 0

    def _count(self) -> int:
        """Whom the button sends to."""
        return self._audience.everybody if self.whom.everybody() else self._audience.new

    def _show(self, facts: _Facts) -> None:
        values = self._values
        self.whom.show_audience(self._editing.draft.folder, facts.audience)
        values["to"].set_text(self._to_words())
        values["from"].set_text(facts.sender or _("nobody yet"))
        values["subject"].set_text(facts.subject or _("(no subject)"))
        names = [_("Sandbox") if p.provider == SANDBOX else p.name for p in facts.profiles]
        values["with"].set_text(", ".join(names) or _("no profile is chosen"))
        self._show_when(facts.profiles)
        values["size"].set_text(self._size_words(facts.size))
        values["test"].set_text(self._test_words())
        self._show_notice(facts)

    def _show_when(self, profiles: Sequence[Profile]) -> None:
        self._profiles = tuple(profiles)
        if self._shown != self._editing.draft.folder:
            self._shown = self._editing.draft.folder
            self.when.forget()
        self.when.set_people(self._count(), profiles)
        self.when.set_schedule(self._editing.campaign.schedule)
        self._say_time()

    def _whom_chosen(self) -> None:
        self._values["to"].set_text(self._to_words())
        self.when.set_people(self._count(), self._profiles)
        self._say_time()
        self._say_people()

    def _schedule(self, schedule: Schedule) -> None:
        """Another time was chosen; it is saved with the campaign."""
        self._editing.edit(schedule=schedule)
        self._say_time()
        self._say_people()

    def _say_time(self) -> None:
        schedule, seconds = self.when.schedule(), self.when.seconds()
        words = estimate_words(estimate(self._count(), self._profiles))
        if not schedule.always and seconds is not None:
            words = length(seconds)  # with the nights between
        self._values["time"].set_text(words)

    def _show_notice(self, facts: _Facts) -> None:
        earlier = _earlier_words(facts.audience) if facts.audience.having else ("", "")
        if facts.profiles and all(profile.provider == SANDBOX for profile in facts.profiles):
            kept = _("Every message is made and sent, but kept on this computer. Nothing is delivered.")
            more = f"{earlier[0]}. {earlier[1]}" if earlier[0] else ""
            self.notice.set("accent", _("This goes to the sandbox"), f"{kept} {more}".strip())
        elif earlier[0]:
            self.notice.set("accent", *earlier)
        else:
            self.notice.hide()

    def _to_words(self) -> str:
        campaign = self._editing.campaign
        where = campaign.list_name or campaign.recipients
        words = _("{people} of “{list}”").format(people=people(self._count()), list=where)
        found = self._editing.people
        aside = found.rows - found.ready if found else 0
        words = _("{words}, {n} set aside").format(words=words, n=number(aside)) if aside else words
        never = self._audience.suppressed
        return _("{words}, {n} on Never mail").format(words=words, n=number(never)) if never else words

    def _size_words(self, size: int) -> str:
        files = len(self._editing.draft.attachments)
        attached = ngettext("{n} attachment", "{n} attachments", files).format(n=files)
        return _("{size}, {attached}").format(size=file_size(size), attached=attached) if files else file_size(size)

    def _test_words(self) -> str:
        known = self._tested.get(str(self._editing.draft.folder))
        if known is None:
            return _("You have not sent yourself a test of it")
        return _("sent to {address}, {when}").format(address=known[0], when=day_and_time(known[1]))

    def tested(self, address: str) -> None:
        """A test was taken by the server for this address."""
        self._tested[str(self._editing.draft.folder)] = (address, now())
        self._values["test"].set_text(self._test_words())

    def _say_people(self) -> None:
        ready, result = self._ready(), self._check()
        later, count = self.when.waits(), self._count()
        label = _("Schedule for {people}") if later else _("Send to {people}")
        nobody = self._possible and not count
        self.send_button.set_label(
            _("Nobody new to send to") if nobody else label.format(people=people(count or ready))
        )
        self.send_button.setEnabled(self._possible and count > 0)
        self._buttons.setVisible(ready > 0)
        self._facts_card.setVisible(ready > 0)
        self.when.setVisible(ready > 0)
        self._note.set_text(_note(later, again=self.whom.everybody()))
        self._note.setVisible(ready > 0)
        self.title.set_text(_("Ready to send") if ready else _("Nobody to send to yet"))
        if not ready:
            words = _("Choose whom it goes to in the first step.")
        elif result is not None and result.passed:
            words = _("Every message was checked. When you press the button, sending begins.")
            if later:
                words = _("Every message was checked. When you press the button, it waits for its time.")
        elif later:
            words = _("The check runs first; then it waits for its time.")
        else:
            words = _("The check runs first; sending begins only when nothing is left to fix.")
        self._sub.set_text(words)

    # --- sending -----------------------------------------------------------------------------------------------
    def send(self) -> None:
        """Begin."""
        if self.send_button.isEnabled():
            self._tasks.spawn(self._send())

    async def _send(self, unfinished: str = "ask") -> None:
        self._busy(True)
        # What was chosen for this campaign: another one may be opened while it is saved.
        folder, schedule, again = self._editing.draft.folder, self._chosen(), self.whom.everybody()
        try:
            if not await self._editing.save() or self._editing.draft.folder != folder:
                return
            await self._desk.scheduling.adopt(folder, schedule, any_version=unfinished == "continue")
            run = await self._desk.sending.start(
                folder,
                again=again,
                unfinished=unfinished,
                checked=self._check(),
                progress=self.progress.progress,
                schedule=schedule,
            )
        except UnfinishedRun as error:
            self._busy(False)
            await self._unfinished(error)
            return
        except ChecksFailed as error:
            self.refused.emit(error.result)
            return
        except Cancelled:
            return
        except DeskError as error:
            self.problem.set_error(error)
            return
        finally:
            self._busy(False)
        self.whom.forget(folder)
        self.started.emit(run)

    def _chosen(self) -> Schedule:
        """The time to send at; who presses the button after it has passed means now."""
        schedule = self.when.schedule()
        return schedule.at_once() if schedule.start is not None and schedule.start <= now() else schedule

    def _busy(self, busy: bool) -> None:
        self._buttons.setVisible(not busy and self._ready() > 0)
        if busy:
            self.problem.hide()
            self.progress.start(_("Writing down who gets it"), _("{n} people"))
        else:
            self.progress.stop()

    async def _unfinished(self, error: UnfinishedRun) -> None:
        """A run of this folder is not finished: watch it, finish it, or begin anew."""
        run = error.run
        if error.code in {"sending.running", "sending.just-sent"}:
            picked = await choose(
                self, error.sentence, error.hint, [("", _("Cancel")), ("watch", _("Watch it"))], "watch"
            )
            if picked == "watch":
                self.watch.emit(run.id)
            return
        counts = await self._desk.reports.counts(run.id)
        body = _(
            "Sent to {sent}, {open} left. Finish that run with the message as it was, or give it up and begin "
            "a new one with the changed message."
        ).format(sent=people(counts.accepted), open=number(counts.open))
        if self.whom.everybody():
            body += " " + _("You chose everybody: those who had the earlier version get this one too.")
        else:
            body += " " + _("Those who had the earlier version do not get this one.")
        options = [("watch", _("Look at it")), ("new", _("Begin anew")), ("continue", _("Finish the earlier run"))]
        picked = await choose(self, error.sentence, body, options, "continue")
        if picked == "watch":
            self.watch.emit(run.id)
        elif picked in ("new", "continue"):
            await self._send(picked)


def _note(later: bool, *, again: bool) -> str:
    if later:
        return _("You may close the window. The computer has to be on at that time; otherwise you are asked first.")
    if again:
        return _("You can pause at any time. Whoever has this campaign already gets it a second time.")
    return _("You can pause at any time. Nobody gets it twice, and a closed window loses nothing.")


def _earlier_words(audience: Audience) -> tuple[str, str]:
    """How many have this campaign, and what that means."""
    have = ngettext(
        "{n} person has this campaign already", "{n} people have this campaign already", audience.having
    ).format(n=number(audience.having))
    when = day_and_time(audience.since or 0.0)
    if audience.earlier:
        return have, _("It was sent {when}; the message was changed since. Choose whom it goes to.").format(when=when)
    return have, _("It was sent {when}. They are passed over, unless you choose otherwise.").format(when=when)
