"""What is about to be sent, as a card of labelled lines."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Card, Elide, rule, text, vbox


def _labels() -> dict[str, str]:
    return {
        "to": _("To"),
        "from": _("From"),
        "subject": _("Subject"),
        "with": _("Sent with"),
        "time": _("Takes"),
        "size": _("Each message"),
        "test": _("Test"),
    }


class FactsCard(Card):
    """``card.values["subject"].set_text(…)``; the keys: to, from, subject, with, time, size, test."""

    def __init__(self) -> None:
        self.values: dict[str, Elide] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(11)
        grid.setColumnStretch(1, 1)
        for row, (key, label) in enumerate(_labels().items()):
            if row:
                grid.addWidget(rule(), 2 * row - 1, 0, 1, 2)
            grid.addWidget(text(label, "body", "3"), 2 * row, 0, Qt.AlignmentFlag.AlignTop)
            self.values[key] = Elide("", "strong" if key == "to" else "body")
            grid.addWidget(self.values[key], 2 * row, 1)
        super().__init__(vbox(grid, margins=(20, 16, 20, 16)))
