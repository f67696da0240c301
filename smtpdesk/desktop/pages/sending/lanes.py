"""The profiles at work, two in a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Card, Lane, clear, rule, scroll, vbox
from smtpdesk.desktop.pages.profiles.words import shown_name
from smtpdesk.desktop.pages.sending import words
from smtpdesk.desktop.pages.sending.meanings import Meanings
from smtpdesk.desktop.pages.sending.rate import RateHistory, lane_curves
from smtpdesk.domain.delivery import LaneInfo

if TYPE_CHECKING:
    from smtpdesk.desk.sending import RunView

#: Two rows of lanes; more are scrolled.
_MOST_HEIGHT = 124


class LanesCard(QWidget):
    """``set(view, redraw)``; one :class:`Lane` a profile, made anew only when the profiles change."""

    def __init__(self, meanings: Meanings) -> None:
        super().__init__()
        self._meanings = meanings
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(0)
        inside = QWidget()
        inside.setLayout(self._grid)
        self._area = scroll(inside, _("Profiles at work"))
        self.setLayout(vbox(Card(vbox(self._area, margins=1))))
        self._lanes: dict[str, Lane] = {}
        self._shown: dict[str, LaneInfo] = {}
        #: The curve of each profile.
        self.histories: dict[str, RateHistory] = {}
        self._hosts: Mapping[str, str] = {}

    def reset(self, hosts: Mapping[str, str]) -> None:
        """Another run; ``hosts`` gives the server of each profile."""
        self._hosts = hosts
        self.histories.clear()
        self._shown.clear()

    def sample(self, view: RunView) -> bool:
        """Remember the rates; True when a curve has a new point."""
        return lane_curves(self.histories, [(lane.profile, lane.rate if view.alive else 0.0) for lane in view.lanes])

    def set(self, view: RunView, redraw: bool) -> None:
        """Show the lanes as they are."""
        names = [lane.profile for lane in view.lanes]
        if names != list(self._lanes):
            self._rebuild(names)
        for lane in view.lanes:
            if redraw or self._shown.get(lane.profile) != lane:
                self._shown[lane.profile] = lane
                self._show(lane)

    def _rebuild(self, names: list[str]) -> None:
        clear(self._grid)
        self._shown.clear()
        self._lanes = {name: Lane(shown_name(name)) for name in names}
        for place, lane in enumerate(self._lanes.values()):
            row, column = divmod(place, 2)
            if row and not column:
                self._grid.addWidget(rule(), row * 2 - 1, 0, 1, 3)
            if column:
                self._grid.addWidget(_upright(), row * 2, 1)
            self._grid.addWidget(lane, row * 2, column * 2)
        two = len(names) > 1
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(2, 1 if two else 0)
        rows = -(-len(names) // 2)
        height = rows * 58 + (rows - 1)
        self._area.setFixedHeight(min(height, _MOST_HEIGHT))

    def _show(self, lane: LaneInfo) -> None:
        state, tone = words.lane_state(lane)
        self._lanes[lane.profile].set(
            state,
            tone,
            self._note(lane),
            words.short_rate(lane.rate),
            _("{n} accepted").format(n=words.number(lane.accepted)),
            self.histories[lane.profile].curve(20) if lane.profile in self.histories else (),
        )

    def _note(self, lane: LaneInfo) -> str:
        if lane.note:
            return self._meanings.of(lane.note).title
        host = self._hosts.get(lane.profile, "")
        parts = [part for part in (host, words.connections(lane.connections)) if part]
        return " · ".join(parts)


def _upright() -> QFrame:
    return rule("v")
