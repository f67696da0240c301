"""The right half of the step "Message": what one person gets, a moment after every change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _
from smtpdesk.desk.campaigns import Shown
from smtpdesk.desk.people import People
from smtpdesk.desktop.components import Tasks, vbox
from smtpdesk.desktop.pages.campaign.editing import Editing
from smtpdesk.desktop.pages.campaign.person_picker import PersonPicker
from smtpdesk.desktop.preview import MessagePreview
from smtpdesk.domain.finding import Row

_AFTER_MS = 350
#: Errors that only say that something is not chosen yet.
_NOBODY_YET = {"recipients.none", "campaign.no-recipients", "list.unknown"}
_NOT_YET = {"campaign.no-profile"}


class PreviewPane(QWidget):
    """Shows the message of the person at ``index``. ``shown(Shown)``; ``problem(DeskError)``; ``jump(file, line)``."""

    shown = Signal(object)
    problem = Signal(object)
    jump = Signal(str, int)

    def __init__(self, editing: Editing, on_error: Callable[[DeskError], None]) -> None:
        super().__init__()
        self._editing = editing
        self._tasks = Tasks(self, on_error)
        self.index = 0
        self._busy = self._again = self._active = False
        self.picker = PersonPicker(on_error)
        self.picker.picked.connect(self.show_index)
        self.view = MessagePreview(self.picker)
        self.view.jump.connect(self.jump)
        self.setLayout(vbox((self.view, 1), gap=0))
        self._timer = QTimer(self, singleShot=True, interval=_AFTER_MS)
        self._timer.timeout.connect(self.refresh)
        editing.changed.connect(self._changed)
        editing.people_changed.connect(self._people_changed)

    def set_active(self, active: bool) -> None:
        """Render only while it is on show."""
        self._active = active
        if active:
            self.refresh()
        else:
            self._timer.stop()
            self._tasks.cancel()

    def forget(self) -> None:
        """Another campaign is opened: begin with its first person, and without pictures."""
        self.index = 0
        self.view.mail.forget_pictures()

    def show_index(self, index: int) -> None:
        """Show another person's message."""
        self.index = index
        people = self._editing.people
        if people is not None and 0 <= index < people.ready:
            self.picker.show_person(index, people.at(index))
        self.refresh()

    def _changed(self) -> None:
        if self._active:
            self._timer.start()

    def _people_changed(self) -> None:
        people = self._editing.people
        self.picker.set_people(people)
        self.index = min(self.index, max(0, people.ready - 1)) if people else 0
        if people is not None and people.ready:
            self.picker.show_person(self.index, people.at(self.index))
        if self._active:
            self._timer.start()

    async def index_of(self, people: People, row: Row) -> int | None:
        """The index of a row's person; None when the row is set aside."""
        return await asyncio.to_thread(_index_of, people, row)

    def refresh(self) -> None:
        """Render now; while one is being rendered the next waits for it."""
        if not self._editing.is_open():
            return
        if self._busy:
            self._again = True
            return
        self._busy = True
        self._tasks.spawn(self._render())

    async def _render(self) -> None:
        try:
            while True:
                self._again = False
                await self._render_once(self.index)
                if not self._again:
                    return
        finally:
            self._busy = False

    async def _render_once(self, index: int) -> None:
        if not await self._editing.save():
            return
        try:
            shown = await self._editing.preview(index)
        except DeskError as error:
            if not self._again:
                self._cannot(error)
            return
        if not self._again and index == self.index:
            self._can(shown)

    def _can(self, shown: Shown) -> None:
        self.picker.show_person(shown.index, shown.recipient)
        if self._written():
            self.view.show_message(shown.raw, shown.back)
        else:
            self._nothing()
        self.shown.emit(shown)

    def _written(self) -> bool:
        draft = self._editing.draft
        return bool(draft.html.strip() or draft.text.strip())

    def _nothing(self) -> None:
        self.view.show_empty(_("Nothing written yet"), _("As soon as there is a message, you see it here."))

    def _cannot(self, error: DeskError) -> None:
        if error.code == "message.empty" or (error.code.startswith("message.") and not self._written()):
            self._nothing()
        elif error.code in _NOBODY_YET:
            words = _("Choose the recipients in the first step; here you then see what each of them gets.")
            self.view.show_empty(_("Nobody to show it for yet"), words)
        elif error.code in _NOT_YET:
            self.view.show_empty(_("Nothing to send it with yet"), _("Choose a profile in the first step."))
        else:
            self.view.show_problem(error)
        self.problem.emit(error)


def _index_of(people: People, row: Row) -> int | None:
    for index in people.find(row.address) if row.address else []:
        if people.at(index).line == row.line:
            return index
    return None
