"""The profiles at work, two in a row: how each is doing, why, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QGridLayout, QMenu, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Button, Card, Lane, box, button, clear, hbox, rule, scroll, text, vbox
from smtpdesk.desktop.components.plain import entry
from smtpdesk.desktop.pages.profiles.words import shown_name
from smtpdesk.desktop.pages.sending import lane_words
from smtpdesk.desktop.pages.sending.meanings import Meanings
from smtpdesk.desktop.pages.sending.rate import RateHistory, lane_curves
from smtpdesk.domain.delivery import LaneInfo, LaneState, Meaning

if TYPE_CHECKING:
    from smtpdesk.desk.sending import RunView

#: Rows of lanes that are shown at once; more are scrolled. In a low window one row, and a bit of the next.
_ROWS, _LOW_ROWS = 2, 1.35
#: (deed, profile): see :mod:`lane_words`.
Act = Callable[[str, str], object]


@dataclass(frozen=True, slots=True)
class Server:
    """What is known of a profile beside its lane: its server, and whose it is."""

    host: str = ""
    provider: str = ""


class LanesCard(QWidget):
    """``set(view, redraw)``; one :class:`Lane` a profile, made anew only when the profiles change.

    ``act(deed, profile)`` is called for pressed remedies and entries of a lane's menu.
    """

    def __init__(self, meanings: Meanings, act: Act) -> None:
        super().__init__()
        self._meanings, self._act = meanings, act
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(0)
        inside = QWidget()
        inside.setLayout(self._grid)
        self._area = scroll(inside, _("Profiles at work"))
        self._title = text(_("Profiles"), "section")
        performance = button(
            _("Server performance"), "quiet", "chart-spline", "small", clicked=lambda: act(lane_words.PERFORMANCE, "")
        )
        self._head = box(hbox(self._title, None, performance, gap=8))
        self.setLayout(vbox(self._head, Card(vbox(self._area, margins=1)), gap=6))
        self._lanes: dict[str, Lane] = {}
        self._shown: dict[str, LaneInfo] = {}
        self._low = False
        #: The curve of each profile.
        self.histories: dict[str, RateHistory] = {}
        self._servers: Mapping[str, Server] = {}

    def reset(self, servers: Mapping[str, Server]) -> None:
        """Another run; ``servers`` by the name of the profile."""
        self._servers = servers
        self.histories.clear()
        self._shown.clear()

    def sample(self, view: RunView) -> bool:
        """Remember the rates; True when a curve has a new point."""
        return lane_curves(self.histories, [(lane.profile, lane.rate if view.alive else 0.0) for lane in view.lanes])

    def set(self, view: RunView, redraw: bool) -> None:
        """Show the lanes as they are."""
        # What waits for a person must not be out of sight.
        lanes = sorted(view.lanes, key=lambda lane: not self._needs_somebody(lane))
        names = [lane.profile for lane in lanes]
        if names != list(self._lanes):
            self._rebuild(names)
        for lane in lanes:
            if redraw or self._shown.get(lane.profile) != lane:
                self._shown[lane.profile] = lane
                self._show(lane)

    def set_low(self, low: bool) -> None:
        """Whether there is little height for them."""
        if low != self._low:
            self._low = low
            self._head.setVisible(not low)
            self._fit()

    def lane(self, profile: str) -> Lane:
        """The row of a profile."""
        return self._lanes[profile]

    def _rebuild(self, names: list[str]) -> None:
        clear(self._grid)
        self._shown.clear()
        self._lanes = {name: self._make(name) for name in names}
        for place, lane in enumerate(self._lanes.values()):
            row, column = divmod(place, 2)
            if row and not column:
                self._grid.addWidget(rule(), row * 2 - 1, 0, 1, 3)
            if column:
                self._grid.addWidget(rule("v"), row * 2, 1)
            self._grid.addWidget(lane, row * 2, column * 2)
        two = len(names) > 1
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(2, 1 if two else 0)
        self._fit()

    def _fit(self) -> None:
        rows = max(1, -(-len(self._lanes) // 2))
        shown = min(rows, _LOW_ROWS if self._low else _ROWS)
        self._area.setFixedHeight(round(shown * Lane.HEIGHT) + int(shown) - (1 if shown == int(shown) else 0))

    def _make(self, name: str) -> Lane:
        return Lane(shown_name(name), lambda deed: self._act(deed, name), lambda place: self._menu(name, place))

    def meaning(self, lane: LaneInfo) -> Meaning | None:
        """What a lane's note means; None when no server's answer is behind it."""
        return self._meanings.known(lane.note)

    def _needs_somebody(self, lane: LaneInfo) -> bool:
        return lane.state == LaneState.PAUSED and self.meaning(lane) is not None

    def _show(self, lane: LaneInfo) -> None:
        meaning, server = self.meaning(lane), self._servers.get(lane.profile, Server())
        said = lane_words.lane_words(lane, meaning, server.provider, server.host)
        self._lanes[lane.profile].set(
            said.state,
            said.tone,
            said.note,
            said.rate,
            " · ".join(part for part in (said.count, said.more) if part),
            self.histories[lane.profile].curve(20) if lane.profile in self.histories else (),
            icon=said.icon,
            tip=f"{meaning.explanation}\n{meaning.advice}".strip() if meaning else "",
            deeds=said.deeds,
        )

    def _menu(self, name: str, place: Button) -> None:
        lane = self._shown.get(name)
        if lane is None:
            return
        menu = QMenu(self)
        menu.setAccessibleName(shown_name(name))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for deed, label, picture in lane_words.menu_of(lane, self.meaning(lane)):
            made = entry(menu, label, picture)
            made.triggered.connect(lambda _checked=False, deed=deed: self._act(deed, name))
        menu.popup(place.mapToGlobal(QPoint(place.width() - menu.sizeHint().width(), place.height() + 4)))
