"""Everything that is asked of the ledger. Reads never wait for writes, and may be made from any thread."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection

from smtpdesk.domain.delivery import CauseGroup, Counts, LogRow, ReportRow
from smtpdesk.store.counting import read_advanced, read_all_counts, read_counts
from smtpdesk.store.database import Database
from smtpdesk.store.failures import read_failures
from smtpdesk.store.log import LogFilter, read_log, read_log_ids, read_log_rows
from smtpdesk.store.reading import read_causes, read_next_due, read_sent_in, read_sent_since, read_sent_to, read_skips
from smtpdesk.store.report import ReportFilter, read_report_ids, read_report_rows, stream_report
from smtpdesk.store.run_keys import RunKey, run_key


class LedgerReader:
    """The reading half of :class:`~smtpdesk.store.ledger.Ledger`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def _reading(self, run_id: str) -> Iterator[tuple[Connection, RunKey]]:
        with self._database.reading() as connection:
            yield connection, run_key(connection, run_id)

    def next_due(self, run_id: str) -> float | None:
        """When the earliest pending delivery is due (0.0: at once); None when none is pending."""
        with self._reading(run_id) as (connection, key):
            return read_next_due(connection, key)

    def counts(self, run_id: str) -> Counts:
        """How many deliveries stand where. Costs the same for any size."""
        with self._reading(run_id) as (connection, key):
            return read_counts(connection, key)

    def counts_of_all(self) -> dict[str, Counts]:
        """The counts of every run by its id, with one statement."""
        with self._database.reading() as connection:
            return read_all_counts(connection)

    def advanced(self, run_id: str) -> int:
        """A counter that grows with every change to the run's deliveries."""
        with self._reading(run_id) as (connection, key):
            return read_advanced(connection, key)

    def sent_since(self, profile: str, since: float) -> int:
        """Messages a profile's relay has, or may have, taken since then, from all runs: for daily limits."""
        with self._database.reading() as connection:
            return read_sent_since(connection, profile, since)

    def sent_in(self, profile: str, since: float, bucket: float) -> list[tuple[float, int]]:
        """As :meth:`sent_since`, by time: the start of each bucket in which there were any, and how many.

        Args:
            bucket: seconds; buckets start at whole multiples of it.
        """
        with self._database.reading() as connection:
            return read_sent_in(connection, profile, since, bucket)

    def failures(self, profile: str, since: float, until: float, run_id: str | None = None) -> list[CauseGroup]:
        """Attempts through a profile that were not accepted, from all runs or one, by kind and cause, most first.

        ``people`` of a group counts attempts, not persons.
        """
        with self._database.reading() as connection:
            key = run_key(connection, run_id) if run_id else None
            return read_failures(connection, profile, since, until, key)

    def sent_to(self, profile: str, since: float) -> list[tuple[float, str]]:
        """As :meth:`sent_since`, one by one, oldest first: when, and to which domain (lower case)."""
        with self._database.reading() as connection:
            return read_sent_to(connection, profile, since)

    def log(
        self,
        run_id: str,
        after: int = 0,
        limit: int = 500,
        *,
        kinds: Collection[str] = (),
        causes: Collection[str] = (),
        search: str = "",
        delivery: int | None = None,
    ) -> list[LogRow]:
        """The first ``limit`` attempts newer than ``after``, oldest first; filters as in :class:`LogFilter`."""
        with self._reading(run_id) as (connection, key):
            return read_log(connection, key, LogFilter(kinds, causes, search, delivery), after, limit)

    def log_ids(
        self,
        run_id: str,
        after: int = 0,
        *,
        kinds: Collection[str] = (),
        causes: Collection[str] = (),
        search: str = "",
        delivery: int | None = None,
    ) -> array[int]:
        """The ids of all attempts newer than ``after`` that the filters leave, oldest first."""
        with self._reading(run_id) as (connection, key):
            return read_log_ids(connection, key, LogFilter(kinds, causes, search, delivery), after)

    def log_rows(self, ids: Sequence[int]) -> list[LogRow]:
        """The attempts with these ids, in this order."""
        with self._database.reading() as connection:
            return read_log_rows(connection, ids)

    def causes(self, run_id: str) -> list[CauseGroup]:
        """Rejected, uncertain and deferred deliveries grouped by their last outcome, the largest group first."""
        with self._reading(run_id) as (connection, key):
            return read_causes(connection, key)

    def skips(self, run_id: str) -> dict[str, int]:
        """How many deliveries were skipped for each reason."""
        with self._reading(run_id) as (connection, key):
            return read_skips(connection, key)

    def report(
        self,
        run_id: str,
        states: Collection[str] | None = None,
        cause: str | None = None,
        search: str = "",
        offset: int = 0,
        limit: int | None = None,
    ) -> Iterator[ReportRow]:
        """Deliveries in the order of the list, streamed; filters as in :class:`ReportFilter`."""
        chosen = ReportFilter(states or (), cause, search)
        with self._reading(run_id) as (connection, key):
            yield from stream_report(connection, key, chosen, offset, limit)

    def report_ids(
        self,
        run_id: str,
        states: Collection[str] | None = None,
        cause: str | None = None,
        search: str = "",
        sort: str | None = None,
    ) -> array[int]:
        """The ids of the deliveries to show, in the order to show them.

        Args:
            sort: line, address, state, attempts, due, profile, cause or updated; with ``-`` before it, reversed.
        """
        with self._reading(run_id) as (connection, key):
            return read_report_ids(connection, key, ReportFilter(states or (), cause, search), sort)

    def report_rows(self, run_id: str, ids: Sequence[int]) -> list[ReportRow]:
        """The deliveries with these ids, in this order."""
        with self._reading(run_id) as (connection, key):
            return read_report_rows(connection, key, ids)
