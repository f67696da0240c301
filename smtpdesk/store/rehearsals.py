"""What the sandbox carries reaches nobody: a rehearsal, which does not count for a real sending, nor asks about one.

It is written into each delivery when it is claimed, for a profile may be another one later. A delivery that a real
profile has once tried is never a rehearsal again, and one of which nothing is known is none.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, false, func, select, true, update

from smtpdesk.domain.profile import SANDBOX
from smtpdesk.store import dialect
from smtpdesk.store.fields import loads
from smtpdesk.store.run_keys import RunKey
from smtpdesk.store.schema import SPAN, deliveries, profiles, runs

_PROFILES = dialect.Gathered(select(profiles.c.name, profiles.c.data))


def is_rehearsal(connection: Connection, names: Collection[str]) -> bool:
    """Whether all of these profiles are the sandbox's; False for none."""
    sandboxes = {name for name, data in _PROFILES.all(connection, {}) if loads(data).get("provider") == SANDBOX}
    return bool(names) and sandboxes.issuperset(names)


def mark_rehearsals(connection: Connection, key: RunKey, untried: Sequence[int]) -> None:
    """The sandbox takes deliveries that nobody tried before, by their ids."""
    first = update(runs).where(runs.c.number == key.number, runs.c.rehearsed == false())
    connection.execute(first.values(rehearsed=true()))
    dialect.update_those(connection, deliveries, {"rehearsal": 1}, untried)


def real(connection: Connection, number: int, states: Collection[str]) -> int:
    """How many deliveries of a run (its number) are in these states and were no rehearsal."""
    mine = deliveries.c.id.between(number * SPAN, (number + 1) * SPAN - 1)
    those = (mine, deliveries.c.state.in_(states), deliveries.c.rehearsal == false())
    return int(connection.execute(select(func.count()).select_from(deliveries).where(*those)).scalar_one())
