"""*Try everything*: each combination of server, port and encryption in a line, and the safest that works."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desk.mends import Mend, security_words
from smtpdesk.desk.profile_test import Recommendation
from smtpdesk.desktop.components import STATUS, Banner, Glyph, button, status_color, text, vbox
from smtpdesk.desktop.pages.profiles.words import seconds_words
from smtpdesk.smtp.survey import Tried

#: Sign, host, port, encryption, and how long it took.
_COLUMNS = 5


class SurveyView(QWidget):
    """``begin()``, ``add(Tried)`` as they come, ``recommend(…)``. ``chosen(Mend)`` asks to use one and test it."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._tried: list[Tried] = []
        self._banner = Banner()
        self._banner.hide()
        self._mend: Mend | None = None
        self._use = button(_("Use it and test"), "primary", "", "small", clicked=self._choose)
        self._banner.add_action(self._use)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(1)
        self._grid.setColumnStretch(_COLUMNS - 2, 1)
        self._table = QWidget()
        self._table.setLayout(self._grid)
        self._table.setAccessibleName(_("Combinations that were tried"))
        self._waiting = text(_("Trying the likely ports and encryptions, all at once."), "body", "2")
        self.setLayout(vbox(self._banner, self._waiting, self._table, None, gap=10))

    def begin(self) -> None:
        """Start anew."""
        self._tried, self._mend = [], None
        self._banner.hide()
        self._waiting.show()
        self._fill()

    def add(self, one: Tried) -> None:
        """One has ended."""
        self._tried.append(one)
        self._fill()

    def recommend(self, found: Recommendation) -> None:
        """All have ended."""
        self._waiting.hide()
        self._mend = found.mend
        good = found.tried is not None and (found.step is None or found.step.state != "failed")
        tone = "ok" if good else "warn" if found.tried is not None else "bad"
        self._use.setVisible(found.mend is not None)
        more = found.step.meaning.advice if found.step is not None and found.step.meaning is not None else ""
        self._banner.set(tone, found.sentence, more)

    def stop(self) -> None:
        """Cancelled: what is there stays."""
        self._waiting.hide()

    def tried(self) -> Sequence[Tried]:
        """What is shown, those that work first."""
        return sorted(self._tried, key=lambda one: (not one.ok, one.relay.host, one.relay.port))

    def _choose(self) -> None:
        if self._mend is not None:
            self.chosen.emit(self._mend)

    def _fill(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for row, one in enumerate(self.tried()):
            state = "ok" if one.ok else "bad"
            cells: list[QWidget] = [
                Glyph(STATUS[state], status_color(state), 16),
                text(f"\u2066{one.relay.host}\u2069", "strong" if one.ok else "body", "" if one.ok else "2"),
                text(str(one.relay.port), "body"),
                text(security_words(one.relay.security), "body"),
                text(seconds_words(one.seconds), "caption", "3"),
            ]
            for column, cell in enumerate(cells):
                self._grid.addWidget(cell, 2 * row, column, Qt.AlignmentFlag.AlignVCenter)
            words = text(one.detail, "caption", "2", wrap=True)
            words.setContentsMargins(0, 0, 0, 6)
            self._grid.addWidget(words, 2 * row + 1, 1, 1, _COLUMNS - 1)  # a line of its own: there it is never cut
