"""The comparison that every story relies on notices what it is there to notice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from smtpdesk.domain.delivery import OutcomeKind
from smtpdesk.store import Workspace
from tests.scenarios.settled import settled
from tests.store.making import a_run, person, result

KINDS = [OutcomeKind.ACCEPTED, OutcomeKind.UNCERTAIN, OutcomeKind.REJECTED, OutcomeKind.DEFERRED]


class Claims:
    """A server that says it has so much for each recipient."""

    def __init__(self, **kept: int) -> None:
        self._kept = Counter({person(int(number[1:])).address: count for number, count in kept.items()})

    def per_recipient(self) -> Counter[str]:
        return self._kept


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Person 0 accepted, 1 uncertain, 2 rejected, 3 deferred, 4 skipped, 5 not tried yet."""
    folder = tmp_path_factory.mktemp("ledger")
    workspace = Workspace.open(folder)
    workspace.runs.create(a_run("run-1"))
    rows = [(person(n), "suppressed" if n == 4 else "") for n in range(6)]
    workspace.ledger.plan("run-1", rows)
    claimed = workspace.ledger.claim("run-1", "office", 4, 1e9)
    tried = zip(claimed, KINDS, strict=True)
    workspace.ledger.record("run-1", [result(row.id, kind, due=2e9) for row, kind in tried])
    workspace.close()
    return folder


@pytest.mark.parametrize("server", [Claims(p0=1), Claims(p0=1, p1=1)], ids=["not there", "there"])
def test_what_is_uncertain_may_be_there_or_not(ledger: Path, server: Claims) -> None:
    assert settled(ledger, server).counts.accepted == 1


@pytest.mark.parametrize(
    "server",
    [Claims(), Claims(p0=2), Claims(p0=1, p1=2), Claims(p0=1, p2=1), Claims(p0=1, p3=1), Claims(p0=1, p4=1),
     Claims(p0=1, p5=1), Claims(p0=1, p99=1)],
    ids=["lost", "twice", "uncertain twice", "rejected", "deferred", "skipped", "pending", "a stranger"],
)  # fmt: skip
def test_everything_else_is_noticed(ledger: Path, server: Claims) -> None:
    with pytest.raises(AssertionError):
        settled(ledger, server)


def test_what_came_over_two_servers_counts_together(ledger: Path) -> None:
    with pytest.raises(AssertionError, match="kept 2 times"):
        settled(ledger, Claims(p0=1), Claims(p0=1))
