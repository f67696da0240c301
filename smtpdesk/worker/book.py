"""The ledger as the lanes see it: the synchronous store on one thread, asked from the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from smtpdesk.base.clock import now
from smtpdesk.base.errors import StoreError
from smtpdesk.domain.delivery import Claimed, LaneInfo, Result, Wanted
from smtpdesk.store import Workspace

T = TypeVar("T")
#: Troubles that pass: another program holds the file, the disk is full until somebody makes room.
_PASSING = frozenset({"workspace.locked", "workspace.full"})
#: Seconds between tries, and how many tries: about ten minutes, then the run pauses.
_AGAIN, _TRIES = 2.0, 300
_log = logging.getLogger("smtpdesk.worker")


class LedgerBook:
    """The ledger of one run. Results that cannot be written just now are kept in memory and tried again.

    ``trouble`` is called with the error when a write has to wait, and with None when it succeeded after all.
    """

    def __init__(self, workspace: Workspace, run: str, trouble: Callable[[StoreError | None], None]) -> None:
        self._workspace = workspace
        self._run = run
        self._trouble = trouble
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")

    async def call(self, function: Callable[[], T]) -> T:
        """Run something of the store on the ledger's thread; passing troubles are waited out."""
        loop = asyncio.get_running_loop()
        for attempt in range(_TRIES):
            try:
                value = await loop.run_in_executor(self._thread, function)
            except StoreError as error:
                if error.code not in _PASSING or attempt == _TRIES - 1:
                    raise
                _log.warning("ledger: %s; trying again", error.code)
                self._trouble(error)
                await asyncio.sleep(_AGAIN)
                continue
            if attempt:
                self._trouble(None)
            return value
        raise AssertionError("the last try returns or raises")

    async def step(self, profile: str, results: Sequence[Result], limit: int) -> list[Claimed]:
        """See :class:`smtpdesk.delivery.ports.Book`."""
        return await self.call(lambda: self._workspace.ledger.step(self._run, profile, results, limit, now()))

    async def release(self, deliveries: Collection[int]) -> None:
        """See :class:`smtpdesk.delivery.ports.Book`."""
        await self.call(lambda: self._workspace.ledger.release(self._run, list(deliveries)))

    async def next_due(self) -> float | None:
        """See :class:`smtpdesk.delivery.ports.Book`."""
        return await self.call(lambda: self._workspace.ledger.next_due(self._run))

    async def sent_since(self, profile: str, since: float) -> int:
        """See :class:`smtpdesk.delivery.ports.Book`."""
        return await self.call(lambda: self._workspace.ledger.sent_since(profile, since))

    async def heartbeat(self, lanes: Sequence[LaneInfo]) -> Wanted:
        """See :class:`smtpdesk.delivery.ports.Book`."""

        def beat() -> Wanted:
            self._workspace.runs.seen(self._run, now())
            self._workspace.runs.set_lanes(self._run, lanes)
            return self._workspace.runs.wanted(self._run)

        return await self.call(beat)

    def close(self) -> None:
        """Let the thread end."""
        self._thread.shutdown(wait=True)
