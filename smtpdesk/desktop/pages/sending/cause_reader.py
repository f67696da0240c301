"""Reads the causes of a run, and its newest line, as often as the ledger moves and no oftener than is good."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from smtpdesk.desktop.components import Tasks
from smtpdesk.domain.delivery import CauseGroup, LogRow

if TYPE_CHECKING:
    from smtpdesk.desk import Desk
    from smtpdesk.desk.sending import RunView

#: Least seconds between two looks while a run is sent; a slow look makes the next one wait longer.
EVERY = 0.7
_SHARE = 10


class CauseReader(QObject):
    """``refresh(view)`` on every look at the run; ``read(groups, newest line or None)`` when there is news.

    ``groups`` are the causes as last read, ``seen`` the ledger's counter at that time (-1: not read yet).
    """

    read = Signal(list, object)

    def __init__(self, desk: Desk, tasks: Tasks) -> None:
        super().__init__()
        self._desk, self._tasks = desk, tasks
        self._task: asyncio.Task[Any] | None = None
        self._run = ""
        self._newest = 0
        self._not_before = 0.0
        self.groups: list[CauseGroup] = []
        self.seen = -1

    def show_run(self, run_id: str) -> None:
        """Another run."""
        self._run, self._newest, self.groups, self.seen = run_id, 0, [], -1

    def look_again(self) -> None:
        """Something was changed from here: read at the next look, whatever the counter says."""
        self.seen, self._not_before = -1, 0.0

    def refresh(self, view: RunView, *, with_line: bool) -> None:
        """Read if the ledger moved; never twice at once. ``with_line``: the newest line of the log, too."""
        busy = self._task is not None and not self._task.done()
        if view.advanced == self.seen or busy or (view.alive and monotonic() < self._not_before):
            return
        self._task = self._tasks.spawn(self._read(self._run, view.advanced, with_line))

    async def _read(self, run: str, advanced: int, with_line: bool) -> None:
        began = monotonic()
        groups = await self._desk.reports.causes(run)
        line = await asyncio.to_thread(self._newest_line, run, self._newest) if with_line else None
        if run != self._run:
            return
        self._newest = line.id if line is not None else self._newest
        self.seen, self.groups = advanced, groups
        self._not_before = monotonic() + max(EVERY, _SHARE * (monotonic() - began))
        self.read.emit(groups, line)

    def _newest_line(self, run: str, after: int) -> LogRow | None:
        """In a thread: sought behind the last one that is known."""
        new = self._desk.reports.log_ids_now(run, after=after)
        rows = self._desk.reports.log_rows_now(new[-1:])
        return rows[0] if rows else None
