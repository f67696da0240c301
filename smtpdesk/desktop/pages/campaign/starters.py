"""What an empty message can start from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desk.campaigns import Template
from smtpdesk.desktop.components import Elide, Glyph, box, clear, scroll, text, vbox
from smtpdesk.desktop.pages.campaign.choice_row import Tile, tile_row, words_below

_HEIGHT = 62


class Starters(QWidget):
    """``starters.set_templates(templates)``; ``picked(id)``, "" for an empty page."""

    picked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._column = vbox(gap=8)
        self._count = 0
        title = text(_("Start from"), "section")
        note = text(_("A whole message to begin with; you can change everything in it."), "body", "2", wrap=True)
        content = box(vbox(title, note, 8, self._column, None, gap=4, margins=(24, 18, 20, 18)))
        self.setLayout(vbox((scroll(content, _("Starter messages")), 1), gap=0))

    def count(self) -> int:
        """How many starter messages there are."""
        return self._count

    def set_templates(self, templates: Sequence[Template]) -> None:
        """Show these, and an empty page."""
        clear(self._column)
        self._count = len(templates)
        for template in templates:
            self._column.addWidget(self._tile(template.id, template.name, template.description, "layout-template"))
        self._column.addWidget(self._tile("", _("An empty page"), _("Write or paste your own HTML."), "file-code"))

    def _tile(self, key: str, name: str, about: str, icon: str) -> Tile:
        tile = Tile(f"{name}: {about}", _HEIGHT)
        words = box(vbox(None, Elide(name, "strong"), words_below(about), None, gap=2))
        tile.setLayout(tile_row(Glyph(icon, "accentText", 20), (words, 1), height=_HEIGHT))
        tile.clicked.connect(partial(self._pick, key))
        return tile

    def _pick(self, key: str, _checked: bool = False) -> None:
        self.picked.emit(key)
