"""How many deliveries of a run stand where, kept in the same transaction as every move, and the growing counter."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, bindparam, select, update

from smtpdesk.domain.delivery import Counts
from smtpdesk.store import dialect
from smtpdesk.store.run_keys import RunKey
from smtpdesk.store.schema import counters, runs

#: The states that are counted, "deferred" apart from "pending".
STATES = ("pending", "deferred", "sending", "accepted", "rejected", "uncertain", "skipped", "cancelled")

_STAMP = dialect.Prepared(select(counters.c.advanced).where(counters.c.run == bindparam("of_run")).with_for_update())
_ADVANCE = dialect.Prepared(
    update(counters)
    .where(counters.c.run == bindparam("of_run"))
    .values(
        advanced=bindparam("to"),
        **{name: counters.c[name] + bindparam(f"add_{name}") for name in STATES},
    )
)


class Change:
    """One transaction's moves within one run. ``stamp`` is the counter's new value, written to every changed row."""

    def __init__(self, connection: Connection, key: RunKey) -> None:
        self.connection = connection
        self.key = key
        (last,) = _STAMP.first(connection, {"of_run": key.number}) or (0,)
        self.stamp = last + 1
        self._moved: Counter[str] = Counter()
        #: Whether a row was changed, so that :meth:`finish` has something to write.
        self.touched = False

    def add(self, state: str, count: int = 1) -> None:
        """That many deliveries are new in a state."""
        self._moved[state] += count

    def move(self, before: str, after: str, count: int = 1) -> None:
        """That many deliveries went from one state to another."""
        self.touched = self.touched or bool(count)
        self._moved[before] -= count
        self._moved[after] += count

    def finish(self) -> None:
        """Write the counts down; call it last, and only when something was changed."""
        values: dict[str, int] = {f"add_{name}": self._moved[name] for name in STATES}
        _ADVANCE.run(self.connection, {"of_run": self.key.number, "to": self.stamp, **values})


def read_counts(connection: Connection, key: RunKey) -> Counts:
    """How many deliveries of a run stand where; one row is read, whatever the size of the run."""
    row = connection.execute(select(counters).where(counters.c.run == key.number)).one()
    numbers = {name: int(row._mapping[name]) for name in STATES}
    return Counts(total=sum(numbers.values()), **numbers)


def read_all_counts(connection: Connection) -> dict[str, Counts]:
    """The counts of every run that was not deleted, by its id."""
    columns = [counters.c[name] for name in STATES]
    wanted = select(runs.c.id, *columns).join(runs, runs.c.number == counters.c.run)
    found: dict[str, Counts] = {}
    for run, *numbers in connection.execute(wanted.where(runs.c.deleted_at.is_(None))):
        found[run] = Counts(total=sum(numbers), **dict(zip(STATES, numbers, strict=True)))
    return found


def read_advanced(connection: Connection, key: RunKey) -> int:
    """The counter: it grows with every change to a run's deliveries."""
    return int(connection.execute(select(counters.c.advanced).where(counters.c.run == key.number)).scalar_one())
