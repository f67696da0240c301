"""The bar of 60 px at the top of a page."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from smtpdesk.desktop.components.layout import box, hbox, rule, vbox
from smtpdesk.desktop.components.text import Elide


class TopBar(QWidget):
    """``TopBar(title, sub, middle=Stepper(…), right=[button(…)])``; ``set_title``, ``set_sub`` as things change.

    ``bar.right`` is the layout of the actions."""

    def __init__(
        self, title: str, sub: str = "", middle: QWidget | None = None, right: list[QWidget] | None = None
    ) -> None:
        super().__init__()
        self._title = Elide(title, "section")
        self._sub = Elide(sub, "caption", "3")
        self._sub.setVisible(bool(sub))
        head = box(vbox(None, self._title, self._sub, None, gap=1))
        head.setMinimumWidth(120)
        row = hbox((head, 2 if middle else 1), gap=10, margins=(24, 0, 16, 0))
        if middle is not None:
            row.addWidget(middle, 3)
            row.addStretch(1)
        self.right = hbox(gap=8)
        for widget in right or []:
            self.right.addWidget(widget)
        row.addLayout(self.right)
        bar = box(row)
        bar.setFixedHeight(60)
        self.setLayout(vbox(bar, rule(), gap=0))

    def set_title(self, title: str) -> None:
        """Another title."""
        self._title.set_text(title)

    def set_sub(self, sub: str) -> None:
        """Another line below it; "" hides it."""
        self._sub.set_text(sub)
        self._sub.setVisible(bool(sub))
