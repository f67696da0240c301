"""The ledger as the lanes see it: the synchronous store on one thread, asked from the event loop."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from smtpdesk.base.clock import now
from smtpdesk.base.errors import StoreError
from smtpdesk.delivery.ports import Wishes
from smtpdesk.domain.delivery import Claimed, LaneEvent, LaneInfo, LaneSample, Result
from smtpdesk.store import Workspace
from smtpdesk.worker.wishes import read_wishes

T = TypeVar("T")
#: Troubles that pass: another program holds the file, the disk is full until somebody makes room.
_PASSING = frozenset({"workspace.locked", "workspace.full"})
#: Another worker counts as sending with a profile when it was heard within so many seconds.
_HEARD = 3.0
#: Seconds after the last word with the ledger for which nobody can have taken the run; less than a lease lasts.
TRUST = 20.0
#: Seconds between tries, and how many tries: about ten minutes, then the run pauses.
_AGAIN, _TRIES = 2.0, 300
_log = logging.getLogger("smtpdesk.worker")


class LedgerBook:
    """The ledger of one run. Results that cannot be written just now are kept in memory and tried again.

    Args:
        token: of the lease under which this worker writes. ``name``: tells this worker from others of the run.
        renew: renews the lease; None for a companion, whose worker does it.
        begun: gives what the journal says of a seq, see ``Ledger.recover``: what has begun is not released.
        trouble: called with the error when a write has to wait, and with None when it succeeded after all.
    """

    def __init__(
        self,
        workspace: Workspace,
        run: str,
        trouble: Callable[[StoreError | None], None],
        *,
        token: int,
        name: str = "",
        renew: Callable[[], None] | None = None,
        begun: Callable[[], Callable[[int], int]] | None = None,
    ) -> None:
        self._workspace = workspace
        self._run = run
        self._trouble = trouble
        self._token = token
        self._name = name
        self._renew = renew
        self._begun = begun
        #: True after a write was given up: until one succeeds, the next ones do not wait as long again.
        self._gave_up = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        #: When the ledger last took the lease for valid, by both clocks: one stands still while the computer sleeps,
        #: the other can be set.
        self._confirmed = (time.monotonic(), now())

    def trusted(self) -> bool:
        """See :class:`smtpdesk.delivery.ports.Ledger`."""
        moment, at = self._confirmed
        return time.monotonic() - moment < TRUST and abs(now() - at) < TRUST

    async def call(self, function: Callable[[], T]) -> T:
        """Run something of the store on the ledger's thread; passing troubles are waited out."""
        loop = asyncio.get_running_loop()
        tries = 1 if self._gave_up else _TRIES
        for attempt in range(tries):
            try:
                value = await loop.run_in_executor(self._thread, function)
            except StoreError as error:
                if error.code not in _PASSING or attempt == tries - 1:
                    self._gave_up = True
                    raise
                _log.warning("ledger: %s; trying again", error.code)
                self._trouble(error)
                await asyncio.sleep(_AGAIN)
                continue
            if attempt or self._gave_up:
                self._gave_up = False
                self._trouble(None)
            return value
        raise AssertionError("the last try returns or raises")

    async def step(self, profile: str, results: Sequence[Result], limit: int) -> list[Claimed]:
        """See :class:`smtpdesk.delivery.ports.Ledger`."""
        ledger, token = self._workspace.ledger, self._token
        return await self.call(lambda: ledger.step(self._run, profile, results, limit, now(), token=token))

    async def release(self, deliveries: Collection[int], due: Mapping[int, float] | None = None) -> None:
        """See :class:`smtpdesk.delivery.ports.Ledger`."""
        ledger, token = self._workspace.ledger, self._token
        begun = self._begun() if self._begun is not None else None
        await self.call(lambda: ledger.release(self._run, list(deliveries), due=due, token=token, begun=begun))

    async def bring_forward(self, seconds: float) -> None:
        """See :class:`smtpdesk.delivery.ports.Ledger`."""
        ledger, token = self._workspace.ledger, self._token
        await self.call(lambda: ledger.bring_forward(self._run, seconds, token=token))

    async def recall(self) -> None:
        """See :class:`smtpdesk.delivery.ports.Ledger`."""
        ledger, token = self._workspace.ledger, self._token
        await self.call(lambda: ledger.recall(self._run, now(), token=token))

    async def next_due(self) -> float | None:
        """See :class:`smtpdesk.delivery.ports.Ledger`."""
        return await self.call(lambda: self._workspace.ledger.next_due(self._run))

    async def sharers(self, profile: str) -> tuple[int, int]:
        """See :class:`smtpdesk.delivery.ports.Ledger`."""
        runs, me = self._workspace.runs, (self._run, self._name)

        def look() -> tuple[int, int]:
            since = now() - _HEARD
            others = runs.sharers(profile, since, but=me)
            return others, runs.sharers(profile, since, but=me, before=True) if others else 0

        return await self.call(look)

    async def sent_in(self, profile: str, since: float, bucket: float) -> list[tuple[float, int]]:
        """See :class:`smtpdesk.delivery.ports.Ledger`."""
        return await self.call(lambda: self._workspace.ledger.sent_in(profile, since, bucket))

    async def sent_to(self, profile: str, since: float) -> list[tuple[float, str]]:
        """See :class:`smtpdesk.delivery.ports.Ledger`."""
        return await self.call(lambda: self._workspace.ledger.sent_to(profile, since))

    async def heartbeat(self, lanes: Sequence[LaneInfo]) -> Wishes:
        """See :class:`smtpdesk.delivery.ports.Ledger`."""

        asked = (time.monotonic(), now())

        def beat() -> Wishes:
            if self._renew is not None:
                self._renew()
            self._workspace.runs.seen(self._run, now())
            self._workspace.runs.set_lanes(self._run, lanes, worker=self._name)
            return read_wishes(self._workspace, self._run)

        wishes = await self.call(beat)
        self._confirmed = asked
        return wishes

    async def wishes(self) -> Wishes:
        """See :class:`smtpdesk.delivery.ports.Ledger`."""
        return await self.call(lambda: read_wishes(self._workspace, self._run))

    async def history(self, samples: Sequence[LaneSample], events: Sequence[LaneEvent]) -> None:
        """See :class:`smtpdesk.delivery.ports.Ledger`."""
        await self.call(lambda: self._workspace.performance.add(samples, events))

    def close(self) -> None:
        """Let the thread end."""
        self._thread.shutdown(wait=True)
