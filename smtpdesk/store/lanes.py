"""The lanes table: how each stream of a run is doing, as its workers last wrote it down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Row, and_, delete, func, insert, or_, select

from smtpdesk.base.clock import now
from smtpdesk.domain.delivery import LaneInfo, LaneState, RunState
from smtpdesk.store.fields import clean, dumps, loads
from smtpdesk.store.latency import weighted
from smtpdesk.store.run_keys import RunPart, run_key
from smtpdesk.store.schema import lanes, runs

#: Seconds after which a worker that said nothing no longer counts beside one that did.
FRESH_SECONDS = 10.0
#: Seconds after which what a worker has left behind is cleared away by another of the same run.
_FORGOTTEN_SECONDS = 60.0
#: The state of a lane that several workers keep is the first of these that one of them is in.
_TELLING = (
    LaneState.SENDING,
    LaneState.CONNECTING,
    LaneState.RESTING,
    LaneState.LIMIT,
    LaneState.HOURS,
    LaneState.WAITING,
    LaneState.PAUSED,
)
_RANK = {state.value: rank for rank, state in enumerate(_TELLING)}
#: In these, a lane uses its profile, or may at any moment.
_ACTIVE = tuple(
    state.value
    for state in (LaneState.CONNECTING, LaneState.SENDING, LaneState.WAITING, LaneState.LIMIT, LaneState.RESTING)
)
#: A run in one of these is let go of: what its lanes were doing last is over.
_AT_REST = (RunState.DONE.value, RunState.STOPPED.value, RunState.PAUSED.value)


class Lanes(RunPart):
    """The part of the run table that says how the streams are doing."""

    def set_lanes(self, run_id: str, streams: Sequence[LaneInfo], worker: str = "", at: float | None = None) -> None:
        """Replace what a worker has written down about its streams of a run.

        Args:
            at: seconds since the epoch; default: now.

        Raises:
            InputError: ``run.unknown``.
        """
        at = now() if at is None else at
        with self._database.writing() as connection:
            number = run_key(connection, run_id).number
            gone = or_(lanes.c.worker == worker, lanes.c.at < at - _FORGOTTEN_SECONDS)
            connection.execute(delete(lanes).where(lanes.c.run == number, gone))
            place = {"run": number, "worker": worker, "at": at}
            rows = [{**place, "position": index, **_values(lane)} for index, lane in enumerate(streams)]
            if rows:
                connection.execute(insert(lanes), rows)

    def lanes(self, run_id: str) -> list[LaneInfo]:
        """The streams of a run as last written down, in the order of its profiles.

        What several workers do with one profile is added up. A worker that was silent for ten seconds while another
        of the run was not is left out.
        """
        wanted = select(lanes).join(runs, runs.c.number == lanes.c.run).where(runs.c.id == run_id)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(lanes.c.position, lanes.c.worker)).all()
        newest = max((row.at for row in rows), default=0.0)
        merged: dict[str, list[LaneInfo]] = {}
        for row in rows:
            if row.at >= newest - FRESH_SECONDS:
                merged.setdefault(row.profile, []).append(_lane(row))
        return [_merged(parts) for parts in merged.values()]

    def sending_with(self, profile: str) -> str | None:
        """The id of the newest run that is being sent and has a stream of this profile; None when there is none."""
        wanted = (
            select(runs.c.id)
            .join(lanes, lanes.c.run == runs.c.number)
            .where(runs.c.state == RunState.RUNNING.value, lanes.c.profile == profile)
            .order_by(runs.c.number.desc())
            .limit(1)
        )
        with self._database.reading() as connection:
            return connection.execute(wanted).scalar()

    def sharers(self, profile: str, since: float, but: tuple[str, str], *, before: bool = False) -> int:
        """How many other workers use a profile just now, or may at any moment; of any run.

        Args:
            since: only those that were heard since then. ``but``: the run and worker that asks.
            before: only those that come before that one, in an order that is the same for all.
        """
        run_id, worker = but
        others = or_(runs.c.id != run_id, lanes.c.worker != worker)
        if before:
            others = or_(runs.c.id < run_id, and_(runs.c.id == run_id, lanes.c.worker < worker))
        wanted = (
            select(func.count())
            .select_from(lanes)
            .join(runs, runs.c.number == lanes.c.run)
            .where(lanes.c.profile == profile, lanes.c.at >= since, lanes.c.state.in_(_ACTIVE))
            .where(others, runs.c.state.not_in(_AT_REST))
        )
        with self._database.reading() as connection:
            return int(connection.execute(wanted).scalar_one())


def _values(lane: LaneInfo) -> dict[str, object]:
    return {
        "profile": lane.profile,
        "state": lane.state,
        "note": clean(lane.note),
        "connections": lane.connections,
        "accepted": lane.accepted,
        "deferred": lane.deferred,
        "rejected": lane.rejected,
        "uncertain": lane.uncertain,
        "rate": lane.rate,
        "allowed": lane.allowed,
        "full_rate": lane.full,
        "left_today": lane.left_today,
        "until": lane.until,
        "latency": dumps(dict(lane.latency)),
    }


def _lane(row: Row[Any]) -> LaneInfo:
    return LaneInfo(
        row.profile,
        row.state,
        row.note,
        row.connections,
        row.accepted,
        row.rate,
        row.deferred,
        row.rejected,
        row.uncertain,
        row.allowed,
        row.full_rate,
        row.left_today,
        row.until,
        loads(row.latency),
    )


def _merged(parts: list[LaneInfo]) -> LaneInfo:
    """What several workers do with one profile, as one lane."""
    if len(parts) == 1:
        return parts[0]
    telling = min(parts, key=lambda part: _RANK.get(part.state, len(_RANK)))
    left = [part.left_today for part in parts if part.left_today is not None]
    return LaneInfo(
        telling.profile,
        telling.state,
        telling.note or next(chain(filter(None, (part.note for part in parts)), [""])),
        sum(part.connections for part in parts),
        sum(part.accepted for part in parts),
        sum(part.rate for part in parts),
        sum(part.deferred for part in parts),
        sum(part.rejected for part in parts),
        sum(part.uncertain for part in parts),
        _sum(part.allowed for part in parts),
        _sum(part.full for part in parts),
        min(left) if left else None,
        telling.until,
        weighted((part.accepted + part.deferred + part.rejected + part.uncertain, part.latency) for part in parts),
    )


def _sum(rates: Iterable[float | None]) -> float | None:
    """All together; None (as fast as it goes) when one of them is."""
    total = 0.0
    for rate in rates:
        if rate is None:
            return None
        total += rate
    return total
