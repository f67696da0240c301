"""The history of what each profile's lanes did: samples every few seconds, and events that say why it changed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from math import ceil
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, select

from smtpdesk.base.clock import now
from smtpdesk.domain.delivery import LaneChange, LaneEvent, LaneSample
from smtpdesk.store import dialect
from smtpdesk.store.database import Database
from smtpdesk.store.fields import clean, dumps, loads
from smtpdesk.store.latency import weighted
from smtpdesk.store.run_keys import run_key
from smtpdesk.store.schema import lane_events, lane_samples, runs

#: Samples are kept for 90 days.
KEPT_SECONDS = 90 * 86400.0
_PURGE_EVERY = 3600.0
#: Rows deleted in one go; short enough that nobody waits for it.
_PURGE_ROWS = 2_000
_SAMPLE = (
    "run",
    "profile",
    "at",
    "seconds",
    "connections",
    "accepted",
    "deferred",
    "rejected",
    "uncertain",
    "allowed",
    "note",
    "latency",
)
_EVENT = ("run", "profile", "at", "change", "cause", "said", "allowed", "until")


class PerformanceTable:
    """The only writer of lane samples and events."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._purged_at: float | None = None

    def add(self, samples: Sequence[LaneSample] = (), events: Sequence[LaneEvent] = ()) -> None:
        """Append to the history; ids of events are given here. Now and then removes samples older than 90 days.

        Raises:
            InputError: ``run.unknown``; nothing was written.
        """
        if samples or events:
            with self._database.writing() as connection:
                names = {sample.run for sample in samples} | {event.run for event in events}
                numbers = {run: run_key(connection, run).number for run in names}
                rows = [_sample_row(numbers[sample.run], sample) for sample in samples]
                dialect.insert_many(connection, lane_samples, _SAMPLE, rows)
                happened = [_event_row(numbers[event.run], event) for event in events]
                dialect.insert_many(connection, lane_events, _EVENT, happened)
        if self._purged_at is None or time.monotonic() - self._purged_at > _PURGE_EVERY:
            self._purged_at = time.monotonic()
            while self._purge() == _PURGE_ROWS:
                pass

    def _purge(self) -> int:
        """Remove old ones among the first rows of the table: they were appended in the order of time."""
        first = select(lane_samples.c.id, lane_samples.c.at).order_by(lane_samples.c.id).limit(_PURGE_ROWS).subquery()
        old = select(first.c.id).where(first.c.at < now() - KEPT_SECONDS)
        with self._database.reading() as connection:
            if connection.execute(old.limit(1)).first() is None:
                return 0
        with self._database.writing() as connection:
            return connection.execute(delete(lane_samples).where(lane_samples.c.id.in_(old))).rowcount

    def samples(
        self,
        profile: str | None = None,
        run: str | None = None,
        since: float = 0.0,
        until: float | None = None,
        step: float | None = None,
    ) -> list[LaneSample]:
        """What lanes did, oldest first, in samples that ended after ``since`` and not after ``until``.

        Args:
            step: add samples of a profile up into steps of that many seconds, each ending at a whole multiple of it
                (``at``). Counts are summed, connections are the most, latency is the mean weighted by attempts,
                ``seconds`` the covered time (at most the step), ``allowed`` and ``note`` are the last, ``run`` is ""
                where several runs were sent.

        Raises:
            InputError: ``run.unknown``.
        """
        columns = [runs.c.id, *(lane_samples.c[name] for name in _SAMPLE[1:])]
        wanted: Select[Any] = select(*columns).select_from(lane_samples)
        wanted = wanted.join(runs, runs.c.number == lane_samples.c.run).where(lane_samples.c.at > since)
        if until is not None:
            wanted = wanted.where(lane_samples.c.at <= until)
        with self._database.reading() as connection:
            wanted = _of(connection, wanted, lane_samples.c, profile, run)
            wanted = wanted.order_by(lane_samples.c.at, lane_samples.c.id)
            read = map(_sample, dialect.stream(connection, wanted))
            return list(_in_steps(read, step) if step else read)

    def events(
        self,
        run: str | None = None,
        profile: str | None = None,
        after: int = 0,
        limit: int = 200,
        since: float | None = None,
    ) -> list[LaneEvent]:
        """Why lanes changed, oldest first: the newest ``limit`` events, or with ``after`` the first ones newer than it.

        Args:
            since: only what happened from then on (seconds since the epoch); the newest are then told by their time.

        Raises:
            InputError: ``run.unknown``.
        """
        wanted = select(lane_events, runs.c.id.label("run_id")).join(runs, runs.c.number == lane_events.c.run)
        order = [lane_events.c.id.desc()] if after == 0 else [lane_events.c.id]
        if since is not None:  # in the order of an index: whatever else a profile did is not read
            wanted = wanted.where(lane_events.c.at >= since)
            order = [lane_events.c.at.desc(), *order] if after == 0 else order
        with self._database.reading() as connection:
            wanted = _of(connection, wanted, lane_events.c, profile, run).where(lane_events.c.id > after)
            found = [_event(row) for row in connection.execute(wanted.order_by(*order).limit(limit))]
        return found[::-1] if after == 0 else found


def _of(connection: Connection, wanted: Select[Any], columns: Any, profile: str | None, run: str | None) -> Select[Any]:
    if profile is not None:
        wanted = wanted.where(columns.profile == profile)
    if run is not None:
        wanted = wanted.where(columns.run == run_key(connection, run).number)
    return wanted


def _in_steps(samples: Iterable[LaneSample], step: float) -> Iterator[LaneSample]:
    """Samples in the order of time, added up; a step is given out when the next one begins."""
    end = 0
    parts: dict[str, list[LaneSample]] = {}
    for sample in samples:
        number = ceil(sample.at / step)
        if number != end:
            yield from (_added(of_profile, end * step, step) for of_profile in parts.values())
            parts, end = {}, number
        parts.setdefault(sample.profile, []).append(sample)
    yield from (_added(of_profile, end * step, step) for of_profile in parts.values())


def _added(parts: list[LaneSample], at: float, step: float) -> LaneSample:
    return LaneSample(
        run=parts[0].run if len({part.run for part in parts}) == 1 else "",
        profile=parts[0].profile,
        at=at,
        seconds=min(step, sum(part.seconds for part in parts)),
        connections=max(part.connections for part in parts),
        accepted=sum(part.accepted for part in parts),
        deferred=sum(part.deferred for part in parts),
        rejected=sum(part.rejected for part in parts),
        uncertain=sum(part.uncertain for part in parts),
        allowed=parts[-1].allowed,
        note=parts[-1].note,
        latency=weighted(
            (part.accepted + part.deferred + part.rejected + part.uncertain, part.latency) for part in parts
        ),
    )


def _sample_row(number: int, sample: LaneSample) -> tuple[object, ...]:
    return (
        number,
        sample.profile,
        sample.at,
        sample.seconds,
        sample.connections,
        sample.accepted,
        sample.deferred,
        sample.rejected,
        sample.uncertain,
        sample.allowed,
        clean(sample.note),
        dumps(dict(sample.latency)),
    )


def _event_row(number: int, event: LaneEvent) -> tuple[object, ...]:
    return (
        number,
        event.profile,
        event.at,
        event.change.value,
        event.cause,
        clean(event.said),
        event.allowed,
        event.until,
    )


def _sample(row: Sequence[Any]) -> LaneSample:
    return LaneSample(*(*row[:-1], loads(row[-1])))


def _event(row: Row[Any]) -> LaneEvent:
    return LaneEvent(
        row.run_id, row.profile, row.at, LaneChange(row.change), row.cause, row.said, row.allowed, row.until, row.id
    )
