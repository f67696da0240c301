"""The bar at the top of a campaign: its name and when it was saved, the steps in the middle, what to do next."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from smtpdesk.desktop.components import Elide, box, hbox, rule, vbox

_HEIGHT = 60


class CampaignBar(QWidget):
    """Both sides are equally wide, so that the steps stay in the middle whatever stands at the end."""

    def __init__(self, middle: QWidget, right: list[QWidget]) -> None:
        super().__init__()
        self._title, self._sub = Elide("", "section"), Elide(" ", "caption", "3")
        head = box(vbox(None, self._title, self._sub, None, gap=1))
        tail = box(hbox(None, *right, gap=8))
        row = box(hbox((head, 1), middle, (tail, 1), gap=16, margins=(24, 0, 16, 0)))
        row.setFixedHeight(_HEIGHT)
        for side in (head, tail):
            side.setMinimumWidth(120)
        self.setLayout(vbox(row, rule(), gap=0))

    def set_title(self, title: str) -> None:
        """The campaign's name."""
        self._title.set_text(title)

    def set_sub(self, sub: str) -> None:
        """When it was saved."""
        self._sub.set_text(sub)

    def sub(self) -> str:
        """What stands below the name."""
        return self._sub.text()
