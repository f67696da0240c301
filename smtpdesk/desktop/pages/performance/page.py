"""The page: which profile, of which time, and its panels, kept up to date while it is on show."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _
from smtpdesk.desk.performance import ServerPerformance, Span
from smtpdesk.desk.performance_words import number, rate_of, span_name
from smtpdesk.desktop.components import (
    Banner,
    Chip,
    EmptyState,
    SegmentedControl,
    StatTile,
    Tasks,
    TopBar,
    box,
    button,
    hbox,
    scroll,
    vbox,
)
from smtpdesk.desktop.components.plain import entry
from smtpdesk.desktop.pages.performance.panels import CausePanel, CurvePanel, DelayPanel, EventPanel, LimitPanel
from smtpdesk.desktop.pages.profiles.words import shown_name
from smtpdesk.desktop.pages.sending.lane_words import lane_words
from smtpdesk.desktop.pages.sending.meanings import Meanings
from smtpdesk.desktop.shell.context import AppContext, PageInfo
from smtpdesk.domain.profile import SANDBOX

PAGE = PageInfo(
    id="performance", title=lambda: _("Server performance"), icon="chart-spline", order=35, in_rail=False,
    under="profiles",
)  # fmt: skip

#: Seconds between two looks: while the profile sends, and while it does not or a long time is looked at.
LIVE, REST = 2.0, 15.0
#: How much longer than a look the time until the next one is at least.
_SHARE = 10
_SPANS = (Span.RUN, Span.TODAY, Span.WEEK, Span.MONTH)


class Page(QWidget):
    """``opened(profile="office")`` shows a profile, ``opened(run=ID)`` those of a run, the first one first."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context, self._desk = context, context.desk
        self._tasks = Tasks(self, self._told)
        self._meanings = Meanings(context.desk)
        self._names: list[str] = []
        self._profile = self._run = ""
        self._looking: asyncio.Task[Any] | None = None
        #: What is on show.
        self.found: ServerPerformance | None = None
        self._build()

    # -- building -------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        self.back = button(_("Back to the run"), "", "arrow-left", clicked=self._go_back)
        self.choose = button("-", "", "server", tip=_("Choose another profile"), clicked=self._menu)
        self.spans = SegmentedControl([span_name(span) for span in _SPANS], 1, _("Of which time"))
        self.spans.picked.connect(lambda _place: self._look_now())
        self._chip = Chip("")
        self._chip.hide()
        self._bar = TopBar(_("Server performance"), right=[self._chip, self.back, self.choose, self.spans])
        self._banner = Banner()
        self._banner.hide()
        self.tiles = {
            "accepted": StatTile("0", _("Accepted"), _("the server took it"), "ok"),
            "rate": StatTile("0", _("Rate"), _("while it was at work"), "wait"),
            "deferred": StatTile("0", _("Deferred"), _("attempts put off"), "warn"),
            "rejected": StatTile("0", _("Rejected"), _("attempts refused"), "bad"),
            "uncertain": StatTile("0", _("Uncertain"), _("nobody answered"), "unsure"),
        }
        self.curve, self.delays, self.limits = CurvePanel(), DelayPanel(), LimitPanel()
        self.causes, self.events = CausePanel(self._meanings), EventPanel(self._meanings)
        tiles = hbox(gap=16)
        for tile in self.tiles.values():
            tiles.addWidget(tile, 1)
        left = vbox(self.delays, self.limits, None, gap=13)
        right = vbox(self.events, self.causes, None, gap=13)
        column = vbox(
            self._banner, tiles, self.curve, hbox((left, 1), (right, 1), gap=13), None,
            gap=13, margins=(24, 16, 24, 18),
        )  # fmt: skip
        words = _("Its curve, its answer times and what it refused are noted while a campaign is sent with it.")
        self._empty = EmptyState(_("Nothing was sent in this time"), words, "chart-spline")
        self._stack = QStackedWidget()
        self._stack.addWidget(scroll(box(column), _("Server performance")))
        self._stack.addWidget(self._empty)
        self.setLayout(vbox(self._bar, (self._stack, 1), gap=0))

    # -- coming and going -----------------------------------------------------------------------------------------
    async def opened(self, profile: str = "", run: str = "") -> None:
        """Show a profile, of a run if one is given."""
        await asyncio.to_thread(self._meanings.of, "accepted")  # the book of replies is read once, not while painting
        changed = run != self._run
        self._run = run or ("" if profile else self._run)
        self._names = await self._desk.performance.profiles(self._run)
        shown = profile or (self._profile if self._profile in self._names else "")
        own = [name for name in self._names if name != SANDBOX]
        self._profile = shown or next(iter(own or self._names), "")
        self.spans.segment(0).setVisible(bool(self._run))
        self.back.setVisible(bool(self._run))
        if self._run and changed:
            self.spans.set_current(0)
        elif not self._run and self.spans.current() == 0:
            self.spans.set_current(1)
        self._look_now()

    def closed(self) -> None:
        """Look no more."""
        self._tasks.cancel()

    def _told(self, error: DeskError) -> None:
        self._stack.setCurrentIndex(0)
        self._banner.set_error(error)

    def _go_back(self) -> None:
        self._context.go("sending", run=self._run)

    def _menu(self) -> None:
        menu = QMenu(self)
        menu.setAccessibleName(_("Profiles"))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in self._names:
            entry(menu, shown_name(name)).triggered.connect(lambda _checked=False, name=name: self._pick(name))
        menu.popup(self.choose.mapToGlobal(QPoint(0, self.choose.height() + 4)))

    def _pick(self, name: str) -> None:
        self._profile = name
        self._look_now()

    # -- looking --------------------------------------------------------------------------------------------------
    def span(self) -> Span:
        """The time that is looked at."""
        return _SPANS[self.spans.current()]

    def _look_now(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
        self.choose.set_label(shown_name(self._profile))
        self._looking = self._tasks.spawn(self._look())

    async def _look(self) -> None:
        while self._profile:
            span, run = self.span(), self._run
            # Today and longer is asked of all runs: a server does not care which one it was.
            began = monotonic()
            found = await self._desk.performance.of(self._profile, run=run if span is Span.RUN else "", span=span)
            self._show(found)
            short = found.lane is not None and span in {Span.RUN, Span.TODAY}
            # A month of sending without a pause takes its time to add up: then it is looked at less often.
            await asyncio.sleep(max(LIVE if short else REST, _SHARE * (monotonic() - began)))

    def _show(self, found: ServerPerformance) -> None:
        self.found = found
        self._banner.hide()
        self._stack.setCurrentIndex(1 if found.empty and found.lane is None else 0)
        figures = {
            "accepted": number(found.accepted),
            "rate": rate_of(found.rate),
            "deferred": number(found.deferred),
            "rejected": number(found.rejected),
            "uncertain": number(found.uncertain),
        }
        for key, figure in figures.items():
            self.tiles[key].set(figure)
        self.curve.set(found)
        self.delays.set(tuple(found.latency.items()))
        self.limits.set(found.limits, found.full)
        self.causes.set(found.causes, found.until)
        self.events.set(found.events, found.until)
        self._show_lane(found)

    def _show_lane(self, found: ServerPerformance) -> None:
        self._chip.setVisible(found.lane is not None)
        if found.lane is None:
            self._bar.set_sub("")
            return
        said = lane_words(found.lane, self._meanings.known(found.lane.note))
        self._chip.set(said.state, said.tone, said.icon)
        self._bar.set_sub(" · ".join(part for part in (said.note, said.rate) if part))
