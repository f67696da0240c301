"""Who has a campaign already, from another run of it: asked by every claim and every retry, in their transaction.

Another run counts when it has the same message (digest) or belongs to the same campaign (identity). One writer at a
time makes it exact: of two workers that want the same person, the second sees the first one's row in *sending*.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, bindparam, or_, select

from smtpdesk.store import address_sets, dialect
from smtpdesk.store.fields import loads
from smtpdesk.store.rehearsals import is_rehearsal
from smtpdesk.store.run_keys import RunKey
from smtpdesk.store.schema import counters, runs, suppressions

#: What is bound for a run without an identity: no run has it.
_NONE = "-"
_RELATED = dialect.Gathered(
    select(runs.c.number)
    .join(counters, counters.c.run == runs.c.number)
    .where(
        or_(runs.c.digest == bindparam("digest"), runs.c.identity == bindparam("identity")),
        runs.c.purpose == "campaign",
        runs.c.number != bindparam("but"),
        counters.c.accepted + counters.c.uncertain + counters.c.sending > 0,
    )
)
_ME = dialect.Prepared(
    select(runs.c.digest, runs.c.identity, runs.c.purpose, runs.c.plan_again, runs.c.profiles).where(
        runs.c.number == bindparam("of_run")
    )
)


def related_runs(connection: Connection, key: RunKey) -> list[int]:
    """The runs whose people this one must not send to; none for one that sends again on purpose, or rehearses."""
    me = _ME.first(connection, {"of_run": key.number})
    if me is None:
        return []
    digest, identity, purpose, again, profiles = me
    if again or purpose != "campaign" or is_rehearsal(connection, loads(profiles)):
        return []
    bound = {"digest": digest, "identity": identity or _NONE, "but": key.number}
    return [number for (number,) in _RELATED.all(connection, bound)]


def had_before(connection: Connection, related: Collection[int], keys: Collection[str]) -> dict[str, bool]:
    """Those of the addresses that have the campaign from a related run: True when that is still being decided.

    Args:
        related: what :func:`related_runs` said. ``keys``: of addresses.
    """
    if not related or not keys:
        return {}
    found: dict[str, bool] = {}
    for key, state in address_sets.reached(connection, related, keys):
        found[key] = state == "sending" and found.get(key, True)
    return found


def never_mail(connection: Connection, keys: Iterable[str]) -> set[str]:
    """Those of the addresses (their keys) that are suppressed, by themselves or with their domain."""
    domains = {key: "@" + key.rpartition("@")[2] for key in keys}
    targets = {*domains, *domains.values()}
    found = address_sets.present(connection, suppressions.c.target, targets)
    return {key for key, domain in domains.items() if key in found or domain in found} if found else set()
