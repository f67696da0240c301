"""The engine in a process of its own: ``python -m tests.bench.engine_alone WORKSPACE RUN ledger|memory COUNT``.

With the ledger it claims, records and marks as in the worker; with ``memory`` the same rows come from a list and
nothing is kept. Prints messages a second from the first body to the last answer, and processor time, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from smtpdesk.base.clock import now
from smtpdesk.delivery.engine import Engine
from smtpdesk.delivery.ports import Ledger, Marks, Wishes
from smtpdesk.domain.delivery import Claimed, LaneEvent, LaneInfo, LaneSample, OutcomeKind, Result, RunInfo, Wanted
from smtpdesk.store import Workspace
from smtpdesk.vault import memory_vault
from smtpdesk.worker.assembly import Assembly, run_folder
from smtpdesk.worker.book import LedgerBook
from smtpdesk.worker.in_flight import FILE_NAME, InFlightJournal


class MemoryBook:
    """Hands out rows of a list; forgets what became of them."""

    def __init__(self, rows: Sequence[Claimed]) -> None:
        self._rows = list(reversed(rows))

    def trusted(self) -> bool:
        """It is nobody else's."""
        return True

    async def step(self, profile: str, results: Sequence[Result], limit: int) -> list[Claimed]:
        """The next rows."""
        return [self._rows.pop() for _ in range(min(limit, len(self._rows)))]

    async def release(self, deliveries: Collection[int], due: Mapping[int, float] | None = None) -> None:
        """Nothing is kept."""

    async def recall(self) -> None:
        """Nothing is kept."""

    async def bring_forward(self, seconds: float) -> None:
        """Nothing is kept."""

    async def next_due(self) -> float | None:
        """Nothing waits."""
        return None

    async def sharers(self, profile: str) -> tuple[int, int]:
        """There is nobody else."""
        return 0, 0

    async def sent_in(self, profile: str, since: float, bucket: float) -> list[tuple[float, int]]:
        """Nothing is kept."""
        return []

    async def sent_to(self, profile: str, since: float) -> list[tuple[float, str]]:
        """Nothing is kept."""
        return []

    async def heartbeat(self, lanes: Sequence[LaneInfo]) -> Wishes:
        """Nobody wants anything."""
        return Wishes(Wanted.RUN)

    async def history(self, samples: Sequence[LaneSample], events: Sequence[LaneEvent]) -> None:
        """Nothing is kept."""


class TimedMarks:
    """Passes on marks, if there are any, and knows when the first body began and the last answer came."""

    def __init__(self, marks: Marks | None) -> None:
        self._marks = marks
        self.first = self.last = 0.0
        self.answers = 0

    def body(self, seq: int) -> None:
        """See :class:`smtpdesk.delivery.ports.Marks`."""
        if not self.first:
            self.first = time.perf_counter()
        if self._marks is not None:
            self._marks.body(seq)

    def answered(self, seq: int, kind: OutcomeKind) -> None:
        """See :class:`smtpdesk.delivery.ports.Marks`."""
        self.last = time.perf_counter()
        self.answers += 1
        if self._marks is not None:
            self._marks.answered(seq, kind)

    def clear(self, seqs: Collection[int]) -> None:
        """See :class:`smtpdesk.delivery.ports.Marks`."""
        if self._marks is not None:
            self._marks.clear(seqs)


async def measure(folder: Path, run_id: str, kind: str, count: int) -> dict[str, float]:
    """Send ``count`` messages of a planned run."""
    workspace = await asyncio.to_thread(Workspace.open, folder)
    run = workspace.runs.get(run_id)
    token = workspace.runs.take_lease(run_id, "bench", "bench", now(), force=True)
    assembly = Assembly(workspace, memory_vault(), {})
    work = [await assembly.assignment(run, name) for name in run.profiles]
    book, marks = _book(workspace, run, kind, count, token)
    timed = TimedMarks(marks)
    engine = Engine(work, book, timed, limit=count)
    used = time.process_time()
    await engine.run()
    used = time.process_time() - used
    if isinstance(book, LedgerBook):
        book.close()
    workspace.close()
    return {"rate": (timed.answers - 1) / (timed.last - timed.first), "processor": used / timed.answers * 1e6}


def _book(
    workspace: Workspace, run: RunInfo, kind: str, count: int, token: int
) -> tuple[Ledger, InFlightJournal | None]:
    if kind == "memory":
        return MemoryBook(workspace.ledger.claim(run.id, run.profiles[0], count, now(), token)), None
    marks = InFlightJournal.begin(run_folder(workspace.folder, run.id) / FILE_NAME, run.expected)
    book = LedgerBook(
        workspace,
        run.id,
        lambda _trouble: None,
        token=token,
        renew=lambda: workspace.runs.renew_lease(run.id, token, now()),
    )
    return book, marks


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])))))
