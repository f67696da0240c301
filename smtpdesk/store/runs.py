"""The runs and lanes tables: each sending of a campaign, what is wanted of it, and how its streams are doing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from smtpdesk.base.clock import now
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.delivery import LaneInfo, RunInfo, RunState, Wanted
from smtpdesk.store import dialect
from smtpdesk.store.database import Database
from smtpdesk.store.fields import FieldCodec, clean, dumps, loads
from smtpdesk.store.schema import SPAN, counters, deliveries, lanes, runs

_KEY_OF = select(runs.c.number, runs.c.field_names).where(runs.c.id == bindparam("run_id"))
#: States of a delivery whose message is, or may be, in somebody's mailbox.
_MAY_HAVE_ARRIVED = ("accepted", "uncertain", "sending")


@dataclass(frozen=True, slots=True)
class RunKey:
    """A run within the database: its number, and how its deliveries' fields are written."""

    number: int
    codec: FieldCodec

    @property
    def first(self) -> int:
        """The id of the delivery with seq 0."""
        return self.number * SPAN

    @property
    def last(self) -> int:
        """The greatest id a delivery of this run can have."""
        return self.first + SPAN - 1


def run_key(connection: Connection, run_id: str) -> RunKey:
    """Find a run.

    Raises:
        InputError: ``run.unknown``.
    """
    row = connection.execute(_KEY_OF, {"run_id": run_id}).first()
    if row is None:
        raise _unknown(run_id)
    return RunKey(row.number, FieldCodec(loads(row.field_names)))


class RunTable:
    """The only writer of runs and lanes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, run: RunInfo) -> None:
        """Add a run without deliveries; its id must be new."""
        values = {
            "id": run.id,
            "campaign": clean(run.campaign),
            "folder": _kept(run.folder),
            "snapshot": run.snapshot,
            "digest": run.digest,
            "profiles": dumps(list(run.profiles)),
            "purpose": run.purpose,
            "state": run.state.value,
            "wanted": run.wanted.value,
            "note": clean(run.note),
            "created_at": run.created_at,
            "started_at": run.started_at,
            "finished_at": run.finished_at,
            "seen_at": run.seen_at,
        }
        with self._database.writing(durable=True) as connection:
            number = connection.execute(insert(runs).values(values).returning(runs.c.number)).scalar_one()
            connection.execute(insert(counters).values(run=number))

    def get(self, run_id: str) -> RunInfo:
        """One run.

        Raises:
            InputError: ``run.unknown``.
        """
        with self._database.reading() as connection:
            row = connection.execute(select(runs).where(runs.c.id == run_id)).first()
        if row is None:
            raise _unknown(run_id)
        return _info(row)

    def latest(self, folder: Path | str, digest: str | None = None, purpose: str | None = None) -> RunInfo | None:
        """The newest run of a campaign folder, of exactly this content and purpose if given."""
        wanted = select(runs).where(runs.c.folder == _kept(folder))
        if digest is not None:
            wanted = wanted.where(runs.c.digest == digest)
        if purpose is not None:
            wanted = wanted.where(runs.c.purpose == purpose)
        with self._database.reading() as connection:
            row = connection.execute(wanted.order_by(runs.c.number.desc()).limit(1)).first()
        return None if row is None else _info(row)

    def all(self) -> list[RunInfo]:
        """Every run, the newest first."""
        with self._database.reading() as connection:
            return [_info(row) for row in connection.execute(select(runs).order_by(runs.c.number.desc()))]

    def set_state(self, run_id: str, state: RunState, note: str = "") -> None:
        """Write down what a run is doing, with a note for the person. Stamps when it first ran and when it ended."""
        ended = state in {RunState.DONE, RunState.STOPPED}
        with self._database.writing(durable=True) as connection:
            row = connection.execute(select(runs.c.started_at).where(runs.c.id == run_id)).first()
            if row is None:
                raise _unknown(run_id)
            started = now() if row.started_at is None and state is RunState.RUNNING else row.started_at
            connection.execute(
                update(runs)
                .where(runs.c.id == run_id)
                .values(state=state.value, note=clean(note), started_at=started, finished_at=now() if ended else None)
            )

    def set_profiles(self, run_id: str, profiles: Sequence[str]) -> None:
        """Send the rest of a run with other profiles."""
        with self._database.writing(durable=True) as connection:
            run_key(connection, run_id)
            connection.execute(update(runs).where(runs.c.id == run_id).values(profiles=dumps(list(profiles))))

    def set_wanted(self, run_id: str, wanted: Wanted) -> None:
        """What a person wants of a run from now on."""
        with self._database.writing(durable=True) as connection:
            connection.execute(update(runs).where(runs.c.id == run_id).values(wanted=wanted.value))

    def wanted(self, run_id: str) -> Wanted:
        """What a person wants of a run; cheap enough to ask several times a second.

        Raises:
            InputError: ``run.unknown``.
        """
        with self._database.reading() as connection:
            value = connection.execute(select(runs.c.wanted).where(runs.c.id == run_id)).scalar()
        if value is None:
            raise _unknown(run_id)
        return Wanted(value)

    def seen(self, run_id: str, at: float | None) -> None:
        """The worker's sign of life; None when it has left in good order."""
        with self._database.writing() as connection:
            connection.execute(update(runs).where(runs.c.id == run_id).values(seen_at=at))

    def lanes(self, run_id: str) -> list[LaneInfo]:
        """The streams of a run as last written down, in the order of its profiles."""
        wanted = select(lanes).join(runs, runs.c.number == lanes.c.run).where(runs.c.id == run_id)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(lanes.c.position))
            return [LaneInfo(row.profile, row.state, row.note, row.connections, row.accepted, row.rate) for row in rows]

    def set_lanes(self, run_id: str, streams: Sequence[LaneInfo]) -> None:
        """Replace what is written down about the streams of a run."""
        with self._database.writing() as connection:
            number = run_key(connection, run_id).number
            connection.execute(delete(lanes).where(lanes.c.run == number))
            rows = [
                {
                    "run": number,
                    "profile": lane.profile,
                    "position": position,
                    "state": lane.state,
                    "note": clean(lane.note),
                    "connections": lane.connections,
                    "accepted": lane.accepted,
                    "rate": lane.rate,
                }
                for position, lane in enumerate(streams)
            ]
            if rows:
                connection.execute(insert(lanes), rows)

    def accepted_before(self, digest: str) -> set[str]:
        """Keys of the addresses that have, or may have, this very content from an earlier campaign run.

        Rows still in *sending* count: nobody knows yet what became of them.
        """
        earlier = select(runs.c.number).where(runs.c.digest == digest, runs.c.purpose == "campaign")
        found: set[str] = set()
        with self._database.reading() as connection:
            for number in connection.execute(earlier).scalars().all():
                stretch = deliveries.c.id.between(number * SPAN, (number + 1) * SPAN - 1)
                wanted = select(deliveries.c.address_key).where(stretch, deliveries.c.state.in_(_MAY_HAVE_ARRIVED))
                found.update(key for (key,) in dialect.stream(connection, wanted))
        return found


def _kept(folder: Path | str) -> str:
    return str(Path(folder).absolute())


def _unknown(run_id: str) -> InputError:
    return InputError("run.unknown", _("There is no run “{run}”.").format(run=run_id))


def _info(row: Row[Any]) -> RunInfo:
    return RunInfo(
        id=row.id,
        campaign=row.campaign,
        folder=row.folder,
        snapshot=row.snapshot,
        digest=row.digest,
        profiles=tuple(loads(row.profiles)),
        purpose=row.purpose,
        state=RunState(row.state),
        wanted=Wanted(row.wanted),
        note=row.note,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        seen_at=row.seen_at,
    )
