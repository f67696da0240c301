"""A worker's claim: which deliveries it takes, and whom it must not take whatever the plan said.

Part of one transaction, so that what is asked here holds when the row is *sending*.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Integer, bindparam, select

from smtpdesk.domain.delivery import Claimed
from smtpdesk.store import dialect
from smtpdesk.store.attempts import OUTCOME_NAMES
from smtpdesk.store.counting import Change
from smtpdesk.store.had_before import had_before, never_mail, related_runs
from smtpdesk.store.rehearsals import is_rehearsal, mark_rehearsals
from smtpdesk.store.schema import BLAMES_OTHERS, BLAMES_PROFILE, PENDING, SPAN, deliveries

#: Seconds until a person whom another run is sending to is asked about again.
_ASK_AGAIN = 2.0
#: How often a claim looks for others in the place of those that it skipped; with the limit it bounds a transaction.
_ROUNDS = 16
#: A row as it is read to be claimed, and where its parts stand.
_Row = list[Any]
_ID, _TRIES, _KEY = 0, 4, 7
_CLAIMABLE = (
    select(
        deliveries.c.id,
        deliveries.c.address,
        deliveries.c.line,
        deliveries.c.fields,
        deliveries.c.attempts,
        deliveries.c.first_tried,
        deliveries.c.message_id,
        deliveries.c.address_key,
    )
    .where(PENDING, deliveries.c.run == bindparam("of_run"))
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_FRESH = dialect.Gathered(_CLAIMABLE.where(deliveries.c.due == 0).order_by(deliveries.c.id), ["fields"])
_WAITED = _CLAIMABLE.where(deliveries.c.due > 0, deliveries.c.due <= bindparam("at"))
_IN_TURN = _WAITED.order_by(deliveries.c.due, deliveries.c.id)
_AGAIN = dialect.Gathered(_IN_TURN.where(BLAMES_OTHERS), ["fields"])
#: What stopped a profile does not begin the next try: it would stop it again before anybody else has the message.
_LAST = dialect.Gathered(_IN_TURN.where(BLAMES_PROFILE), ["fields"])


def claim(change: Change, profile: str, limit: int, at: float) -> list[Claimed]:
    """Take up to ``limit`` pending deliveries that are due.

    Deliveries that wait for another try get at most half of the places while there are others, so that neither a
    relay that defers much holds up the rest, nor a long list a second try. Those whose last try blamed the profile
    come after all others.

    Whoever is never to be mailed, or has the campaign from another run, is skipped here, whatever the plan said: the
    plan may be days old. Whom another run is sending to this moment is left for a little later.
    """
    taken: list[_Row] = []
    sandbox = is_rehearsal(change.connection, [profile])
    for _round in range(_ROUNDS):
        rows = _due(change, limit - len(taken), at) if limit > len(taken) else []
        kept = _sifted(change, rows, at, sandbox)
        _take(change, kept, profile, sandbox)
        taken += kept
        if len(kept) == len(rows):
            break
    named = change.key.codec.named
    return [
        Claimed(row_id, row_id % SPAN, address, line, named(fields), tries, first_tried, message_id)
        for row_id, address, line, fields, tries, first_tried, message_id, _key in taken
    ]


def _due(change: Change, limit: int, at: float) -> list[_Row]:
    bound = {"of_run": change.key.number, "most": limit, "at": at}
    first = _FRESH.all(change.connection, bound)
    second = _AGAIN.all(change.connection, bound)[: max(limit - len(first), (limit + 1) // 2)]
    rows = [*second, *first[: limit - len(second)]]
    if len(rows) < limit:
        rows += _LAST.all(change.connection, {**bound, "most": limit - len(rows)})
    return rows


def _sifted(change: Change, rows: list[_Row], at: float, sandbox: bool) -> list[_Row]:
    """Those that may be sent to; the others are skipped, or put off."""
    keys = [row[_KEY] for row in rows]
    unwanted = never_mail(change.connection, keys) if keys else set()
    asked = keys and not sandbox
    had = had_before(change.connection, related_runs(change.connection, change.key), keys) if asked else {}
    if not unwanted and not had:
        return rows
    settled = {key for key, undecided in had.items() if not undecided}
    skip(change, [row for row in rows if row[_KEY] in unwanted], "suppressed", at)
    rows = [row for row in rows if row[_KEY] not in unwanted]
    skip(change, [row for row in rows if row[_KEY] in settled], "sent-before", at)
    rows = [row for row in rows if row[_KEY] not in settled]
    _put_off(change, [row[_ID] for row in rows if row[_KEY] in had], at + _ASK_AGAIN)
    return [row for row in rows if row[_KEY] not in had]


def _take(change: Change, rows: list[_Row], profile: str, sandbox: bool) -> None:
    taken: dict[str, object] = {"state": "sending", "profile": profile, "changed": change.stamp}
    if sandbox:
        mark_rehearsals(change.connection, change.key, [row[_ID] for row in rows if not row[_TRIES]])
    else:
        taken["rehearsal"] = 0
    dialect.update_those(change.connection, deliveries, taken, [row[_ID] for row in rows])
    tried = sum(1 for row in rows if row[_TRIES])
    change.move("deferred", "sending", tried)
    change.move("pending", "sending", len(rows) - tried)


def skip(change: Change, rows: Sequence[_Row], reason: str, at: float) -> None:
    """Pending rows, as they are read to be claimed, are not to be sent: *skipped*, with the reason as the cause."""
    nothing = dict.fromkeys(OUTCOME_NAMES, "")
    values = {**nothing, "code": 0, "state": "skipped", "cause": reason, "text": reason, "profile": "", "due": 0.0}
    values |= {"updated_at": at, "changed": change.stamp}
    dialect.update_those(change.connection, deliveries, values, [row[_ID] for row in rows])
    tried = sum(1 for row in rows if row[_TRIES])
    change.move("deferred", "skipped", tried)
    change.move("pending", "skipped", len(rows) - tried)


def _put_off(change: Change, ids: Sequence[int], due: float) -> None:
    dialect.update_those(change.connection, deliveries, {"due": due, "changed": change.stamp}, ids)
    change.touched = change.touched or bool(ids)
