"""The foot of the people: how many there are or are chosen, and what to do about the chosen ones."""

from __future__ import annotations

from collections.abc import Callable, Collection

from PySide6.QtWidgets import QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Button, button, hbox, text
from smtpdesk.desktop.pages.sending import words

#: States that can be tried again.
AGAIN = frozenset({"deferred", "rejected", "uncertain", "cancelled"})


class ChosenBar(QWidget):
    """``act(deed)`` is called with "again", "arrived" or "suppress"; ``look_anew`` when the changes are asked for."""

    def __init__(self, act: Callable[[str], object], look_anew: Callable[[], object]) -> None:
        super().__init__()
        self._act = act
        self._count = text("", "caption", "3")
        self._fresh = button(_("Show the changes"), "link", "refresh-cw", "small", clicked=look_anew)
        self._fresh.hide()
        self.deeds = {
            "again": self._deed("again", _("Send again"), "rotate-cw"),
            "arrived": self._deed("arrived", _("It arrived"), "check"),
            "suppress": self._deed("suppress", _("Never mail again"), "ban"),
        }
        self.setLayout(hbox(self._count, 4, *self.deeds.values(), None, self._fresh, gap=8, margins=(15, 4, 14, 4)))
        self.setFixedHeight(36)

    def _deed(self, name: str, label: str, icon: str) -> Button:
        made = button(label, "", icon, "small", clicked=lambda: self._act(name))
        made.hide()
        return made

    def set(self, chosen: int, states: Collection[str], total: int) -> None:
        """How many are chosen, in which states, of how many; deeds that fit nobody are hidden."""
        selected = _("{n} selected").format(n=words.number(chosen))
        self._count.set_text(selected if chosen else words.people(total))
        present = set(states)
        self.deeds["again"].setVisible(bool(present & AGAIN))
        self.deeds["arrived"].setVisible("uncertain" in present)
        self.deeds["suppress"].setVisible(bool(present & {"rejected", "deferred"}))

    def offer_changes(self, offered: bool) -> None:
        """Whether the list has changed under a person who works in it."""
        self._fresh.setVisible(offered)
