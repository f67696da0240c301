"""The figures at the top: the big count, the time left, the bar, and the tiles that are its legend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QWidget

from smtpdesk.base.clock import now
from smtpdesk.base.i18n import _
from smtpdesk.desk.schedule_words import scheduled_words
from smtpdesk.desktop.components import Button, Elide, Glyph, StackedBar, box, hbox, text, vbox
from smtpdesk.desktop.pages.sending import words
from smtpdesk.desktop.pages.sending.situation import LIVE, OVER, Phase
from smtpdesk.domain.delivery import Counts

if TYPE_CHECKING:
    from smtpdesk.desk.sending import RunView

#: Least share at which a part of the bar is drawn, and the share that the gap between two parts takes.
_LEAST, _GAP = 0.008, 0.003
#: Phases in which the time left is told: also while limits hold everything up, since they are reckoned with.
_TOLD = frozenset({Phase.SENDING, Phase.STARTING, Phase.HELD})
#: Token of each part of the bar.
_COLORS = {
    "accepted": "okFill",
    "deferred": "warnFill",
    "rejected": "badFill",
    "uncertain": "unsureFill",
    "cancelled": "lineField",
}


def bar_parts(counts: Counts) -> list[tuple[float, str]]:
    """The parts of a run's bar: share of the whole, and colour token.

    A part of a few people among thousands is drawn wide enough to be seen, at the cost of the widest one.
    """
    shares = {key: getattr(counts, key) / max(counts.recipients, 1) for key in _COLORS}
    widest = max(shares, key=lambda key: shares[key])
    seen = {key: max(share, _LEAST) if share else 0.0 for key, share in shares.items()}
    several = sum(1 for share in seen.values() if share) - 1
    excess = sum(seen.values()) + several * _GAP - 1.0
    if excess > 0 and several > 0:
        seen[widest] = max(_LEAST, seen[widest] - excess)
    return [(seen[key], color) for key, color in _COLORS.items()]


@dataclass(frozen=True, slots=True)
class _Tile:
    key: str
    word: str
    hint: str
    tone: str


def _tiles() -> list[_Tile]:
    return [
        _Tile("accepted", _("Accepted"), _("server took it"), "ok"),
        _Tile("deferred", _("Deferred"), _("retried by itself"), "warn"),
        _Tile("rejected", _("Rejected"), _("not retried"), "bad"),
        _Tile("uncertain", _("Uncertain"), _("your decision"), "unsure"),
        _Tile("waiting", _("Waiting"), _("in the queue"), "wait"),
        _Tile("cancelled", _("Not sent"), _("you stopped before"), "wait"),
        _Tile("skipped", _("Skipped"), _("left out"), "wait"),
    ]


class StatButton(Button):
    """A tile that can be pressed: shows the people behind its number."""

    def __init__(self, tile: _Tile) -> None:
        super().__init__()
        self._tile = tile
        self.setProperty("kind", "link")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._number = text("0", "stat")
        self._hint = Elide(tile.hint, "caption", "3")
        head = hbox(Glyph.status(tile.tone), (Elide(tile.word, "body", "2"), 1), gap=6)
        self._column = vbox(head, hbox(self._number, None), self._hint, gap=2)
        self.setLayout(self._column)
        for part in self.findChildren(QWidget):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFixedHeight(self._column.sizeHint().height())
        self.set("0")

    def set(self, number: str) -> None:
        """Another number."""
        self._number.set_text(number)
        self.setAccessibleName(
            _("{n} {word}, {hint}. Show them").format(n=number, word=self._tile.word, hint=self._tile.hint)
        )

    def number(self) -> str:
        """The number on it."""
        return self._number.sentence()

    def sizeHint(self) -> QSize:
        """As its content, not as a button's words."""
        return self._column.sizeHint()

    def minimumSizeHint(self) -> QSize:
        """It gives way: its words are cut before it pushes."""
        return QSize(84, self._column.minimumSize().height())

    def enterEvent(self, event: QEnterEvent) -> None:
        """The hint says that it can be pressed."""
        self._hint.set_tone("accent")
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """As before."""
        self._hint.set_tone("3")
        super().leaveEvent(event)


class Figures(QWidget):
    """``set(view, phase)`` on every look at the ledger; ``picked(str)`` when a tile is pressed."""

    picked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._count = text("0", "display")
        self._count.setContentsMargins(-2, 0, 0, 0)
        self._of = text("", "section", "2")
        self._of.setContentsMargins(0, 0, 0, 6)
        self._eta = text("", "strong")
        self._done = text("", "caption", "3")
        for label in (self._eta, self._done):
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._bar = StackedBar(height=10)
        self._tiles = {tile.key: StatButton(tile) for tile in _tiles()}
        row = hbox(gap=16)
        for key, tile in self._tiles.items():
            row.addWidget(tile, 1)
            tile.clicked.connect(lambda _checked=False, key=key: self.picked.emit(key))
        head = hbox(
            self._count, box(vbox(None, self._of)), None, box(vbox(None, self._eta, self._done, 4, gap=1)), gap=10
        )
        self.setLayout(vbox(head, self._bar, 9, row, gap=7))
        self._shown: object = None

    def set(self, view: RunView, phase: Phase) -> None:
        """Show the counts; nothing is touched that did not change."""
        self._set_time(view, phase)
        if (view.counts, phase in OVER) == self._shown:
            return
        self._shown = (view.counts, phase in OVER)
        counts, over = view.counts, phase in OVER
        figure = counts.accepted if over else counts.finished
        self._count.set_text(words.number(figure))
        of = _("of {total} accepted") if over else _("of {total} handled")
        self._of.set_text(of.format(total=words.number(counts.recipients)))
        self._set_bar(counts)
        numbers = {key: getattr(counts, key, 0) for key in self._tiles}
        numbers["waiting"] = counts.pending + counts.sending
        for key, tile in self._tiles.items():
            tile.set(words.number(numbers[key]))
            tile.setVisible(_is_shown(key, numbers[key], over))

    def _set_bar(self, counts: Counts) -> None:
        name = _("{accepted} accepted, {deferred} deferred, {rejected} rejected, {uncertain} uncertain of {total}")
        spoken = name.format(
            accepted=words.number(counts.accepted),
            deferred=words.number(counts.deferred),
            rejected=words.number(counts.rejected),
            uncertain=words.number(counts.uncertain),
            total=words.number(counts.recipients),
        )
        self._bar.set_parts(bar_parts(counts), spoken)

    def _set_time(self, view: RunView, phase: Phase) -> None:
        eta = below = ""
        if phase is Phase.SCHEDULED and view.starts is not None:
            eta, below = scheduled_words(view.starts, now()), ""
        elif phase in _TOLD and view.left is not None and view.counts.open:
            eta = words.time_left(view.left)
            ending = _("Done around {time}. Keep this computer on.")
            below = ending.format(time=words.moment(now() + view.left)) if view.left >= 60 else ""
        elif phase in LIVE and view.counts.total and not view.counts.open:
            eta = _("Finishing…")
        elif phase is Phase.STARTING:
            eta, below = _("Starting…"), _("Signing in to the server.")
        elif phase in (Phase.WAITING, Phase.HELD) and view.next_due:
            eta = _("Next try at {time}").format(time=words.moment(view.next_due))
        elif phase in OVER and view.run.finished_at:
            eta, below = _finished(view.run.started_at, view.run.finished_at)
        self._eta.set_text(eta)
        self._done.set_text(below)

    def tile(self, key: str) -> StatButton:
        """The tile of a state: accepted, deferred, rejected, uncertain, waiting, cancelled, skipped."""
        return self._tiles[key]


def _finished(began: float | None, ended: float) -> tuple[str, str]:
    """When it ended, and how long it took."""
    took = ended - began if began is not None else 0.0
    below = _("It took {duration}.").format(duration=words.duration(took)) if took >= 1 else ""
    return _("Finished at {time}").format(time=words.moment(ended)), below


def _is_shown(key: str, number: int, over: bool) -> bool:
    if key in ("cancelled", "skipped"):
        return number > 0
    if key in ("deferred", "waiting"):
        return number > 0 or not over
    return True
