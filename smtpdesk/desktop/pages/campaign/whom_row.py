"""Whom a campaign goes to that was sent before: those who have not had it, or everybody again."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QRadioButton, QWidget

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desktop.components import text, vbox
from smtpdesk.desktop.pages.lists.words import number
from smtpdesk.store import Audience


class WhomRow(QWidget):
    """``row.show_audience(folder, audience)``; hidden while nobody has the campaign. ``chosen`` after a click."""

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._folder = Path()
        #: The campaigns for which a person has chosen everybody.
        self._everybody: set[Path] = set()
        self.only_new = QRadioButton(_("Only people who have not had it"))
        self.again = QRadioButton(_("Everybody again"))
        for choice in (self.only_new, self.again):
            choice.setAccessibleName(choice.text())
        self.only_new.setChecked(True)
        self.again.toggled.connect(self._toggled)
        self.setLayout(vbox(text(_("Send to"), "strong"), self.only_new, self.again, gap=6))
        self.hide()

    def show_audience(self, folder: Path, audience: Audience) -> None:
        """Offer the choice for the campaign in a folder, as it was chosen there before."""
        self._folder = folder
        again = folder in self._everybody and audience.having > 0
        self.again.blockSignals(True)
        (self.again if again else self.only_new).setChecked(True)
        self.again.blockSignals(False)
        new = ngettext(
            "Only the {n} person who has not had it", "Only the {n} people who have not had it", audience.new
        ).format(n=number(audience.new))
        self.only_new.setText(new if audience.new else _("Only people who have not had it: nobody new is on the list"))
        everybody = ngettext("Everybody again: {n} person", "Everybody again: {n} people", audience.everybody)
        self.again.setText(everybody.format(n=number(audience.everybody)))
        for choice in (self.only_new, self.again):
            choice.setAccessibleName(choice.text())
        self.setVisible(audience.having > 0)

    def everybody(self) -> bool:
        """Whether those who have the campaign get it again."""
        return self._folder in self._everybody

    def forget(self, folder: Path) -> None:
        """The campaign is being sent: the next time is another decision."""
        self._everybody.discard(folder)

    def _toggled(self, again: bool) -> None:
        if again:
            self._everybody.add(self._folder)
        else:
            self._everybody.discard(self._folder)
        self.chosen.emit()
