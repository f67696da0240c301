"""Whom a campaign would reach now: who is suppressed, who has it, who is new; one walk over the list."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, func, or_, select

from smtpdesk.store import address_sets
from smtpdesk.store.rehearsals import is_rehearsal, real
from smtpdesk.store.schema import SPAN, counters, runs


@dataclass(frozen=True, slots=True)
class Audience:
    """The people of a list that could be mailed, by what speaks against mailing them; each counts once.

    Attributes:
        ready: all of them. ``suppressed``: never to be mailed.
        same: have this very message. ``earlier``: have the campaign with another message, not with this one.
        since: when the campaign, or this message, was first sent to anybody; None when it was not.
    """

    ready: int = 0
    suppressed: int = 0
    same: int = 0
    earlier: int = 0
    since: float | None = None

    @property
    def everybody(self) -> int:
        """Whom *again* reaches."""
        return self.ready - self.suppressed

    @property
    def having(self) -> int:
        """Who has the campaign already, in whatever version."""
        return self.same + self.earlier

    @property
    def new(self) -> int:
        """Who has not."""
        return self.everybody - self.having


def read_audience(
    connection: Connection, list_id: int, digest: str, identity: str, profiles: Collection[str] = ()
) -> Audience:
    """The audience of a list for a message of a campaign ("": one that was never sent), sent with these profiles."""
    reached = counters.c.accepted + counters.c.uncertain > 0
    began = func.coalesce(runs.c.started_at, runs.c.created_at)
    related = select(runs.c.number, runs.c.digest, began, runs.c.rehearsed).join(
        counters, counters.c.run == runs.c.number
    )
    mine = or_(runs.c.digest == digest, runs.c.identity == (identity or "-"))
    found = connection.execute(related.where(mine, runs.c.purpose == "campaign", reached)).all()
    if is_rehearsal(connection, profiles):
        found = []
    states = ("accepted", "uncertain")
    rows = [row[:3] for row in found if not row.rehearsed or real(connection, row.number, states)]
    same = [number for number, content, _at in rows if content == digest]
    earlier = [number for number, content, _at in rows if content != digest]
    first = list_id * SPAN
    figures = address_sets.audience(connection, first, first + SPAN - 1, json.dumps(same), json.dumps(earlier))
    return Audience(*figures, since=min((at for _number, _content, at in rows), default=None))
