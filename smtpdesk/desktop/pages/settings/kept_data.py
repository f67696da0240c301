"""What is kept, and how it goes: who starts what is scheduled, how long runs are kept, and one person's data."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desktop.components import ask_text, button, confirm, text

if TYPE_CHECKING:
    from smtpdesk.desk import Desk
    from smtpdesk.desktop.shell.context import AppContext

#: Months that can be chosen.
_MONTHS = (0, 6, 12, 24, 36)


class KeptData:
    """The controls of three rows of the settings, and what they do."""

    def __init__(
        self, context: AppContext, parent: QWidget, spawn: Callable[[Coroutine[Any, Any, None]], object]
    ) -> None:
        self._context, self._desk = context, context.desk
        self._parent = parent
        self.timer = QCheckBox(_("Let the system start it"))
        self.timer.setAccessibleName(_("Let the system start scheduled campaigns"))
        self.timer_words = text("", "caption", "3", wrap=True)
        self.timer.toggled.connect(lambda on: spawn(self._switch_timer(on)))
        self.months = QComboBox()
        self.months.setAccessibleName(_("How long what was sent is kept"))
        self.months.view().setAccessibleName(_("How long what was sent is kept"))
        for months in _MONTHS:
            self.months.addItem(_words(months), months)
        self.months.activated.connect(lambda _row: spawn(self._keep()))
        self.erase = button(_("Erase a person…"), clicked=lambda: spawn(self._erase()))

    async def show(self) -> None:
        """Show the present state."""
        await self._show_timer()
        kept = await self._desk.erasing.keep_months()
        if self.months.findData(kept) < 0:
            self.months.addItem(_words(kept), kept)
        self.months.setCurrentIndex(self.months.findData(kept))

    async def _show_timer(self) -> None:
        status = await self._desk.scheduling.timer()
        with QSignalBlocker(self.timer):
            self.timer.setChecked(status.on)
        self.timer.setEnabled(status.on or not status.missing)
        self.timer_words.set_text(f"{status.missing} {status.conditions}".strip())

    async def _switch_timer(self, on: bool) -> None:
        try:
            await self._desk.scheduling.use_timer(on)
        finally:
            await self._show_timer()

    async def _keep(self) -> None:
        months = int(self.months.currentData())
        old = await self._desk.erasing.old_runs(months) if months else []
        if old and not await self._sure(len(old), months):
            await self.show()
            return
        await self._desk.erasing.set_keep_months(months)
        gone = await self._desk.erasing.delete_old()
        if gone:
            self._context.toast(ngettext("{n} run deleted", "{n} runs deleted", gone).format(n=f"{gone:,}"))

    async def _sure(self, count: int, months: int) -> bool:
        title = ngettext("Delete {n} run now?", "Delete {n} runs now?", count).format(n=f"{count:,}")
        body = _(
            "They ended more than {months} months ago. Their people, logs and copies are deleted for good; "
            "nobody gets a campaign twice because of that."
        ).format(months=months)
        return await confirm(self._parent, title, body, _("Delete them"), danger=True)

    async def _erase(self) -> None:
        address = await ask_text(
            self._parent, _("Erase a person"), _("E-mail address"), yes=_("Look"), check=_problem(self._desk)
        )
        if address is None:
            return
        rows, deliveries = await self._desk.erasing.find_person(address)
        body = _(
            "In lists: {rows}. In runs: {deliveries}. Name and address are deleted there, in logs and in copies; "
            "the counts stay. The address stays on Never mail only, so that nobody writes to it again. "
            "This cannot be undone."
        ).format(rows=f"{rows:,}", deliveries=f"{deliveries:,}")
        title = _("Erase {address}?").format(address=address)
        if not await confirm(self._parent, title, body, _("Erase"), danger=True):
            return
        erased = await self._desk.erasing.erase_person(address)
        if erased.sources:
            files = ", ".join(erased.sources)
            self._context.toast(_("Erased. Delete it yourself in: {files}").format(files=files))
        else:
            self._context.toast(_("Erased everywhere in this workspace"))


def _problem(desk: Desk) -> Callable[[str], str]:
    def check(words: str) -> str:
        try:
            desk.erasing.check_address(words)
        except DeskError as error:
            return f"{error.sentence} {error.hint}"
        return ""

    return check


def _words(months: int) -> str:
    if not months:
        return _("Until I delete it")
    return ngettext("{n} month", "{n} months", months).format(n=months)
