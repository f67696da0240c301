"""Coroutines started from slots: kept alive, cancelled with their page, and their errors told to the person.

::

    self._tasks = Tasks(self, on_error=self.banner.set_error)     # once a page
    button(_("Test"), clicked=lambda: self._tasks.spawn(self._test()))
    ...
    self._tasks.cancel()                                          # the page closes

or, without an owner of its own, ``spawn(coroutine, self)``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject

from smtpdesk.base.errors import Cancelled, DeskError
from smtpdesk.base.i18n import _

log = logging.getLogger(__name__)

#: Called with an error that reached nobody else. The window sets it to show a toast.
_teller: Callable[[DeskError], None] | None = None


def set_teller(teller: Callable[[DeskError], None] | None) -> None:
    """Who shows errors of tasks that have no ``on_error``: the window, as a toast."""
    global _teller  # one window a process
    _teller = teller


def unexpected(error: BaseException) -> DeskError:
    """The calm sentence for an error that is ours to mend; the details are in the log only."""
    log.error("unexpected error in a task", exc_info=error)
    return DeskError(
        "desktop.unexpected",
        _("Something went wrong inside the program."),
        _("Nothing was lost. The details are in the log; see Settings, “Open the log folder”."),
    )


class Tasks:
    """The running coroutines of one page. A destroyed owner cancels them."""

    def __init__(self, owner: QObject, on_error: Callable[[DeskError], None] | None = None) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._on_error = on_error
        self._gone: list[bool] = []
        running, gone = self._running, self._gone  # not self: the owner must not be kept alive by its own signal

        def ended() -> None:
            gone.append(True)
            _cancel_all(running)

        owner.destroyed.connect(ended)

    def spawn(
        self, work: Coroutine[Any, Any, Any], on_error: Callable[[DeskError], None] | None = None
    ) -> asyncio.Task[Any]:
        """Start ``work`` on the running loop; its :class:`DeskError` goes to ``on_error``, the owner's, or a toast."""
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(lambda done: self._ended(done, on_error))
        return task

    def _ended(self, task: asyncio.Task[Any], on_error: Callable[[DeskError], None] | None) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None or isinstance(error, Cancelled):
            return
        if not isinstance(error, Exception):
            raise error
        told = error if isinstance(error, DeskError) else unexpected(error)
        tell = on_error or self._on_error or _teller
        if tell is None or self._gone:
            log.error("nobody to tell: %s", told.code)
        else:
            tell(told)

    def cancel(self) -> None:
        """Cancel all; they end at their next await."""
        _cancel_all(self._running)

    def __len__(self) -> int:
        return len(self._running)


def _cancel_all(running: set[asyncio.Task[Any]]) -> None:
    for task in list(running):
        task.cancel()


def spawn(
    work: Coroutine[Any, Any, Any], owner: QObject, on_error: Callable[[DeskError], None] | None = None
) -> asyncio.Task[Any]:
    """Start a coroutine that lives no longer than ``owner``; see :class:`Tasks`."""
    tasks = getattr(owner, "_tasks", None)
    if not isinstance(tasks, Tasks):
        tasks = Tasks(owner)
        owner._tasks = tasks  # type: ignore[attr-defined]
    return tasks.spawn(work, on_error)
