"""The one comparison behind every story: what the servers have against what the ledger says, row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from smtpdesk.domain.delivery import Counts, LogRow, OutcomeKind, ReportRow
from smtpdesk.store import Workspace
from tests.scenarios.campaigns import Program

#: How many messages the servers may have for a row in each state.
KEPT = {
    "accepted": (1, 1),
    "uncertain": (0, 1),
    "rejected": (0, 0),
    "pending": (0, 0),
    "deferred": (0, 0),
    "cancelled": (0, 0),
    "skipped": (0, 0),
}


class Keeper(Protocol):
    """A server that can say what it has."""

    def per_recipient(self) -> Mapping[str, int]:
        """How many messages it has for each recipient."""
        ...


@dataclass(frozen=True)
class Settled:
    """A run that is at rest, after the comparison held."""

    rows: tuple[ReportRow, ...]
    counts: Counts
    #: Attempts that did not end with an acceptance, oldest first.
    troubles: tuple[LogRow, ...]

    def state(self, address: str) -> str:
        """The state of one recipient's row."""
        return next(row.state.value for row in self.rows if row.address == address)

    def stages(self) -> set[str]:
        """In which stages there was trouble."""
        return {row.stage.value for row in self.troubles}


def settled(place: Program | Path, *servers: Keeper, run: str = "") -> Settled:
    """Fail unless the ledger of a run that nobody sends any more says exactly what the servers have.

    Accepted is kept once and uncertain once or not at all; every other state is not kept. Nobody has it twice, no
    server has mail for somebody who is not in the ledger, and the states add up to the rows.

    Args:
        place: the workspace.
        servers: every server that the run could reach.
        run: which run; may be left out where there is only one.
    """
    workspace = Workspace.open(place if isinstance(place, Path) else place.workspace)
    try:
        (name,) = [run] if run else [item.id for item in workspace.runs.all()]
        rows = tuple(workspace.ledger.report(name))
        counts = workspace.ledger.counts(name)
        kinds = [kind for kind in OutcomeKind if kind is not OutcomeKind.ACCEPTED]
        troubles = tuple(workspace.ledger.log(name, 0, 100_000, kinds=kinds))
    finally:
        workspace.close()
    kept = sum((Counter(server.per_recipient()) for server in servers), Counter[str]())
    _compare(rows, kept)
    _add_up(rows, counts)
    return Settled(rows, counts, troubles)


def _compare(rows: tuple[ReportRow, ...], kept: Counter[str]) -> None:
    assert len({row.address for row in rows}) == len(rows), "one row a recipient"
    strangers = set(kept) - {row.address for row in rows}
    assert not strangers, f"mail for people who are not in the ledger: {strangers}"
    wrong = []
    for row in rows:
        least, most = KEPT.get(row.state.value, (-1, -1))
        if not least <= kept[row.address] <= most:
            wrong.append(f"{row.address} is {row.state}, kept {kept[row.address]} times (said: {row.code} {row.text})")
    assert not wrong, "\n".join(wrong)


def _add_up(rows: tuple[ReportRow, ...], counts: Counts) -> None:
    tally = Counter(row.state.value for row in rows)
    waiting = sum(1 for row in rows if row.state.value == "pending" and row.attempts)
    tally.update({"pending": -waiting, "deferred": waiting})
    said = {state: getattr(counts, state) for state in [*KEPT, "sending"]}
    assert said == {state: tally[state] for state in said}, "the counters say what the rows say"
    assert sum(said.values()) == counts.total == len(rows)
