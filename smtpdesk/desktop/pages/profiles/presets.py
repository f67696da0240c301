"""Choosing a provider for a new profile: cards, with the plain server first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import (
    Button,
    Elide,
    Glyph,
    box,
    button,
    clear,
    hbox,
    scroll,
    search_line,
    text,
    vbox,
)
from smtpdesk.providers import Provider

_KIND_ICON = {"mailbox": "mail", "relay": "send", "own": "server"}


class PresetChooser(QWidget):
    """``chosen(str)`` gives a provider's id, "" for a server typed by hand; ``cancelled()``."""

    chosen = Signal(str)
    cancelled = Signal()

    def __init__(self, presets: Sequence[Provider]) -> None:
        super().__init__()
        self._presets = presets
        self._columns = 3
        self._search = search_line(_("Find a provider"), 220)
        self._search.textChanged.connect(self._fill)
        self._grid = QGridLayout()
        self._grid.setSpacing(10)
        head = hbox(
            box(
                vbox(
                    text(_("Who sends your mail?"), "title"),
                    text(_("Choose your mail provider and the server settings are filled in."), "body", "2"),
                    gap=2,
                )
            ),
            None,
            self._search,
            button(_("Cancel"), "quiet", clicked=self.cancelled.emit),
        )
        column = vbox(self._grid, None, gap=0, margins=(0, 0, 8, 0))
        self.setLayout(vbox(head, (scroll(box(column), _("Providers")), 1), gap=16, margins=(24, 16, 16, 12)))
        self._fill()

    def _fill(self) -> None:
        clear(self._grid)
        wanted = self._search.text().strip().casefold()
        shown = [item for item in self._presets if wanted in f"{item.name} {item.id}".casefold()]
        cards: list[QWidget] = [
            self._card("", _("Another server"), _("Type host and port yourself"), "server"),
            *(self._card(p.id, p.name, self._line(p), _KIND_ICON.get(p.kind, "mail")) for p in shown),
        ]
        for place, card in enumerate(cards):
            self._grid.addWidget(card, place // self._columns, place % self._columns)
        for column in range(self._columns):
            self._grid.setColumnStretch(column, 1)

    @staticmethod
    def _line(provider: Provider) -> str:
        return provider.endpoints[0].host if provider.endpoints else ""

    def _card(self, key: str, name: str, line: str, icon: str) -> QWidget:
        made = Button()
        made.setProperty("tile", "true")
        made.setFixedHeight(58)
        made.setAccessibleName(f"{name}, {line}")
        words = box(vbox(None, Elide(name, "strong"), Elide(line, "caption", "3"), None, gap=1))
        made.setLayout(hbox(Glyph(icon, "accentText", 18), (words, 1), gap=11, margins=(14, 6, 10, 6)))
        made.clicked.connect(lambda _checked=False: self.chosen.emit(key))
        return made

    def focus_first(self) -> None:
        """Begin in the search line."""
        self._search.clear()
        self._search.setFocus()
