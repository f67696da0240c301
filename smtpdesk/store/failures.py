"""What went wrong with one profile's server in a stretch of time: attempts that were not accepted, by cause."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from smtpdesk.domain.delivery import Blame, CauseGroup, OutcomeKind, Reply, Stage
from smtpdesk.store.run_keys import RunKey
from smtpdesk.store.schema import TROUBLE, attempts

_KINDS = (OutcomeKind.DEFERRED.value, OutcomeKind.REJECTED.value, OutcomeKind.UNCERTAIN.value)


def read_failures(
    connection: Connection, profile: str, since: float, until: float, key: RunKey | None = None
) -> list[CauseGroup]:
    """Attempts through a profile that were deferred, rejected or left uncertain, by kind and cause, most first.

    ``people`` of a group counts attempts. Only what was not accepted is read (index ``attempts_not_accepted``).
    """
    columns = (attempts.c.kind, attempts.c.cause, attempts.c.blame)
    wanted = select(*columns, func.count(), func.max(attempts.c.at), func.max(attempts.c.id)).where(
        TROUBLE,
        attempts.c.profile == profile,
        attempts.c.at.between(since, until),
        attempts.c.kind.in_(_KINDS),
    )
    if key is not None:
        wanted = wanted.where(attempts.c.run == key.number)
    groups = []
    for kind, cause, blame, count, last_at, example in connection.execute(wanted.group_by(*columns)).all():
        row = connection.execute(
            select(attempts.c.code, attempts.c.text, attempts.c.enhanced, attempts.c.stage).where(
                attempts.c.id == example
            )
        ).one()
        reply = Reply(row.code, row.text, row.enhanced)
        groups.append(CauseGroup(cause, OutcomeKind(kind), Blame(blame), count, last_at, reply, Stage(row.stage)))
    return sorted(groups, key=lambda group: (-group.people, group.kind, group.cause))
