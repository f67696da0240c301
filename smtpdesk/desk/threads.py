"""Blocking work leaves the event loop: the store on one thread, long jobs on another, progress comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
#: Called with what is done so far and, where it is known, the fraction of the whole (0..1).
Progress = Callable[[int, float | None], None]


class StoreThread:
    """The one thread of this process on which the store is written."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="store")

    async def call(self, function: Callable[[], T]) -> T:
        """Run ``function`` on the store's thread and return what it returns."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, function)

    def close(self) -> None:
        """Wait for what is under way, then end the thread."""
        self._pool.shutdown(wait=True)


class Cancel:
    """A request to stop a long job; pass it to the job, call :meth:`set` from anywhere."""

    def __init__(self) -> None:
        self._asked = False

    def set(self) -> None:
        """Ask the job to stop at the next opportunity."""
        self._asked = True

    def __call__(self) -> bool:
        """True once it was asked for."""
        return self._asked


def relay_progress(progress: Progress | None) -> Progress | None:
    """A progress callback that may be called from a job's thread and arrives on the event loop."""
    if progress is None:
        return None
    loop = asyncio.get_running_loop()
    told = progress

    def relay(done: int, fraction: float | None) -> None:
        loop.call_soon_threadsafe(told, done, fraction)

    return relay


async def job(function: Callable[[], T], cancel: Cancel) -> T:
    """Run a long job on a thread; cancelling the awaiting task asks the job to stop and waits until it has."""
    task = asyncio.ensure_future(asyncio.to_thread(function))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        cancel.set()
        task.add_done_callback(_seen)  # not after the wait: that can be cancelled, too
        await asyncio.wait({task})
        raise


def _seen(task: asyncio.Future[T]) -> None:
    """The person cancelled: how the job ended does not matter any more."""
    if not task.cancelled():
        task.exception()
