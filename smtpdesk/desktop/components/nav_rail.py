"""The rail at the leading edge: pages, and the card of what is being sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components.bars import StackedBar
from smtpdesk.desktop.components.buttons import Button
from smtpdesk.desktop.components.glyph import Glyph
from smtpdesk.desktop.components.layout import box, hbox, vbox
from smtpdesk.desktop.components.plain import set_tip
from smtpdesk.desktop.components.text import Elide, text

WIDE, NARROW = 200, 56


@dataclass(frozen=True, slots=True)
class RailItem:
    """One entry: page id, words, Lucide icon, and whether it stands at the bottom."""

    id: str
    title: str
    icon: str
    bottom: bool = False


class SendingCard(QFrame):
    """What is being sent: name, share, time left. A click asks for it (``pressed``)."""

    pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("card", "plain")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._name = Elide("", "caption")
        self._share = text("", "caption", "2")
        self._bar = StackedBar(height=4)
        self._left = text("", "caption", "3", wrap=True)
        column = vbox(hbox((self._name, 1), self._share), self._bar, self._left, gap=6, margins=(10, 9, 10, 9))
        self.setLayout(column)

    def set(self, name: str, share: float, left: str, color: str = "accent") -> None:
        """Name of the run, its share done (0 to 1), words about the time left."""
        self._name.set_text(name)
        self._share.set_text(f"{share:.0%}")
        self._bar.set_parts([(share, color)])
        self._left.set_text(left)
        self.setAccessibleName(f"{name}, {share:.0%}, {left}")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit()


class NavRail(QWidget):
    """Labelled rail of 200 px; :meth:`set_compact` leaves the icons (56 px). ``picked(str)`` gives the page id."""

    picked = Signal(str)

    def __init__(self, items: Sequence[RailItem] = (), brand: str = "SMTPDesk") -> None:
        super().__init__()
        self.setAccessibleName(_("Pages"))
        self._group = QButtonGroup(self)
        self._buttons: dict[str, tuple[Button, str]] = {}
        self._counts: dict[str, QWidget] = {}
        self._brand = text(brand, "section")
        head = box(hbox(12, Glyph("mails", "accentText", 20), 8, self._brand, None, gap=0))
        head.setFixedHeight(40)
        self._top, self._bottom = vbox(gap=2), vbox(gap=2)
        self.sending = SendingCard()
        self.sending.hide()
        self.setLayout(vbox(head, 8, self._top, None, self.sending, 8, self._bottom, gap=0, margins=(8, 8, 8, 12)))
        self._group.buttonClicked.connect(lambda chosen: self.picked.emit(str(chosen.property("page"))))
        self._compact = False
        self._wants_sending = False
        self.setFixedWidth(WIDE)
        self.set_items(items)

    def set_items(self, items: Sequence[RailItem]) -> None:
        """Add entries; once, as soon as the pages are known."""
        for item in items:
            (self._bottom if item.bottom else self._top).addWidget(self._make(item))
        if self._compact:
            self._compact = False
            self.set_compact(True)

    def _make(self, item: RailItem) -> Button:
        made = Button(f"  {item.title}")
        made.setCheckable(True)
        made.setProperty("nav", "true")
        made.setProperty("page", item.id)
        made.setAccessibleName(item.title)
        made.set_glyph(item.icon, "text2", "accentText", 18)
        count = text("", "caption", "3")
        made.setLayout(hbox(None, count, 10, gap=0))  # spacers mirror in right-to-left, content margins do not
        self._group.addButton(made)
        self._buttons[item.id] = (made, item.title)
        self._counts[item.id] = count
        return made

    def set_current(self, page: str) -> None:
        """Mark a page as the one on show; a page that is not in the rail unmarks all."""
        if page in self._buttons:
            self._buttons[page][0].setChecked(True)
            return
        self._group.setExclusive(False)
        for made, _title in self._buttons.values():
            made.setChecked(False)
        self._group.setExclusive(True)

    def set_count(self, page: str, count: int | None) -> None:
        """A quiet number at the end of an entry; None or 0 hides it."""
        label = self._counts.get(page)
        if label is not None:
            label.setProperty("words", f"{count:,}" if count else "")
            label.set_text(f"{count:,}" if count else "")  # type: ignore[attr-defined]

    def set_sending(self, shown: bool) -> None:
        """Show or hide the card (in the compact rail it stays hidden)."""
        self._wants_sending = shown
        self.sending.setVisible(shown and not self._compact)

    def set_compact(self, compact: bool) -> None:
        """Icons only, with the words as tool tips."""
        if compact == self._compact:
            return
        self._compact = compact
        self.setFixedWidth(NARROW if compact else WIDE)
        for made, title in self._buttons.values():
            made.setText("" if compact else f"  {title}")
            set_tip(made, title if compact else "")
        for label in self._counts.values():
            label.setVisible(not compact)
        self._brand.setVisible(not compact)
        self.set_sending(self._wants_sending)
