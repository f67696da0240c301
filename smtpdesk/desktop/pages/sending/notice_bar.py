"""The banner with its buttons, changed only when what it says changes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from smtpdesk.desktop.components import Banner, box, button, clear, hbox, vbox
from smtpdesk.desktop.pages.sending.notice import Notice


class NoticeBar(QWidget):
    """``set(notice)``; None hides it. ``act(deed)`` is called when a button is pressed."""

    def __init__(self, act: Callable[[str], object]) -> None:
        super().__init__()
        self._act = act
        self._shown: Notice | None = None
        self._buttons = hbox(gap=8)
        self._banner = Banner()
        self._banner.add_action(box(self._buttons))
        self.setLayout(vbox(self._banner))
        self.hide()

    @property
    def profile(self) -> str:
        """The profile that the present notice is about."""
        return self._shown.profile if self._shown else ""

    def notice(self) -> Notice | None:
        """What it says at present."""
        return self._shown if not self.isHidden() else None

    def set(self, notice: Notice | None) -> None:
        """Show a notice, or hide."""
        if notice == self._shown and (notice is None) == self.isHidden():
            return
        former, self._shown = self._shown, notice
        if notice is None:
            self.hide()
            return
        self._banner.set(notice.tone, notice.title, notice.body)
        if former is None or former.deeds != notice.deeds:
            clear(self._buttons)
            for place, (deed, label) in enumerate(notice.deeds):
                kind = "primary" if place == 0 and notice.tone == "bad" else ""
                self._buttons.addWidget(button(label, kind, clicked=lambda deed=deed: self._act(deed)))
        self.show()
