"""What stands in place of a campaign that cannot be read."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Banner, box, button, hbox, vbox
from smtpdesk.desktop.preview.problem import place_of


class FailurePage(QWidget):
    """``page.show_error(error)``. ``again``, ``folder``, ``back``: what the person wants."""

    again = Signal()
    folder = Signal()
    back = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._banner = Banner("bad", "", "")
        again = button(_("Try again"), "primary", clicked=self.again.emit)
        folder = button(_("Open the folder"), clicked=self.folder.emit)
        back = button(_("To the campaigns"), clicked=self.back.emit)
        inside = box(vbox(self._banner, hbox(again, folder, back, None), gap=14))
        inside.setMaximumWidth(640)
        self.setLayout(vbox(None, hbox(None, (inside, 6), None), None, margins=24))

    def show_error(self, error: DeskError) -> None:
        """Say what is wrong, and where."""
        file, line = place_of(error.where)
        place = _("{file}, line {n}.").format(file=file, n=line) if line else ""
        self._banner.set("bad", error.sentence, f"{place} {error.hint}".strip())
