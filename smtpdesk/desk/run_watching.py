"""Watching runs: who has a worker, how far they are, and which of them wait or were cut off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

from smtpdesk.base.clock import now
from smtpdesk.base.errors import StoreError
from smtpdesk.desk.forecast import Forecaster
from smtpdesk.desk.runs import RunView, ended_view, view_of
from smtpdesk.desk.threads import StoreThread
from smtpdesk.desk.trouble_words import what_helps
from smtpdesk.desk.worker_client import WorkerClient, has_worker
from smtpdesk.domain.delivery import RunInfo, RunState, whole_counts
from smtpdesk.store import Workspace

#: Seconds between two looks at the ledger while watching.
LOOK = 0.25
#: The same while the run waits for its time, unless its worker says something before.
LOOK_WAITING = 2.0
#: Seconds between two looks whether a worker has taken its run.
_SOON = 0.05


class RunWatching:
    """The part of :class:`~smtpdesk.desk.sending.Sending` that changes nothing."""

    def __init__(self, store: Workspace, thread: StoreThread) -> None:
        self._store = store
        self._thread = thread
        self._forecaster = Forecaster(store)
        self._clients: dict[str, WorkerClient] = {}

    async def run(self, run_id: str) -> RunInfo:
        """A run as the ledger has it; InputError ``run.unknown``."""
        return await self._thread.call(lambda: self._store.runs.get(run_id))

    async def _alive(self, run_id: str) -> bool:
        """True while some worker has the run, whoever started it; one of ours counts before it has taken the run."""
        client = self._clients.get(run_id)
        if client is not None and client.running:
            return True
        return await asyncio.to_thread(has_worker, self._store.folder, run_id)

    async def watch(self, run_id: str) -> AsyncIterator[RunView]:
        """Views of a run, a few a second while it is being sent; ends after the last one when no worker has it."""
        last: RunView | None = None
        while True:
            view = await self._look(run_id, last)
            if view != last:
                yield view
                last = view
            if not view.alive:
                return
            client = self._clients.get(run_id)
            pause = LOOK if view.waits_until is None else _until(view.waits_until)
            try:
                async with asyncio.timeout(pause):
                    await (client.news.wait() if client else asyncio.sleep(pause))
            except TimeoutError:
                continue
            if client:
                client.news.clear()

    async def view(self, run_id: str) -> RunView:
        """A run as it is now."""
        client = self._clients.get(run_id)
        alive = await self._alive(run_id)
        view = await self._thread.call(lambda: view_of(self._store, self._forecaster, run_id, alive))
        if client is None:
            return view
        return view.told_by(client.last, client.trouble)

    async def _look(self, run_id: str, last: RunView | None) -> RunView:
        """A view; the last one while the disk cannot even be read and the worker waits for it, too."""
        try:
            return await self.view(run_id)
        except StoreError as error:
            client = self._clients.get(run_id)
            if last is None or client is None or not client.running:
                raise
            return replace(
                last,
                trouble=error.code,
                trouble_error=error.sentence,
                trouble_hint=what_helps(error.code) or error.hint,
            )

    async def ended_views(self, runs: Iterable[RunInfo]) -> dict[str, RunView]:
        """Views of those of some runs that are over, by their ids: one statement for all, since there may be many."""
        over = [run for run in runs if run.state in {RunState.DONE, RunState.STOPPED}]
        counts = await self._thread.call(self._store.ledger.counts_of_all) if over else {}
        return {run.id: ended_view(run, whole_counts(run, counts[run.id])) for run in over if run.id in counts}

    async def at_work(self) -> list[RunView]:
        """The runs that are being sent, that wait for their time, or that were cut off; the newest first."""
        runs = await self._thread.call(self._store.runs.at_work)
        return [await self.view(run.id) for run in runs]

    async def interrupted(self) -> list[RunInfo]:
        """Runs that should be sending and have no worker: after a crash, a power cut, a killed process."""
        return [view.run for view in await self.at_work() if view.interrupted]

    async def alive(self) -> list[RunInfo]:
        """Runs that a worker is sending right now, or waits to send."""
        runs = await self._thread.call(self._store.runs.at_work)
        return [run for run in runs if await self._alive(run.id)]

    async def taken(self, run_id: str) -> None:
        """Wait until the worker that was just started has the run, or has ended."""
        client = self._clients.get(run_id)
        while client is not None and client.running:
            if await asyncio.to_thread(has_worker, self._store.folder, run_id):
                return
            await asyncio.sleep(_SOON)

    async def finished(self, run_id: str) -> dict[str, object] | None:
        """Wait for the worker that this process started; returns its last word."""
        client = self._clients.get(run_id)
        if client is not None:
            await client.wait()
        return client.last if client is not None else None


def _until(moment: float) -> float:
    """Seconds until the next look at a run whose time comes then."""
    return min(LOOK_WAITING, max(LOOK, moment - now()))
