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
#: Troubles that pass: another program holds the file, the disk is full until somebody makes room, it became read-only
#: or does not answer until somebody looks after it.
_PASSING = frozenset({"workspace.locked", "workspace.full", "workspace.read-only", "workspace.unreachable"})
#: Seconds after which a person is told that the ledger does not answer, and nothing more is begun.
SLOW = 1.2
#: Another worker counts as sending with a profile when it was heard within so many seconds.
_HEARD = 3.0
#: Seconds after the last word with the ledger for which nobody can have taken the run; less than a lease lasts.
TRUST = 20.0
#: Seconds between tries, and how many tries: about ten minutes, then the run pauses.
_AGAIN, _TRIES = 1.0, 600
_log = logging.getLogger("smtpdesk.worker")


class LedgerBook:
    """The ledger of one run. Results that cannot be written just now are kept in memory and tried again.

    Args:
        token: of the lease under which this worker writes. ``name``: tells this worker from others of the run.
        renew: renews the lease, or at least sees that it is not another's.
        begun: gives what the journal says of a seq, see ``Ledger.recover``: what has begun is not released.
        healthy: whether the in-flight file takes what is written to it.
        trouble: called with the error when the ledger has to be waited for, and with None when that is over.
    """

    def __init__(
        self,
        workspace: Workspace,
        run: str,
        trouble: Callable[[StoreError | None], None],
        *,
        token: int,
        name: str = "",
        renew: Callable[[], None],
        begun: Callable[[], Callable[[int], int]] | None = None,
        healthy: Callable[[], bool] = lambda: True,
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
        self._healthy = healthy
        #: What is waited for just now, by the call that waits.
        self._waiting: dict[object, StoreError] = {}
        self._told = ""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        #: When the ledger last took the lease for valid, by both clocks: one stands still while the computer sleeps,
        #: the other can be set.
        self._confirmed = (time.monotonic(), now())

    def trusted(self) -> bool:
        """See :class:`smtpdesk.delivery.ports.Ledger`."""
        moment, at = self._confirmed
        lately = time.monotonic() - moment < TRUST and abs(now() - at) < TRUST
        return lately and not self._waiting and self._healthy()

    async def call(self, function: Callable[[], T]) -> T:
        """Run something of the store on the ledger's thread; passing troubles are waited out, and nothing is begun."""
        me = object()
        try:
            for _attempt in range(0 if self._gave_up else _TRIES - 1):
                try:
                    return await self._ask(function, me)
                except StoreError as error:
                    if error.code not in _PASSING:
                        raise
                    _log.warning("ledger: %s; trying again", error.code)
                    self._wait(me, error)
                    await asyncio.sleep(_AGAIN)
            return await self._last(function, me)
        finally:
            self._waiting.pop(me, None)
            self._tell()

    async def _last(self, function: Callable[[], T], me: object) -> T:
        try:
            value = await self._ask(function, me)
        except StoreError:
            self._gave_up = True
            raise
        self._gave_up = False
        return value

    async def _ask(self, function: Callable[[], T], me: object) -> T:
        answer = asyncio.get_running_loop().run_in_executor(self._thread, function)
        await asyncio.wait({answer}, timeout=SLOW)
        if not answer.done():
            self._wait(me, self._workspace.slow())
        return await answer

    def _wait(self, me: object, error: StoreError) -> None:
        self._waiting[me] = error
        self._tell()

    def _tell(self) -> None:
        """Say what is waited for when that has changed: the trouble that is longest there speaks for all."""
        error = next(iter(self._waiting.values()), None)
        code = error.code if error else ""
        if code != self._told:
            self._told = code
            self._trouble(error)

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
