"""One campaign in the list, and the list."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QMenu, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desk.campaigns import CampaignCard
from smtpdesk.desk.runs import RunView
from smtpdesk.desktop.components import (
    Card,
    Chip,
    Elide,
    Glyph,
    StackedBar,
    box,
    button,
    clear,
    hbox,
    rule,
    text,
    vbox,
)
from smtpdesk.desktop.components.plain import entry
from smtpdesk.desktop.pages.home.words import day_words, shares, standing
from smtpdesk.domain.delivery import RunInfo

#: Rows made at once; older campaigns come with a button.
SHOWN = 100


class CampaignRow(QWidget):
    """Name, where it stands, figures, and what to do. ``opened(CampaignCard)``; ``asked(str, CampaignCard)``."""

    opened = Signal(object)
    asked = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self._card: CampaignCard | None = None
        self._glyph = Glyph.status("wait", 18)
        self._name = Elide("", "strong", hug=True)
        self._chip = Chip("")
        self._line = Elide("", "body", "2")
        self._bar = StackedBar(height=6)
        self._bar.setFixedWidth(150)
        self._when = text("", "caption", "3")
        self._when.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._when.setMinimumWidth(74)
        self._deed = button("", clicked=self._open)
        self._deed.setMinimumWidth(76)
        more = button("", "quiet", "ellipsis", tip=_("More"))
        more.clicked.connect(self._menu)
        self._more = more
        words = box(vbox(hbox(self._name, self._chip, None, gap=9), self._line, gap=3))
        self.setLayout(
            hbox(self._glyph, (words, 1), self._bar, self._when, self._deed, more, gap=14, margins=(16, 11, 10, 11))
        )
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set(self, card: CampaignCard, alive: bool, cut_off: bool, view: RunView | None = None) -> None:
        """Show a campaign as it stands now."""
        self._card = card
        seen = standing(card, alive, cut_off, view)
        self._glyph.set_status(seen.status)
        self._name.set_text(card.name)
        self._chip.set(*seen.chip)
        self._line.set_text(seen.figures)
        bar = shares(card.counts)
        self._bar.setVisible(bool(bar))
        self._bar.set_parts(bar, seen.figures)
        self._when.set_text(day_words(card.run.created_at) if card.run else "")
        self._deed.set_label(seen.deed)
        self._deed.setAccessibleName(f"{seen.deed}: {card.name}")
        self._more.setAccessibleName(_("More about {name}").format(name=card.name))
        self.setAccessibleName(f"{card.name}, {seen.chip[0]}, {seen.figures}")

    def _open(self) -> None:
        self.opened.emit(self._card)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click anywhere opens it."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self._open()

    def _menu(self) -> None:
        menu = QMenu(self)
        menu.setAccessibleName(_("More"))
        entries = [
            ("edit", _("Edit the campaign")),
            ("folder", _("Show the folder")),
            ("forget", _("Take off this list…")),
        ]
        if self._card is not None and self._card.run is not None:
            entries.append(("delete", _("Delete what was sent…")))
        for key, label in entries:
            entry(menu, label).triggered.connect(lambda _checked=False, key=key: self.asked.emit(key, self._card))
        menu.popup(self._more.mapToGlobal(self._more.rect().bottomLeft()))


class CampaignRows(QWidget):
    """All campaigns in one card. ``set_cards`` changes rows in place while the same campaigns are shown."""

    opened = Signal(object)
    asked = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[Path, CampaignRow] = {}
        self._views: dict[str, RunView] = {}
        self._limit = SHOWN
        self._column = vbox(gap=0, margins=1)
        self._older = button(_("Show older ones"), "quiet", "chevron-down", clicked=self._show_older)
        self._older.hide()
        self.setLayout(vbox(Card(self._column), hbox(None, self._older, None), None, gap=10))
        self._last: tuple[list[CampaignCard], Collection[str], Collection[str]] = ([], (), ())

    def set_cards(
        self,
        cards: list[CampaignCard],
        alive: list[RunInfo],
        cut_off: list[RunInfo],
        views: Iterable[RunView] = (),
    ) -> None:
        """Show these, in this order. ``views``: the runs that are being sent or wait."""
        alive_ids, cut_ids = {run.id for run in alive}, {run.id for run in cut_off}
        self._last = (cards, alive_ids, cut_ids)
        self._views = {view.run.id: view for view in views}
        shown = cards[: self._limit]
        if [card.folder for card in shown] != list(self._rows):
            self._rebuild(shown)
        for card in shown:
            run = card.run.id if card.run else ""
            self._rows[card.folder].set(card, run in alive_ids, run in cut_ids, self._views.get(run))
        self._older.setVisible(len(cards) > len(shown))
        self._older.set_label(_("Show {n} older ones").format(n=f"{len(cards) - len(shown):,}"))

    def _rebuild(self, cards: list[CampaignCard]) -> None:
        clear(self._column)
        self._rows = {}
        for card in cards:
            if self._rows:
                self._column.addWidget(rule())
            row = CampaignRow()
            row.opened.connect(self.opened)
            row.asked.connect(self.asked)
            self._rows[card.folder] = row
            self._column.addWidget(row)

    def _show_older(self) -> None:
        self._limit += 500
        cards, alive, cut_off = self._last
        runs = {card.run.id: card.run for card in cards if card.run}
        self.set_cards(
            cards,
            [runs[key] for key in alive if key in runs],
            [runs[key] for key in cut_off if key in runs],
            self._views.values(),
        )

    def names(self) -> list[str]:
        """The names shown, for tests."""
        return [card.name for card in self._last[0][: self._limit]]
