"""Choosing a provider for a new profile: a card each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Button, Glyph, box, button, clear, hbox, scroll, search_line, text, vbox
from smtpdesk.providers import Provider

_KIND_ICON = {"mailbox": "mail", "relay": "send", "other": "server"}


class PresetChooser(QWidget):
    """``chosen(str)`` gives a provider's id; ``cancelled()``."""

    chosen = Signal(str)
    cancelled = Signal()

    def __init__(self, presets: Sequence[Provider]) -> None:
        super().__init__()
        self._presets = presets
        self._columns = 2
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
        shown = [item for item in self._presets if wanted in f"{item.name} {item.id} {item.summary}".casefold()]
        for place, provider in enumerate(item for item in shown if item.kind in _KIND_ICON):
            self._grid.addWidget(self._card(provider), place // self._columns, place % self._columns)
        for column in range(self._columns):
            self._grid.setColumnStretch(column, 1)

    def _card(self, provider: Provider) -> QWidget:
        made = Button()
        made.setProperty("tile", "true")
        made.setFixedHeight(82)
        made.setAccessibleName(f"{provider.name}. {provider.summary}")
        words = box(
            vbox(None, text(provider.name, "strong"), text(provider.summary, "caption", "2", wrap=True), None, gap=2)
        )
        icon = Glyph(_KIND_ICON[provider.kind], "accentText", 20)
        made.setLayout(hbox(icon, (words, 1), gap=14, margins=(16, 6, 14, 6)))
        made.clicked.connect(lambda _checked=False: self.chosen.emit(provider.id))
        return made

    def focus_first(self) -> None:
        """Begin in the search line."""
        self._search.clear()
        self._search.setFocus()
