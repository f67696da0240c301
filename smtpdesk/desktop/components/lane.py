"""One profile at work, as a row of a card."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components.buttons import Button, button
from smtpdesk.desktop.components.chip import Chip
from smtpdesk.desktop.components.layout import box, clear, hbox, vbox
from smtpdesk.desktop.components.plain import set_tip
from smtpdesk.desktop.components.sparkline import Sparkline
from smtpdesk.desktop.components.text import Elide, text

_ICON = {"ok": "arrow-right", "warn": "hourglass", "bad": "circle-x", "unsure": "circle-question-mark", "": "pause"}


class Lane(QWidget):
    """``Lane(profile_name)`` then :meth:`set` on every change: state, note, rate and count as ready-made words.

    ``act(deed)`` is called with the id of a pressed remedy; ``menu(button)`` when the button at its end is pressed.
    A lane without a rate shows no curve either.
    """

    HEIGHT = 74

    def __init__(
        self,
        name: str,
        act: Callable[[str], object] | None = None,
        menu: Callable[[Button], object] | None = None,
    ) -> None:
        super().__init__()
        self._name, self._act, self._menu = name, act, menu
        self._chip = Chip("")
        self._note = Elide("", "body", "2")
        self._count = Elide("", "caption", "3")
        self._aside = Elide("", "caption", "3", hug=True)  # where the note needs the line of the count, too
        self._aside.hide()
        self._curve = Sparkline(height=22)
        self._curve.setFixedSize(72, 22)
        self._rate = text("", "strong")
        self._rate.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._rate.setMinimumWidth(44)
        self._deeds: tuple[tuple[str, str], ...] = ()
        self._buttons = hbox(gap=6)
        self._remedies = box(self._buttons)
        self._remedies.hide()
        self.more = button("", "quiet", "ellipsis-vertical", "small", tip=_("More about {name}").format(name=name))
        self.more.clicked.connect(self._open_menu)
        self.more.setVisible(menu is not None)
        # Spacers, not margins: those do not mirror.
        called = Elide(name, "strong", hug=True)
        title = hbox(called, self._chip, self._aside, None, self._curve, self._rate, self.more, gap=8)
        below = hbox((vbox(self._note, self._count, gap=1), 1), self._remedies, gap=10)
        column = vbox(hbox(14, (title, 1), 6, gap=0), hbox(14, (below, 1), 14, gap=0), None, gap=1)
        column.setContentsMargins(0, 6, 0, 6)
        self.setLayout(column)
        self.setFixedHeight(self.HEIGHT)

    def set(
        self,
        state: str,
        tone: str,
        note: str,
        rate: str,
        count: str,
        values: Sequence[float] = (),
        *,
        icon: str = "",
        tip: str = "",
        deeds: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Show ``state`` on a chip of ``tone`` ("", ok, warn, bad, unsure), a note and the figures below.

        Args:
            icon: a Lucide name for the chip, where the tone's own does not fit.
            tip: what the note means, in more words.
            deeds: remedies as (id, label), the usual one first.
        """
        self._chip.set(state, tone, icon or _ICON.get(tone))
        self._note.set_text(note)
        set_tip(self._chip, tip)
        self._rate.set_text(rate)
        self._count.set_text(count)
        self._aside.set_text(count)
        self._curve.set_values(values, color="accentText" if tone in ("ok", "") else f"{tone}Fill")
        self._set_deeds(tuple(deeds))
        self._curve.setVisible(bool(rate))
        self._rate.setVisible(bool(rate))
        self.setAccessibleName(f"{self._name}, {state}. {note} {rate}, {count}")
        self.setAccessibleDescription(tip)

    def _set_deeds(self, deeds: tuple[tuple[str, str], ...]) -> None:
        if deeds == self._deeds:
            return
        self._deeds = deeds
        clear(self._buttons)
        for deed, label in deeds:
            made = button(label, "", None, "small", clicked=lambda deed=deed: self._do(deed))
            made.setAccessibleDescription(self._name)
            self._buttons.addWidget(made)
        self._remedies.setVisible(bool(deeds))
        # Beside buttons there is half the width: the note gets a second line, and the figures move up.
        self._note.set_lines(2 if deeds else 1)
        self._count.setVisible(not deeds)
        self._aside.setVisible(bool(deeds))

    def _do(self, deed: str) -> None:
        if self._act is not None:
            self._act(deed)

    def _open_menu(self) -> None:
        if self._menu is not None:
            self._menu(self.more)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The right button opens the same menu."""
        self._open_menu()
