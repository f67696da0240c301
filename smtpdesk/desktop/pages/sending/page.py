"""The page of one run: puts the figures, the lanes and the log together, and keeps them up to date."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desktop.components import (
    Card,
    Chip,
    SegmentedControl,
    Tasks,
    box,
    button,
    hbox,
    rule,
    text,
    vbox,
)
from smtpdesk.desktop.components.plain import set_tip
from smtpdesk.desktop.pages.sending import lane_words, words
from smtpdesk.desktop.pages.sending import notice as notices
from smtpdesk.desktop.pages.sending.cause_list import CauseList
from smtpdesk.desktop.pages.sending.cause_reader import CauseReader
from smtpdesk.desktop.pages.sending.deeds import Deeds, Target
from smtpdesk.desktop.pages.sending.figures import Figures
from smtpdesk.desktop.pages.sending.follow import Follower
from smtpdesk.desktop.pages.sending.head import Head
from smtpdesk.desktop.pages.sending.lanes import LanesCard, Server
from smtpdesk.desktop.pages.sending.log_view import LogView
from smtpdesk.desktop.pages.sending.meanings import Meanings
from smtpdesk.desktop.pages.sending.notice_bar import NoticeBar
from smtpdesk.desktop.pages.sending.people_view import Chosen, PeopleView
from smtpdesk.desktop.pages.sending.rate import KEPT, STEP, RateHistory, RatePanel
from smtpdesk.desktop.pages.sending.situation import LIVE, OVER, Phase, phase_of
from smtpdesk.desktop.shell.context import AppContext, PageInfo
from smtpdesk.domain.delivery import CauseGroup, LaneInfo, LogRow, RunInfo, RunState

if TYPE_CHECKING:
    from smtpdesk.desk.sending import RunView
    from smtpdesk.desk.start_timer import TimerStatus

PAGE = PageInfo(id="sending", title=lambda: _("Sending"), icon="send", order=15, in_rail=False, under="campaigns")

CAUSES, TIME, PEOPLE = range(3)
#: Kinds of presets that are nobody's in particular: there it is "the server" that asks for something.
_NOBODYS = frozenset({"other", "sandbox"})
#: Below this height the tables take the place of the lanes.
_LOW = 740


class Page(QWidget):
    """``opened(run=ID)`` shows a run, the last one when called without."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context, self._desk = context, context.desk
        self._tasks = Tasks(self, self._told)
        self._deeds_tasks = Tasks(self, self._told)
        self.meanings = Meanings(context.desk)
        self.follower = Follower(context, self)
        self.follower.looked.connect(self._looked)
        self.deeds = Deeds(context, self, self.meanings, self._look_again, self._deeds_tasks.spawn)
        self.deeds.deleted = self._deleted
        self._steering = {
            "pause": self.deeds.pause,
            "resume": self.deeds.resume,
            "stop": self.deeds.stop,
            notices.CHANGE_TIME: self.deeds.change_time,
            "cancel": self.deeds.cancel,
            "delete": self.deeds.delete,
        }
        self._run = ""
        self._view: RunView | None = None
        self._phase = Phase.STARTING
        self.reader = CauseReader(context.desk, self._tasks)
        self.reader.read.connect(self._caused)
        self._on_show = False
        #: Whether the system's own timer starts what is scheduled; asked for when a scheduled run is shown.
        self._timer: TimerStatus | None = None
        self._build()
        #: A run at which nothing changes is not told again: curves and times move by this.
        self._tick = QTimer(self, interval=500)
        self._tick.timeout.connect(self._look_on)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self).activated.connect(self._find)

    # -- building -------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        self.head = Head(self._steer)
        self.notice = NoticeBar(self._notice_deed)
        self.error = NoticeBar(lambda _deed: self.error.hide())
        self.figures = Figures()
        self.figures.picked.connect(self._tile)
        self.rate = RatePanel()
        self._rate_rule = rule("v")
        self.lanes = LanesCard(self.meanings, self._lane_deed)
        hero = hbox((self.figures, 1), self._rate_rule, self.rate, gap=24)
        log = Card(vbox(self._log_stack(), gap=0, margins=1))
        body = vbox(
            self.error, self.notice, hero, self.lanes, self._log_head(), (log, 1), gap=13, margins=(24, 16, 24, 18)
        )
        self.setLayout(vbox(self.head, (box(body), 1), gap=0))

    def _log_head(self) -> QWidget:
        self._log_title = text(_("Error log"), "section")
        self._live = Chip(_("Live"), "ok")
        self._summary = text("", "body", "3")
        self.views = SegmentedControl([_("By cause"), _("By time"), _("By person")], CAUSES, _("Show the log"))
        self.views.picked.connect(self.show_view)
        find = button("", "quiet", "search", "small", tip=_("Find a person"), clicked=self._find)
        self.export = button(_("Export"), "quiet", "download", "small", clicked=self._export)
        self.export.setEnabled(False)
        #: In a low window the lanes have no heading, whose button this is.
        self.performance = button("", "quiet", "chart-spline", "small", tip=_("Server performance"))
        self.performance.clicked.connect(lambda: self._lane_deed(lane_words.PERFORMANCE, ""))
        tools = (find, self.performance, self.export, self.views)
        row = hbox(self._log_title, self._live, self._summary, None, *tools, gap=10)
        return box(row)

    def _log_stack(self) -> QStackedWidget:
        self.causes = CauseList(self.meanings, self._cause_deed)
        self.log = LogView(self._context, self.meanings)
        self.people = PeopleView(self._context, self.meanings, self._people_deed)
        self._stack = QStackedWidget()
        for view in (self.causes, self.log, self.people):
            self._stack.addWidget(view)
        return self._stack

    # -- coming and going -----------------------------------------------------------------------------------------
    async def opened(self, run: str = "", run_id: str = "", change_time: bool = False) -> None:
        """Show a run (``run`` or ``run_id``), and follow it; ``change_time`` asks when it is to begin."""
        await asyncio.to_thread(self.meanings.of, "accepted")  # the book of replies is read once, not while painting
        wanted = run or run_id or self._run or await self._newest()
        info = await self._desk.reports.run(wanted)
        if wanted != self._run:
            await self._change(info)
        self._on_show = True
        self._tick.start()
        self.follower.watched = wanted
        self.follower.follow(wanted)
        self.show_view(self.views.current())
        if change_time:
            self._do(self.deeds.change_time())

    async def _newest(self) -> str:
        runs = await self._desk.reports.runs(most=1)
        if not runs:
            raise DeskError("run.none", _("Nothing was sent yet."), _("Send a campaign; it is shown here."))
        return runs[0].id

    async def _change(self, run: RunInfo) -> None:
        self._run = self.deeds.run_id = run.id
        self.deeds.campaign, self.deeds.folder = run.campaign, run.folder
        self._view = None
        self.reader.show_run(run.id)
        servers = await self._servers()
        self.head.set_title(run.campaign)
        self.export.setEnabled(True)
        self.error.hide()
        self.rate.reset()
        self.lanes.reset(servers)
        if run.state is RunState.RUNNING:
            self._remember(await self._desk.performance.pace(run.id, STEP, KEPT))
        self.causes.reset()
        self.log.show_run(run.id)
        self.people.show_run(run.id)
        self.views.set_current(CAUSES)

    def _remember(self, pace: Mapping[str, Sequence[float]]) -> None:
        """Begin the curves with what was noted while nobody looked."""
        self.rate.history.remember([sum(rates) for rates in zip(*pace.values(), strict=True)])
        for profile, rates in pace.items():
            self.lanes.histories.setdefault(profile, RateHistory()).remember(rates)

    async def _servers(self) -> dict[str, Server]:
        """The server of each profile, and its provider's name."""
        names = {preset.id: preset.name for preset in self._desk.profiles.presets() if preset.kind not in _NOBODYS}
        profiles = [row.profile for row in await self._desk.profiles.all()]
        return {each.name: Server(each.relay.host, names.get(each.provider, "")) for each in profiles}

    def closed(self) -> None:
        """Draw nothing more; the run is followed for the rail while it is being sent."""
        self._on_show = False
        self._tick.stop()
        self.follower.watched = ""
        self.log.rest()
        self._tasks.cancel()

    def _told(self, error: DeskError) -> None:
        self.error.set(notices.Notice("bad", error.sentence, error.hint, (("close", _("Close")),)))

    def _do(self, deed: Any) -> None:
        self.error.hide()
        self._deeds_tasks.spawn(deed)

    # -- looking --------------------------------------------------------------------------------------------------
    async def _ask_timer(self) -> None:
        self._timer = await self._desk.scheduling.timer()
        if self._view is not None:
            self._show_notice(self._view, self._phase)

    def _deleted(self, run: str) -> None:
        self._run, self._view = "", None
        self.follower.forget(run)

    def _look_again(self) -> None:
        self.reader.look_again()
        if self._run:
            self.follower.follow(self._run)

    def _look_on(self) -> None:
        if self._view is not None and (self._phase in LIVE or self._view.advanced != self.reader.seen):
            self._looked(self._view)

    def _looked(self, view: RunView) -> None:
        if view.run.id != self._run:
            return
        phase = phase_of(view)
        grown = self.rate.sample(view)
        grown = self.lanes.sample(view) or grown
        self._view, former, self._phase = view, self._phase, phase
        if not self._on_show:
            return
        if phase is Phase.SCHEDULED and (former is not phase or self._timer is None):
            self._tasks.spawn(self._ask_timer())
        self.head.set(view, phase)
        self.figures.set(view, phase)
        for part in (self.rate, self._rate_rule):
            part.setVisible(phase in LIVE)
        self._fit_lanes()
        self._show_notice(view, phase)
        if phase in LIVE:
            self.rate.set(view, grown)
            self.lanes.set(view, grown)
        self._show_log(view, phase)
        if self.views.current() == TIME and (former != phase or not self.log.following):
            self.log.follow(phase in LIVE)

    def _fit_lanes(self) -> None:
        """The lanes are shown while they run, and give way to a table in a low window."""
        low = self.height() < _LOW
        self.lanes.set_low(low)
        shown = self._view is not None and bool(self._view.lanes) and self._phase in LIVE
        self.lanes.setVisible(shown and not (low and self.views.current() != CAUSES))
        self.performance.setVisible(self._view is not None and bool(self._view.lanes) and (low or not shown))

    def _show_notice(self, view: RunView, phase: Phase) -> None:
        notice = notices.notice_of(phase, view, self.meanings, self._timer)
        if phase is Phase.SENDING and not view.trouble and not self.lanes.isHidden():
            notice = None  # a lane that is stopped says so itself, with its remedy
        self.notice.set(notice)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A low window has less room for what is not looked at."""
        super().resizeEvent(event)
        self._fit_lanes()

    def _show_log(self, view: RunView, phase: Phase) -> None:
        live, counts = phase in LIVE, view.counts
        self._live.setVisible(live)
        self._log_title.set_text(_("Results") if phase in OVER else _("Error log"))
        bad = counts.rejected + counts.uncertain
        if bad:
            look = ngettext("{n} needs a look", "{n} need a look", bad).format(n=words.number(bad))
        else:
            look = _("nothing needs a look")
        self._summary.set_text(look)
        self.causes.set_steerable(live and len(view.lanes) > 1)
        self.causes.set_finished(phase in OVER, counts.accepted == counts.recipients and counts.total > 0)
        self.people.set_counts(counts)
        if self.views.current() == PEOPLE:
            self.people.refresh(view.advanced)
        self.reader.refresh(view, with_line=self.views.current() == CAUSES)

    def _caused(self, groups: list[CauseGroup], newest: LogRow | None) -> None:
        """The causes were read."""
        if self.views.current() == CAUSES:
            self.causes.set_groups(groups)
        self.log.set_causes(groups)
        if newest is not None:
            self.causes.set_latest(newest)

    # -- which view -----------------------------------------------------------------------------------------------
    def show_view(self, view: int) -> None:
        """By cause, by time, or by person."""
        self.views.set_current(view)
        self._stack.setCurrentIndex(view)
        self._fit_lanes()
        if view == TIME:
            self.log.follow(self._phase in LIVE)
        else:
            self.log.rest()
        if view == CAUSES:
            self.causes.set_groups(self.reader.groups)
        tip = _("Save the lines of the log that are shown") if view == TIME else _("Save the results of everybody")
        set_tip(self.export, tip)
        if view == PEOPLE and self._view is not None:
            self.people.refresh(self._view.advanced)

    def _tile(self, key: str) -> None:
        self.people.show_state(key)
        self.show_view(PEOPLE)

    def _find(self) -> None:
        if self.views.current() == CAUSES:
            self.show_view(PEOPLE)
        search = self.log.search if self.views.current() == TIME else self.people.search
        search.setFocus()
        search.selectAll()

    def _export(self) -> None:
        filters = self.log.filters() if self.views.current() == TIME else None
        self._do(self.deeds.export(filters))

    # -- deeds ----------------------------------------------------------------------------------------------------
    def _steer(self, deed: str) -> None:
        if deed == "new":
            self._context.go("campaigns", new=True)
        else:
            self._do(self._steering[deed]())

    def _notice_deed(self, deed: str) -> None:
        if deed == notices.CONTINUE:
            self._do(self.deeds.resume())
        elif deed == notices.SEND_REST:
            self._do(self.deeds.send_rest())
        elif deed == notices.TEST_PROFILE:
            self._do(self.deeds.open_profile(name=self.notice.profile, test=True))
        elif deed == notices.WAKE:
            self._do(self.deeds.wake_lane(self.notice.profile))
        elif deed == notices.SEND_NOW:
            self._do(self.deeds.send_now())
        elif deed == notices.TAKE_OVER:
            self._do(self.deeds.take_over())
        elif deed == notices.CHANGE_TIME:
            self._do(self.deeds.change_time())
        elif deed == notices.USE_TIMER:
            self._timer = None
            self._do(self.deeds.use_timer())
        elif deed == notices.SHOW_PROBLEMS:
            self.show_view(CAUSES)
            self.causes.open_first()

    def _lane_deed(self, deed: str, profile: str) -> None:
        if deed == lane_words.PERFORMANCE:
            self._context.go("performance", run=self._run, profile=profile)
        elif deed == lane_words.PROFILE:
            self._do(self.deeds.open_profile(name=profile))
        elif deed == lane_words.MEANING:
            lane = self._lane(profile)
            self._do(self.deeds.explain(lane, self.lanes.meaning(lane) if lane is not None else None))
        elif deed == lane_words.PAUSE:
            self._do(self.deeds.pause_lane(profile))
        else:
            self._do(self.deeds.wake_lane(profile))

    def _lane(self, profile: str) -> LaneInfo | None:
        lanes = self._view.lanes if self._view is not None else []
        return next((lane for lane in lanes if lane.profile == profile), None)

    def _cause_deed(self, deed: str, group: CauseGroup) -> None:
        target = Target(group.kind.value, group.cause)
        if deed == "people":
            self.people.show_cause(group.cause, group.kind.value)
            self.show_view(PEOPLE)
        elif deed == "again":
            self._do(self.deeds.try_again(target, group.people))
        elif deed == "arrived":
            self._do(self.deeds.mark_arrived(target))
        elif deed == "suppress":
            self._do(self.deeds.suppress(target))
        elif deed == "leave":
            self._do(self.deeds.leave_out(group.cause))
        elif deed == "profile":
            self._do(self.deeds.open_profile(group))
        elif deed == "pause":
            self._do(self.deeds.pause_blamed(group))
        elif deed == "message":
            self._context.go("campaign", folder=self.deeds.folder, step="message")

    def _people_deed(self, deed: str, chosen: Chosen) -> None:
        if deed == "again":
            self._do(self.deeds.try_chosen(chosen.ids, chosen.states))
        elif deed == "arrived":
            self._do(self.deeds.mark_arrived(Target("uncertain", None, chosen.ids)))
        elif deed == "suppress":
            self._do(self.deeds.suppress(Target("", None, chosen.ids)))
