"""One run as a row: columns, and the delegate that paints its bar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Badge, Column
from smtpdesk.desktop.components.bars import widths
from smtpdesk.desktop.components.tables import CellDelegate
from smtpdesk.desktop.pages.sending import words
from smtpdesk.desktop.pages.sending.figures import bar_parts
from smtpdesk.desktop.pages.sending.situation import LIVE, OVER, phase_of, title
from smtpdesk.desktop.theme import look
from smtpdesk.domain.delivery import Counts, RunInfo

if TYPE_CHECKING:
    from smtpdesk.desk.sending import RunView

#: Room for two lines' worth of air: these rows are few, and each is a door.
ROW_HEIGHT = 44
_BAR = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """A run and, once it was looked at, its figures."""

    run: RunInfo
    view: RunView | None = None

    @property
    def counts(self) -> Counts | None:
        """How many stand where; None before the first look."""
        return self.view.counts if self.view else None

    @property
    def settled(self) -> bool:
        """Nothing changes any more by itself."""
        return self.view is not None and phase_of(self.view) in OVER

    @property
    def live(self) -> bool:
        """A worker is at it."""
        return self.view is not None and phase_of(self.view) in LIVE

    @property
    def cut_off(self) -> bool:
        """Its worker is gone."""
        return self.view is not None and self.view.interrupted


def badge(entry: Entry) -> Badge | None:
    """The state as a chip."""
    if entry.view is None:
        return None
    counts = entry.view.counts
    return Badge(*title(phase_of(entry.view), not counts.rejected and not counts.uncertain, entry.view.starts))


def _count(entry: Entry, value: int) -> str:
    return words.number(value) if entry.counts is not None else ""


def _look(entry: Entry) -> int:
    return entry.counts.rejected + entry.counts.uncertain if entry.counts else 0


def _when(entry: Entry) -> str:
    stamp = entry.run.started_at or entry.run.created_at
    day = words.day(stamp)
    return f"{day[:1].upper()}{day[1:]} {words.minute(stamp)}"


def spoken(entry: Entry) -> str:
    """The bar in words."""
    if entry.counts is None:
        return ""
    done = _("{accepted} of {total} accepted")
    return done.format(accepted=words.number(entry.counts.accepted), total=words.number(entry.counts.recipients))


def columns() -> list[Column]:
    """Campaign, when, state, the bar, accepted, people, need a look."""
    return [
        Column("campaign", _("Campaign"), 262, lambda entry: entry.run.campaign),
        Column("when", _("When"), 162, _when, tone=lambda _entry: "text2"),
        Column("state", _("State"), 158, lambda entry: "", badge=badge, tip=_state_tip),
        Column("bar", _("How it went"), 150, lambda entry: "", tip=spoken),
        Column(
            "accepted",
            _("Accepted"),
            92,
            lambda entry: _count(entry, entry.counts.accepted if entry.counts else 0),
            right=True,
        ),
        Column(
            "people",
            _("People"),
            90,
            lambda entry: _count(entry, entry.counts.recipients if entry.counts else 0),
            right=True,
            tone=lambda _entry: "text2",
        ),
        Column(
            "look",
            _("Need a look"),
            108,
            lambda entry: words.number(_look(entry)) if _look(entry) else "",
            right=True,
            tone=lambda entry: "bad" if _look(entry) else None,
        ),
    ]


def _state_tip(entry: Entry) -> str:
    shown = badge(entry)
    return shown.label if shown else ""


class RunDelegate(CellDelegate):
    """Paints the stacked bar of the column *bar*, and the campaign's name in medium weight."""

    def __init__(self, bar_column: int, entry_of: object) -> None:
        super().__init__()
        self._bar_column = bar_column
        self._entry_of = entry_of

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """The name stands out."""
        super().initStyleOption(option, index)
        if index.column() == 0:
            font = option.font
            font.setWeight(font.Weight.DemiBold)
            option.font = font

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """The cell, then its bar."""
        super().paint(painter, option, index)
        if index.column() != self._bar_column or not callable(self._entry_of):
            return
        entry = self._entry_of(index.row())
        if isinstance(entry, Entry) and entry.counts is not None:
            _paint_bar(painter, option.rect, option.direction, entry.counts)


def _paint_bar(painter: QPainter, cell: QRect, direction: Qt.LayoutDirection, counts: Counts) -> None:
    track = QRectF(cell.left() + 12, cell.center().y() - _BAR / 2, cell.width() - 24, _BAR)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = QPainterPath()
    path.addRoundedRect(track, _BAR / 2, _BAR / 2)
    painter.setClipPath(path)
    painter.fillRect(track, look.color("track"))
    parts = [part for part in bar_parts(counts) if part[0] > 0]
    x = track.left()
    for width, (_share, token) in zip(widths([part[0] for part in parts], track.width(), 3, 1), parts, strict=True):
        part = QRect(round(x), round(track.top()), max(1, round(width)), _BAR)
        painter.fillRect(QStyle.visualRect(direction, track.toRect(), part), look.color(token))
        x += width + 1
    painter.restore()
