"""Takes people out of the workspace for good: those of a run, or one person everywhere.

What stays of a run is its place in the counts and, as marks, who has its message: see :mod:`marks_of_people`.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, update

from smtpdesk.base.clock import now
from smtpdesk.domain.address import mark_of
from smtpdesk.store.counting import Change
from smtpdesk.store.database import Database
from smtpdesk.store.marks_of_people import ERASED, made_mark_key
from smtpdesk.store.run_keys import RunKey, run_key
from smtpdesk.store.schema import (
    attempts,
    deliveries,
    lane_events,
    lists,
    profiles,
    recipients,
    runs,
    settings,
)

#: What a profile has sent counts towards its limits for so many seconds: so long its attempts are kept, without people.
COUNTS_FOR = 25 * 3600.0
#: Who has the message, or may have it.
_HAVE_IT = ("accepted", "uncertain", "sending")
_BLANK = {"address": ERASED, "fields": "[]", "message_id": "", "text": ""}


@dataclass(frozen=True, slots=True)
class ErasedPerson:
    """Where one person was: rows of lists, deliveries, and each list's name with what it was read from."""

    rows: int = 0
    deliveries: int = 0
    lists: tuple[tuple[str, str], ...] = ()


class ErasureTable:
    """Erases; every method is one transaction whose freed pages are overwritten."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def erase_run(self, run_id: str) -> None:
        """Take the people of a run away, and the run out of every list. No worker may have it.

        Raises:
            InputError: ``run.unknown``.
        """
        with self._database.writing(durable=True, erasing=True) as connection:
            key = run_key(connection, run_id)
            _drop_old_attempts(connection, key.number)
            connection.execute(update(attempts).where(attempts.c.run == key.number).values(text=""))
            tried = select(attempts.c.id).where(attempts.c.delivery == deliveries.c.id)
            here = deliveries.c.run == key.number
            connection.execute(delete(deliveries).where(here, deliveries.c.state.not_in(_HAVE_IT), ~tried.exists()))
            marks = func.desk_mark(made_mark_key(connection), deliveries.c.address_key)
            connection.execute(update(deliveries).where(here).values(address_key=marks, **_BLANK))
            connection.execute(update(lane_events).where(lane_events.c.run == key.number).values(said=""))
            connection.execute(delete(settings).where(settings.c.key == f"lanes:{run_id}"))
            values = {"campaign": "", "folder": "", "note": "", "state": "done", "wanted": "stop", "deleted_at": now()}
            connection.execute(update(runs).where(runs.c.number == key.number).values(**values, plan_source=None))

    def purge(self) -> int:
        """Attempts of deleted runs that count for no limit any more go, too; returns how many."""
        gone = 0
        with self._database.writing(erasing=True) as connection:
            deleted = select(runs.c.number).where(runs.c.deleted_at.is_not(None))
            for number in connection.execute(deleted).scalars().all():
                gone += _drop_old_attempts(connection, number)
        return gone

    def held(self, address_key: str) -> bool:
        """True while a worker holds a delivery to this person."""
        wanted = select(deliveries.c.id).where(deliveries.c.address_key == address_key, deliveries.c.state == "sending")
        with self._database.reading() as connection:
            return connection.execute(wanted.limit(1)).first() is not None

    def find_person(self, address_key: str) -> ErasedPerson:
        """Where somebody is; nothing is changed."""
        with self._database.reading() as connection:
            named = _lists_of(connection, address_key)
            rows = connection.execute(select(func.count()).select_from(recipients).where(_in_lists(address_key)))
            to = connection.execute(
                select(func.count()).select_from(deliveries).where(deliveries.c.address_key == address_key)
            )
            return ErasedPerson(rows.scalar_one(), to.scalar_one(), named)

    def erase_person(self, address_key: str) -> ErasedPerson:
        """Take one person out of lists, deliveries, the log and remembered values; suppressions stay.

        A delivery that waits is skipped as *erased*.
        """
        with self._database.writing(durable=True, erasing=True) as connection:
            key = made_mark_key(connection)
            named = _lists_of(connection, address_key)
            rows = _erase_from_lists(connection, address_key)
            found = connection.execute(
                select(deliveries.c.id, deliveries.c.run, deliveries.c.state, deliveries.c.attempts).where(
                    deliveries.c.address_key == address_key
                )
            ).all()
            for delivery, number, state, tries in found:
                values: dict[str, object] = {**_BLANK, "address_key": mark_of(key, address_key)}
                if state == "pending":
                    _skip(connection, number, tries)
                    values |= {"state": "skipped", "cause": "erased", "text": "erased", "due": 0.0}
                connection.execute(update(deliveries).where(deliveries.c.id == delivery).values(values))
                connection.execute(update(attempts).where(attempts.c.delivery == delivery).values(text=""))
            _erase_from_words(connection, address_key)
            return ErasedPerson(rows, len(found), named)

    def scrub(self) -> bool:
        """Empty the write-ahead log and give freed pages back; False when another program holds them just now."""
        return self._database.scrub()


def _drop_old_attempts(connection: Connection, number: int) -> int:
    old = delete(attempts).where(attempts.c.run == number, attempts.c.at < now() - COUNTS_FOR)
    return connection.execute(old).rowcount


def _in_lists(address_key: str) -> ColumnElement[bool]:
    return or_(recipients.c.address_key == address_key, func.lower(recipients.c.address) == address_key)


def _lists_of(connection: Connection, address_key: str) -> tuple[tuple[str, str], ...]:
    of_person = select(recipients.c.list_id).where(_in_lists(address_key))
    found = select(lists.c.name, lists.c.source).where(lists.c.id.in_(of_person)).order_by(lists.c.name)
    return tuple((name, source) for name, source in connection.execute(found))


def _erase_from_lists(connection: Connection, address_key: str) -> int:
    """The rows stay where they are, set aside: a list is one stretch of its table."""
    ready = select(recipients.c.list_id, func.count()).where(_in_lists(address_key), recipients.c.state == "ready")
    for number, count in connection.execute(ready.group_by(recipients.c.list_id)).all():
        moved = {"ready": lists.c.ready - count, "set_aside": lists.c.set_aside + count}
        connection.execute(update(lists).where(lists.c.id == number).values(moved))
    blank = {"address": ERASED, "address_key": "", "fields": "[]", "state": "empty", "reason": ERASED}
    return connection.execute(update(recipients).where(_in_lists(address_key)).values(blank)).rowcount


def _skip(connection: Connection, number: int, tries: int) -> None:
    change = Change(connection, RunKey(number, None))  # type: ignore[arg-type]  # its fields are not read
    change.move("deferred" if tries else "pending", "skipped")
    change.finish()


def _erase_from_words(connection: Connection, address_key: str) -> None:
    """Where the address stands within other words: what servers said, and values that the window remembers."""
    said = func.lower(lane_events.c.said).contains(address_key, autoescape=True)
    connection.execute(update(lane_events).where(said).values(said=""))
    noted = func.lower(profiles.c.test_note).contains(address_key, autoescape=True)
    connection.execute(update(profiles).where(noted).values(test_note=""))
    kept = func.lower(settings.c.value).contains(address_key, autoescape=True)
    connection.execute(delete(settings).where(kept))
    heard = func.lower(attempts.c.text).contains(address_key, autoescape=True)
    connection.execute(update(attempts).where(heard).values(text=""))
    told = func.lower(deliveries.c.text).contains(address_key, autoescape=True)
    connection.execute(update(deliveries).where(told).values(text=""))
