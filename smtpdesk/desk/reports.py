"""Reports: counts, causes, the log, results per recipient, and CSV files of them."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from smtpdesk.base.clock import iso, now
from smtpdesk.base.i18n import _
from smtpdesk.desk.csv_file import write_csv
from smtpdesk.desk.identity import Identities
from smtpdesk.desk.lane_endings import LaneEnding, lane_endings
from smtpdesk.desk.runs import RunView, UncertainRun, uncertain_before, with_reason
from smtpdesk.desk.threads import StoreThread
from smtpdesk.domain.delivery import CauseGroup, Counts, LogRow, Meaning, ReportRow, RunInfo, whole_counts
from smtpdesk.smtp.replies import causes, meaning, per_receiver
from smtpdesk.store import Workspace


class Reports:
    """What the ledger knows, for reading. Methods ending in ``_now`` are synchronous and quick (read-only paging)."""

    def __init__(self, store: Workspace, thread: StoreThread) -> None:
        self._store = store
        self._thread = thread
        self._identities = Identities(store)

    async def runs(self, most: int | None = None) -> list[RunInfo]:
        """Every run, or the ``most`` newest ones; the newest first."""
        return await self._thread.call(lambda: self._store.runs.all(most))

    async def run(self, run_id: str) -> RunInfo:
        """One run; InputError ``run.unknown``."""
        return await self._thread.call(lambda: self._store.runs.get(run_id))

    async def find(self, name: str) -> RunInfo:
        """A run by its id, or the latest one of a campaign folder; InputError ``run.unknown``."""

        def find() -> RunInfo:
            folder = Path(name)
            identity = self._identities.known(folder) if folder.is_dir() else ""
            latest = self._store.runs.latest(folder, purpose="campaign", identity=identity)
            return latest or self._store.runs.get(name)

        return await self._thread.call(find)

    async def counts(self, run_id: str) -> Counts:
        """How many deliveries stand where, those included that are not written into the ledger yet."""
        return await self._thread.call(
            lambda: whole_counts(self._store.runs.get(run_id), self._store.ledger.counts(run_id))
        )

    async def causes(self, run_id: str) -> list[CauseGroup]:
        """Deliveries with a problem, grouped by the cause of their last outcome."""
        return await self._thread.call(lambda: self._store.ledger.causes(run_id))

    async def left_out(
        self, run_id: str, kinds: Collection[str], deliveries: Collection[int] | None = None
    ) -> dict[str, int]:
        """How many of those a retry leaves out: ``suppressed``, or ``sent-before`` by another run."""
        return await self._thread.call(lambda: self._store.ledger.left_out(run_id, kinds, deliveries))

    async def uncertain_before(self, view: RunView) -> UncertainRun | None:
        """The earlier run whose uncertain rows are why this one has nobody to send to, if that is so."""
        return await self._thread.call(lambda: uncertain_before(self._store, view))

    async def lanes(self, run_id: str) -> list[LaneEnding]:
        """The lanes of a run that do not send as they should: stopped, resting, or at a limit of their own."""

        def read() -> list[LaneEnding]:
            limits = {row.profile.name: row.profile.limits for row in self._store.profiles.all()}
            return lane_endings(self._store.runs.lanes(run_id), limits, now())

        return await self._thread.call(read)

    def log_ids_now(self, run_id: str, **filters: Any) -> array[int]:
        """Ids of log rows, for paging."""
        return self._store.ledger.log_ids(run_id, **filters)

    def log_rows_now(self, ids: Sequence[int]) -> list[LogRow]:
        """Log rows by id, in the order asked for."""
        return self._store.ledger.log_rows(ids)

    async def log(self, run_id: str, after: int = 0, limit: int = 1000, **filters: Any) -> list[LogRow]:
        """Log rows newer than ``after``, oldest first; filters: ``kinds``, ``causes``, ``search``."""
        return await asyncio.to_thread(lambda: self._store.ledger.log(run_id, after, limit, **filters))

    def report_ids_now(self, run_id: str, **filters: Any) -> array[int]:
        """Ids of deliveries, for paging; filters: ``states``, ``cause``, ``search``."""
        return self._store.ledger.report_ids(run_id, **filters)

    def report_rows_now(self, run_id: str, ids: Sequence[int]) -> list[ReportRow]:
        """Deliveries by id, in the order asked for."""
        return self._store.ledger.report_rows(run_id, ids)

    async def rows(
        self, run_id: str, *, states: Collection[str] | None = None, cause: str | None = None
    ) -> list[ReportRow]:
        """The results of a run as one list; for large runs page with ``report_ids_now`` instead."""
        return await asyncio.to_thread(lambda: list(self._store.ledger.report(run_id, states=states, cause=cause)))

    def meaning(self, cause: str) -> Meaning:
        """What a cause means, in words. Not a coroutine."""
        return meaning(cause)

    def leaves_out(self, cause: str) -> bool:
        """True for a cause of single receivers, whose people can be left out while the others are sent to."""
        return per_receiver(cause)

    def knows(self, cause: str) -> bool:
        """True when the book of replies has this cause; a run's note may also be the code of an error of our own."""
        return cause in causes()

    async def export_csv(self, run_id: str, file: Path, *, view: RunView | None = None) -> int:
        """Write the results of every recipient as CSV (UTF-8 with a byte-order mark, so that Excel reads it).

        Args:
            view: how the run stands: whom it did not come to because it was cut off has that as the cause.
        """
        head = ["line", "address", "state", "attempts", "profile", "stage", "code", "enhanced", "text", "cause"]
        head += ["meaning", "advice", "updated"]
        return await asyncio.to_thread(lambda: write_csv(file, head, self._result_cells(run_id, view)))

    async def export_log(self, run_id: str, file: Path, **filters: Any) -> int:
        """Write the log of every attempt as CSV."""
        head = ["time", "address", "line", "profile", "outcome", "stage", "code", "enhanced", "text", "cause"]
        head += ["meaning", "advice", "seconds"]
        return await asyncio.to_thread(lambda: write_csv(file, head, self._log_cells(run_id, filters)))

    def _result_cells(self, run_id: str, view: RunView | None) -> Iterator[list[Any]]:
        for kept in self._store.ledger.report(run_id):
            row = with_reason(kept, view)
            known = meaning(row.cause) if row.cause and row.state not in {"accepted", "skipped"} else None
            yield [
                row.line,
                row.address,
                row.counted_as,
                row.attempts,
                row.profile,
                row.stage,
                row.code or "",
                row.enhanced,
                row.text,
                row.cause,
                known.title if known else "",
                known.advice if known else "",
                iso(row.updated_at) or "",
            ]

    def _log_cells(self, run_id: str, filters: dict[str, Any]) -> Iterator[list[Any]]:
        after = 0
        while rows := self._store.ledger.log(run_id, after, 1000, **filters):
            for row in rows:
                known = meaning(row.cause) if row.kind != "accepted" else None
                yield [
                    iso(row.at),
                    row.address,
                    row.line,
                    row.profile,
                    row.kind,
                    row.stage,
                    row.code or "",
                    row.enhanced,
                    row.text,
                    row.cause,
                    known.title if known else _("Accepted"),
                    known.advice if known else "",
                    f"{row.seconds:.3f}",
                ]
            after = rows[-1].id
