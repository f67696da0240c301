"""Panels."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QLayout, QWidget

from smtpdesk.desktop.components.layout import restyle, vbox


class Card(QFrame):
    """``Card(layout)`` or ``Card(widget)``. Kinds: plain, sunken (a well), ok, warn, bad, unsure, accent (washes)."""

    def __init__(self, content: QLayout | QWidget, kind: str = "plain") -> None:
        super().__init__()
        self.setProperty("card", kind)
        self.setLayout(vbox(content) if isinstance(content, QWidget) else content)

    def set_kind(self, kind: str) -> None:
        """Change its kind."""
        if self.property("card") != kind:
            self.setProperty("card", kind)
            restyle(self)
