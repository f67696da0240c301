"""Work that must not be given up half-way, whoever is cancelled around it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """The result of short work that has an end of its own; a cancellation is answered once it is over.

    That holds when the event loop ends, too: ``asyncio.run`` cancels every task that it knows, and waits for them. It
    does not know this work, and it waits for whoever waits here.
    """
    task = asyncio.get_running_loop().create_task(work)
    asyncio._unregister_task(task)  # as documented under "Extending": it is not to be found by all_tasks()
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait({asyncio.shield(task)})
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        if not task.cancelled():
            task.exception()  # it was seen
        raise asyncio.CancelledError
    return task.result()
