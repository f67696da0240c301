"""Calls that may block for minutes (a keyring asking its owner) on threads that never keep the program from ending."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Queue:
    """Runs blocking calls one after the other, each on a daemon thread, for callers of any event loop.

    One after the other, so that a locked keyring shows one question and not five.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._turn = threading.Lock()

    async def run(self, work: Callable[[], T], patience: float) -> T:
        """The result of ``work()``, or its exception.

        A call that was given up before its turn came is never made; one that is under way cannot be stopped.

        Raises:
            TimeoutError: no result within ``patience`` seconds, waiting for the turn included.
        """
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[Callable[[], T]] = loop.create_future()
        given_up = threading.Event()

        def deliver(result: Callable[[], T]) -> None:
            if not outcome.done():
                outcome.set_result(result)

        def body() -> None:
            if not self._turn.acquire(timeout=patience):
                return
            try:
                if not given_up.is_set():
                    result = _outcome(work)
                    # The loop may have ended meanwhile: then nobody waits any more.
                    with contextlib.suppress(RuntimeError):
                        loop.call_soon_threadsafe(deliver, result)
            finally:
                self._turn.release()

        threading.Thread(target=body, name=self._name, daemon=True).start()
        try:
            result = await asyncio.wait_for(outcome, patience)
        finally:
            given_up.set()
        return result()


def _outcome(work: Callable[[], T]) -> Callable[[], T]:
    """What the call came to, to be returned or raised where it is waited for."""
    try:
        value = work()
    except BaseException as error:  # noqa: BLE001 - a foreign library's; it is raised again by whoever waits

        def again(error: BaseException = error) -> T:
            raise error

        return again
    return lambda: value
