"""Whose message is shown: one after the other, or found by name, address or number."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHeaderView, QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _
from smtpdesk.desk.people import People
from smtpdesk.desktop.components import (
    Button,
    Column,
    Elide,
    Glyph,
    PagedModel,
    Tasks,
    box,
    button,
    hbox,
    search_line,
    table_view,
    text,
    vbox,
)
from smtpdesk.desktop.components.plain import set_tip
from smtpdesk.desktop.pages.campaign.people_words import display_name
from smtpdesk.desktop.pages.lists.words import number
from smtpdesk.domain.recipient import Recipient

_DEBOUNCE_MS = 200
_POPUP = (420, 360)
#: Numbers that are made in one go: a fraction of a millisecond.
_PIECE = 8192


class PersonPicker(QWidget):
    """``picker.set_people(people)``, ``picker.show_person(index, person)``; ``picked(int)``: another one is wanted."""

    picked = Signal(int)

    def __init__(self, on_error: Callable[[DeskError], None]) -> None:
        super().__init__()
        self._people: People | None = None
        self._index = 0
        self.previous = button("", "quiet", "chevron-left", tip=_("Previous person (Alt+Left)"), clicked=self.go_back)
        self.next = button("", "quiet", "chevron-right", tip=_("Next person (Alt+Right)"), clicked=self.go_on)
        self._name, self._address = Elide("", "strong", hug=True), Elide("", "body", "3")
        self.who = Button()
        self.who.setFixedHeight(32)
        self.who.setMinimumWidth(90)
        self.who.setMaximumWidth(320)
        self._who_row = hbox(
            self._name, (self._address, 1), Glyph("chevron-down", "text3", 14), gap=8, margins=(10, 0, 8, 0)
        )
        self.who.setLayout(self._who_row)
        self.who.clicked.connect(self.open_search)
        self._place = text("", "caption", "3")
        self.setLayout(hbox(self.previous, (self.who, 1), self.next, self._place, gap=5))
        self.popup = _SearchPopup(self, on_error)
        self.popup.picked.connect(self.picked)
        self.set_people(None)

    def set_people(self, people: People | None) -> None:
        """The people to choose from."""
        self._people = people
        self.popup.set_people(people)
        if people is None or not people.ready:
            self._say("", _("Nobody yet"))
            self._place.set_text("")
        self._enable()

    def show_person(self, index: int, person: Recipient) -> None:
        """Say whose message is on show."""
        self._index = index
        self._say(display_name(person), person.address)
        total = self._people.ready if self._people else 0
        self._place.set_text(_("{n} of {total}").format(n=number(index + 1), total=number(total)))
        self._enable()

    def _say(self, name: str, address: str) -> None:
        self._name.set_text(name)
        self._name.setVisible(bool(name))
        self._address.set_text(address)
        self.who.setAccessibleName(_("Person whose message is shown: {who}").format(who=f"{name} {address}".strip()))
        set_tip(self.who, f"{name}\n{address}".strip())

    def _enable(self) -> None:
        total = self._people.ready if self._people else 0
        self.previous.setEnabled(self._index > 0 and total > 0)
        self.next.setEnabled(self._index < total - 1)
        self.who.setEnabled(total > 0)

    def go_back(self) -> None:
        """The person before."""
        if self.previous.isEnabled():
            self.picked.emit(self._index - 1)

    def go_on(self) -> None:
        """The next person."""
        if self.next.isEnabled():
            self.picked.emit(self._index + 1)

    def open_search(self) -> None:
        """Show the list of people, with a search line."""
        self.popup.open_at(self.who.mapToGlobal(QPoint(0, self.who.height() + 4)), self._index)


class _SearchPopup(QFrame):
    picked = Signal(int)

    def __init__(self, parent: QWidget, on_error: Callable[[DeskError], None]) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("card", "dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setFixedSize(*_POPUP)
        self._tasks = Tasks(self, on_error)
        self._people: People | None = None
        self._turn = 0
        self.line = search_line(_("Name, address, any field, or a number"), _POPUP[0] - 24)
        self.model = PagedModel(self._columns(), self._rows)
        self.table = table_view(self.model, _("People"))
        header = self.table.horizontalHeader()
        header.hide()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.table.clicked.connect(self._pick)
        self.table.activated.connect(self._pick)
        self._none = text(_("Nobody found"), "body", "3")
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._none.hide()
        self.setLayout(vbox(box(hbox(self.line, margins=(12, 12, 12, 8))), (self.table, 1), (self._none, 1), 8, gap=0))
        self._timer = QTimer(self, singleShot=True, interval=_DEBOUNCE_MS)
        self._timer.timeout.connect(self._search)
        self.line.textChanged.connect(lambda _words: self._timer.start())
        self.line.returnPressed.connect(self._pick_first)
        self.line.installEventFilter(self)

    @staticmethod
    def _columns() -> list[Column]:
        return [
            Column("n", "", 64, lambda row: number(row[0] + 1), right=True, tone=lambda _row: "text3"),
            Column("who", "", 140, lambda row: display_name(row[1])),
            Column("address", "", 200, lambda row: row[1].address, tone=lambda _row: "text2"),
        ]

    def _rows(self, indexes: Sequence[int]) -> list[tuple[int, Recipient]]:
        people = self._people
        if people is None:
            return []
        found = people.view.rows([people.ready_ids[index] for index in indexes])
        return list(zip(indexes, found, strict=False))

    async def _fill(self, people: People, index: int) -> None:
        """Show everybody, at the present person. The numbers of a million are made beside the window's thread."""
        self._turn += 1
        turn = self._turn
        everybody = await asyncio.to_thread(_matching, people, "")
        if turn != self._turn or people is not self._people:
            return
        self.model.set_ids(everybody)
        self._show_found()
        if 0 <= index < len(everybody):
            self.table.selectRow(index)
            self.table.scrollTo(self.model.index(index, 0), self.table.ScrollHint.PositionAtCenter)

    def set_people(self, people: People | None) -> None:
        """The people to choose from; they are put into the table when it is opened."""
        self._people = people
        self.model.set_ids(array("q"))

    def open_at(self, corner: QPoint, index: int) -> None:
        """Show it below the button, at the present person."""
        self.line.clear()
        self._timer.stop()
        self.model.set_ids(array("q"))
        self.move(corner)
        self.show()
        self.line.setFocus()
        if self._people is not None:
            self._tasks.spawn(self._fill(self._people, index))

    def _show_found(self) -> None:
        found = len(self.model.ids()) > 0
        self.table.setVisible(found)
        self._none.setVisible(not found)

    def _search(self) -> None:
        if self._people is not None:
            self._tasks.spawn(self._find(self._people, self.line.text().strip()))

    async def _find(self, people: People, words: str) -> None:
        self._turn += 1
        turn = self._turn
        found = await asyncio.to_thread(_matching, people, words)
        if turn == self._turn and people is self._people:
            self.table.scrollToTop()
            self.model.set_ids(found)
            self._show_found()
            if found:
                self.table.selectRow(0)

    def _pick(self, index: QModelIndex | QPersistentModelIndex) -> None:
        self.hide()
        self.picked.emit(self.model.ids()[index.row()])

    def _pick_first(self) -> None:
        chosen = self.table.currentIndex()
        if self._timer.isActive():
            words = self.line.text().strip()
            if words.isdigit() and self._people is not None and 0 < int(words) <= self._people.ready:
                self.hide()
                self.picked.emit(int(words) - 1)
                return
        if len(self.model.ids()):
            self._pick(chosen if chosen.isValid() else self.model.index(0, 0))

    def eventFilter(self, watched: object, event: object) -> bool:
        """Arrow keys in the search line move in the list."""
        if isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None and len(self.model.ids()):
                row = self.table.currentIndex().row() + step
                self.table.selectRow(max(0, min(row, len(self.model.ids()) - 1)))
                return True
        return False


def _matching(people: People, words: str) -> array[int]:
    """Indexes of people; a bare number finds that person first."""
    if not words:
        found = array("q")
        for start in range(0, people.ready, _PIECE):  # in one call, all threads would wait
            found.extend(range(start, min(start + _PIECE, people.ready)))
        return found
    found = array("q", people.find(words))
    if words.isdigit() and 0 < int(words) <= people.ready:
        wanted = int(words) - 1
        found = array("q", [wanted, *(index for index in found if index != wanted)])
    return found
