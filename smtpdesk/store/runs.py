"""The runs and lanes tables: each sending of a campaign, what is wanted of it, and how its streams are doing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Row, false, func, insert, or_, select, update

from smtpdesk.base.clock import now
from smtpdesk.domain.delivery import RunInfo, RunState, Wanted
from smtpdesk.store import dialect
from smtpdesk.store.audience import Audience, read_audience
from smtpdesk.store.fields import clean, dumps, loads
from smtpdesk.store.lanes import Lanes
from smtpdesk.store.leases import Leases
from smtpdesk.store.marks_of_people import PeopleKeys, mark_key
from smtpdesk.store.places import kept_folder
from smtpdesk.store.plan_sources import PlanSources
from smtpdesk.store.rehearsals import is_rehearsal, real
from smtpdesk.store.run_keys import run_key, unknown_run
from smtpdesk.store.schema import AT_WORK, SPAN, counters, deliveries, runs

#: States of a delivery whose message is, or may be, in somebody's mailbox.
_MAY_HAVE_ARRIVED = ("accepted", "uncertain")

#: Of a run that a person deleted, only the guard against sending twice knows.
_THERE = runs.c.deleted_at.is_(None)


class RunTable(Leases, PlanSources, Lanes):
    """The only writer of runs and lanes."""

    def create(self, run: RunInfo) -> None:
        """Add a run without deliveries; its id must be new."""
        values = {
            "id": run.id,
            "campaign": clean(run.campaign),
            "folder": kept_folder(run.folder),
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
            "expected": run.expected,
            "identity": run.identity,
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
            row = connection.execute(select(runs).where(runs.c.id == run_id, _THERE)).first()
        if row is None:
            raise unknown_run(run_id)
        return _info(row)

    def latest(
        self, folder: Path | str, digest: str | None = None, purpose: str | None = None, *, identity: str = ""
    ) -> RunInfo | None:
        """The newest run of a campaign, of exactly this content and purpose if given.

        Args:
            identity: of the campaign; without one, the runs of the folder count.
        """
        mine = runs.c.identity == identity if identity else runs.c.folder == kept_folder(folder)
        wanted = select(runs).where(mine, _THERE)
        if digest is not None:
            wanted = wanted.where(runs.c.digest == digest)
        if purpose is not None:
            wanted = wanted.where(runs.c.purpose == purpose)
        with self._database.reading() as connection:
            row = connection.execute(wanted.order_by(runs.c.number.desc()).limit(1)).first()
        return None if row is None else _info(row)

    def all(self, most: int | None = None) -> list[RunInfo]:
        """Every run, or the ``most`` newest ones; the newest first."""
        wanted = select(runs).where(_THERE).order_by(runs.c.number.desc()).limit(most)
        with self._database.reading() as connection:
            return [_info(row) for row in connection.execute(wanted)]

    def at_work(self) -> list[RunInfo]:
        """The runs that are planned or running, the newest first; those at rest are not looked at."""
        wanted = select(runs).where(AT_WORK).order_by(runs.c.number.desc())
        with self._database.reading() as connection:
            return [_info(row) for row in connection.execute(wanted)]

    def paused_for(self, note: str) -> list[RunInfo]:
        """The paused runs with this note, the newest first."""
        wanted = select(runs).where(runs.c.state == RunState.PAUSED.value, runs.c.note == note)
        with self._database.reading() as connection:
            return [_info(row) for row in connection.execute(wanted.order_by(runs.c.number.desc()))]

    def in_doubt(self) -> list[str]:
        """The runs with deliveries in *sending*: a worker has them, or one has died with them. The oldest first."""
        held = select(runs.c.id).join(counters, counters.c.run == runs.c.number).where(counters.c.sending > 0)
        with self._database.reading() as connection:
            return list(connection.execute(held.order_by(runs.c.number)).scalars().all())

    def set_state(self, run_id: str, state: RunState, note: str = "", token: int | None = None) -> None:
        """Write down what a run is doing, with a note for the person. Stamps when it first ran and when it ended.

        Args:
            token: of a worker's lease.

        Raises:
            InputError: ``run.unknown``. LeaseLost: the run is another's, and so is what is said of it.
        """
        ended = state in {RunState.DONE, RunState.STOPPED}
        with self._database.writing(durable=True) as connection:
            run_key(connection, run_id, token)
            row = connection.execute(select(runs.c.started_at).where(runs.c.id == run_id)).one()
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
            raise unknown_run(run_id)
        return Wanted(value)

    def seen(self, run_id: str, at: float | None) -> None:
        """The worker's sign of life; None when it has left in good order."""
        with self._database.writing() as connection:
            connection.execute(update(runs).where(runs.c.id == run_id).values(seen_at=at))

    def reached(self, identity: str) -> tuple[int, float | None]:
        """How many messages of a campaign servers accepted (not the sandbox) in all runs, and when the first began."""
        began = func.coalesce(runs.c.started_at, runs.c.created_at)
        wanted = select(runs.c.number, runs.c.rehearsed, counters.c.accepted, began)
        mine = (runs.c.identity == (identity or "-"), runs.c.purpose == "campaign", counters.c.accepted > 0)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.join(counters, counters.c.run == runs.c.number).where(*mine)).all()
            had = [
                (real(connection, number, ("accepted",)) if rehearsed else count, at)
                for number, rehearsed, count, at in rows
            ]
        return sum(count for count, _at in had), min((at for count, at in had if count), default=None)

    def audience(self, list_id: int, digest: str, identity: str = "", profiles: Collection[str] = ()) -> Audience:
        """Whom a message of a campaign would reach, sent to a list now with profiles: see :class:`Audience`."""
        with self._database.reading() as connection:
            return read_audience(connection, list_id, digest, identity, profiles)

    def accepted_before(self, digest: str, but: str | None = None, identity: str = "") -> set[str]:
        """Keys of the addresses that have, or may have, this very content or this campaign from a campaign run.

        Rows in *sending* do not count: what becomes of them is not known, and the claim asks again.

        Args:
            but: a run that does not count: the one that is being planned.
            identity: of the campaign; "" asks for the content alone.
        """
        same = or_(runs.c.digest == digest, runs.c.identity == (identity or "-"))
        earlier = select(runs.c.number).where(same, runs.c.purpose == "campaign")
        if but is not None:
            earlier = earlier.where(runs.c.id != but)
        found: set[str] = set()
        with self._database.reading() as connection:
            for number in connection.execute(earlier).scalars().all():
                stretch = deliveries.c.id.between(number * SPAN, (number + 1) * SPAN - 1)
                arrived = (deliveries.c.state.in_(_MAY_HAVE_ARRIVED), deliveries.c.rehearsal == false())
                wanted = select(deliveries.c.address_key).where(stretch, *arrived)
                found.update(key for (key,) in dialect.stream(connection, wanted))
            key = mark_key(connection)
        return PeopleKeys(found, key)

    def rehearses(self, profiles: Collection[str]) -> bool:
        """Whether sending with these profiles reaches nobody: all of them are the sandbox's."""
        with self._database.reading() as connection:
            return is_rehearsal(connection, profiles)

    def of_content(self, digest: str) -> int:
        """How many campaign runs of exactly this content there were, deleted ones included."""
        wanted = select(func.count()).select_from(runs)
        with self._database.reading() as connection:
            same = (runs.c.digest == digest, runs.c.purpose == "campaign")
            return int(connection.execute(wanted.where(*same)).scalar_one())

    def made_at(self, run_id: str) -> float | None:
        """When a run was made, also one that a person deleted; None when there was none of this id."""
        with self._database.reading() as connection:
            return connection.execute(select(runs.c.created_at).where(runs.c.id == run_id)).scalar()

    def ended_before(self, at: float) -> list[RunInfo]:
        """The runs that are over, and were so before a moment."""
        ended = func.coalesce(runs.c.finished_at, runs.c.created_at) < at
        over = runs.c.state.in_([RunState.DONE.value, RunState.STOPPED.value])
        with self._database.reading() as connection:
            return [_info(row) for row in connection.execute(select(runs).where(ended, over, _THERE))]


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
        expected=row.expected,
        planned=row.plan_source is None,
        identity=row.identity,
    )
