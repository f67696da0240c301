"""Follows runs for the window: one look after another while they are sent, whichever page is on show."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QWidget

from smtpdesk.base.errors import StoreError
from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Tasks
from smtpdesk.desktop.pages.sending import words
from smtpdesk.desktop.pages.sending.rail import card_of
from smtpdesk.desktop.pages.sending.situation import LIVE, OVER, Phase, phase_of
from smtpdesk.desktop.shell.context import AppContext

if TYPE_CHECKING:
    from smtpdesk.desk.sending import RunView

#: Seconds between two looks at a run that nobody sends, while its page is on show.
SLOW = 2.0
#: Seconds until the next look after the workspace could not be read.
AGAIN = 10.0


class Follower(QObject):
    """``looked(RunView)`` for every look at a followed run; feeds the card at the foot of the rail.

    A run is followed while it is being sent, and as long as its page is on show (``watched``). It ends with the
    window.
    """

    looked = Signal(object)

    def __init__(self, context: AppContext, owner: QWidget) -> None:
        super().__init__(owner)
        self._context = context
        self._tasks = Tasks(self)
        self._loops: dict[str, asyncio.Task[Any]] = {}
        self._wakes: dict[str, asyncio.Event] = {}
        self._last: dict[str, tuple[RunView, Phase]] = {}
        #: The run whose page is on show, or "".
        self.watched = ""
        self._carded = ""
        context.window.installEventFilter(self)

    def follow(self, run_id: str) -> None:
        """Look at a run now, and go on while it is being sent."""
        task = self._loops.get(run_id)
        if task is None or task.done():
            self._wakes[run_id] = asyncio.Event()
            self._loops[run_id] = self._tasks.spawn(self._loop(run_id))
        else:
            self._wakes[run_id].set()

    def forget(self, run_id: str) -> None:
        """The run was deleted: look at it no more."""
        task = self._loops.pop(run_id, None)
        if task is not None:
            task.cancel()
        self._last.pop(run_id, None)
        if self.watched == run_id:
            self.watched = ""
        self._feed_rail()

    def cancel(self) -> None:
        """End every loop."""
        self._tasks.cancel()
        self._loops.clear()

    async def _loop(self, run_id: str) -> None:
        wake = self._wakes[run_id]
        while True:
            wake.clear()
            try:
                async for view in self._context.desk.sending.watch(run_id):
                    self._see(view)
            except StoreError as error:
                if error.code == "workspace.closed":
                    return
                self._context.toast(str(error), None, "bad")
                await asyncio.sleep(AGAIN)
                continue
            if self.watched != run_id:
                return
            try:
                async with asyncio.timeout(SLOW):
                    await wake.wait()
            except TimeoutError:
                continue

    def _see(self, view: RunView) -> None:
        phase = phase_of(view)
        before = self._last.get(view.run.id)
        self._last[view.run.id] = (view, phase)
        self._feed_rail()
        if before is not None and before[1] in LIVE and phase not in LIVE and self.watched != view.run.id:
            self._tell_end(view, phase)
        self.looked.emit(view)

    def _feed_rail(self) -> None:
        """The card shows the youngest run that is being sent; else one that waits for the person."""
        live = [pair for pair in self._last.values() if pair[1] in LIVE]
        rest = [pair for pair in self._last.values() if pair[1] not in LIVE and pair[1] not in OVER]
        shown = max(live or rest, key=lambda pair: pair[0].run.created_at, default=None)
        self._context.set_sending(card_of(*shown) if shown else None)

    def _tell_end(self, view: RunView, phase: Phase) -> None:
        """Somebody who is elsewhere in the window hears how it ended."""
        run = view.run.id
        show = (_("Show"), lambda: self._context.go("sending", run_id=run))
        sentences = {
            Phase.DONE: _("“{name}” is done: {accepted} of {total} accepted"),
            Phase.STOPPED: _("“{name}” is stopped: {accepted} of {total} accepted"),
            Phase.PAUSED: _("“{name}” is paused: {accepted} of {total} accepted"),
        }
        sentence = sentences.get(phase, _("“{name}” needs you: sending has stopped"))
        words_ = sentence.format(
            name=view.run.campaign,
            accepted=words.number(view.counts.accepted),
            total=words.number(view.counts.recipients),
        )
        self._context.toast(words_, show, "ok" if phase in sentences else "bad")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The window closes: look no more (the workers go on by themselves)."""
        if event.type() == QEvent.Type.Hide and not event.spontaneous():
            self.cancel()
        return False
