"""Whatever workers and persons do in whatever order, no delivery is lost, sent twice or counted wrongly."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from smtpdesk.domain.delivery import OutcomeKind
from smtpdesk.store import Workspace
from tests.store.making import a_run, person, result

RUN = "run-1"
#: Before, at and after the times that deferred deliveries are given; a person's "now" lies before LATER.
SOON, LATER = 100.0, 9e12
NOWS = st.sampled_from([50.0, 200.0, 1e13])
FLAGS = {0: "pending", 1: "uncertain", 2: "accepted", 3: "pending", 4: "rejected"}
AFTER = {
    OutcomeKind.ACCEPTED: "accepted",
    OutcomeKind.DEFERRED: "pending",
    OutcomeKind.REJECTED: "rejected",
    OutcomeKind.UNCERTAIN: "uncertain",
}


class Row:
    """What the model knows of a delivery."""

    def __init__(self, state: str) -> None:
        self.state = state
        self.attempts = 0
        self.due = 0.0

    @property
    def counted(self) -> str:
        return "deferred" if self.state == "pending" and self.attempts else self.state


class LedgerMachine(RuleBasedStateMachine):
    template: Path

    @initialize()
    def begin(self) -> None:
        self.place = Path(tempfile.mkdtemp())
        shutil.copytree(self.template, self.place / "desk")
        self.store = Workspace.open(self.place / "desk")
        self.other = Workspace.open(self.place / "desk")  # as another process would have it
        self.rows: dict[int, Row] = {}
        self.numbers: set[int] = set()
        self.advanced = self.store.ledger.advanced(RUN)
        self.log = 0

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.other.close()
            shutil.rmtree(self.place)

    @rule(numbers=st.lists(st.integers(0, 12), max_size=8), skipped=st.integers(0, 12))
    def plan(self, numbers: list[int], skipped: int) -> None:
        new = [number for number in dict.fromkeys(numbers) if number not in self.numbers]
        rows = [(person(number), "suppressed" if number == skipped else "") for number in numbers]
        assert self.store.ledger.plan(RUN, rows) == len(new)
        first = next(iter(self.store.ledger.report_ids(RUN)), 0)
        for number in new:
            self.rows[first + len(self.rows)] = Row("skipped" if number == skipped else "pending")
        self.numbers.update(new)

    def in_state(self, *states: str) -> list[int]:
        return [row_id for row_id, row in self.rows.items() if row.counted in states]

    def check_claim(self, claimed: list[Any], limit: int, now: float) -> None:
        eligible = [row_id for row_id, row in self.rows.items() if row.state == "pending" and row.due <= now]
        ids = [one.id for one in claimed]
        assert len(ids) == len(set(ids)) == min(limit, len(eligible))
        assert set(ids) <= set(eligible)
        for one in claimed:
            assert one.attempts == self.rows[one.id].attempts
            self.rows[one.id].state = "sending"

    @rule(limit=st.integers(0, 6), now=NOWS, second=st.booleans())
    def claim(self, limit: int, now: float, second: bool) -> None:
        worker = self.other if second else self.store
        self.check_claim(worker.ledger.claim(RUN, "office", limit, now), limit, now)

    @rule(data=st.data(), limit=st.integers(0, 6), now=NOWS, second=st.booleans())
    def step(self, data: st.DataObject, limit: int, now: float, second: bool) -> None:
        worker = self.other if second else self.store
        chosen = st.tuples(
            st.sampled_from([*self.rows, 7]), st.sampled_from(OutcomeKind), st.sampled_from([SOON, LATER])
        )
        results = data.draw(st.lists(chosen, max_size=8))
        claimed = worker.ledger.step(
            RUN, "office", [result(row_id, kind, due=due) for row_id, kind, due in results], limit, now
        )
        for row_id, kind, due in results:
            row = self.rows.get(row_id)
            if row and row.state == "sending":
                row.state, row.attempts = AFTER[kind], row.attempts + 1
                row.due = due if kind is OutcomeKind.DEFERRED else 0.0
                self.log += 1
        self.check_claim(claimed, limit, now)

    @precondition(lambda self: self.rows)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        chosen = data.draw(st.lists(st.sampled_from(list(self.rows)), max_size=6))
        due = data.draw(st.dictionaries(st.sampled_from(list(self.rows)), st.sampled_from([SOON, LATER]), max_size=3))
        self.store.ledger.release(RUN, chosen, due)
        for row_id in chosen:
            row = self.rows[row_id]
            if row.state == "sending":
                row.state, row.due = "pending", due.get(row_id, row.due)

    @rule(data=st.data())
    def recover(self, data: st.DataObject) -> None:
        held = self.in_state("sending")
        flags = {row_id % 2**32: data.draw(st.sampled_from(list(FLAGS))) for row_id in held}
        recovery = self.other.ledger.recover(RUN, flags.__getitem__)
        assert recovery.total == len(held)
        for row_id in held:
            row, flag = self.rows[row_id], flags[row_id % 2**32]
            row.state = FLAGS[flag]
            if flag:
                row.attempts += 1
                row.due = 1e9 if flag == 3 else 0.0
                self.log += 1

    @rule(data=st.data(), kinds=st.sets(st.sampled_from(["deferred", "rejected", "uncertain", "cancelled"])))
    def retry(self, data: st.DataObject, kinds: set[str]) -> None:
        chosen = data.draw(st.none() | st.sets(st.sampled_from([*self.rows, 7])))
        wanted = [row_id for row_id in self.in_state(*kinds) if chosen is None or row_id in chosen]
        assert self.store.ledger.retry(RUN, kinds, chosen) == len(wanted)
        for row_id in wanted:
            row = self.rows[row_id]
            row.state, row.due = "pending", 1e9 if row.attempts else 0.0

    @rule(data=st.data(), accepted=st.booleans())
    def decide(self, data: st.DataObject, accepted: bool) -> None:
        chosen = data.draw(st.none() | st.sets(st.sampled_from([*self.rows, 7])))
        wanted = [row_id for row_id in self.in_state("uncertain") if chosen is None or row_id in chosen]
        assert self.store.ledger.decide(RUN, chosen, accepted) == len(wanted)
        for row_id in wanted:
            self.rows[row_id].state = "accepted" if accepted else "rejected"
        self.log += len(wanted)

    @rule()
    def cancel(self) -> None:
        wanted = self.in_state("pending", "deferred")
        assert self.store.ledger.cancel_open(RUN) == len(wanted)
        for row_id in wanted:
            self.rows[row_id].state = "cancelled"

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = Workspace.open(self.place / "desk")

    @invariant()
    def every_delivery_is_where_the_model_says(self) -> None:
        # Accepted is final in the model, so this also holds the ledger to it.
        report = list(self.store.ledger.report(RUN))
        assert {row.delivery: (row.state.value, row.attempts) for row in report} == {
            row_id: (row.state, row.attempts) for row_id, row in self.rows.items()
        }

    @invariant()
    def the_counts_are_those_of_the_rows(self) -> None:
        counts = self.other.ledger.counts(RUN)
        modelled = Counter(row.counted for row in self.rows.values())
        names = ("pending", "deferred", "sending", "accepted", "rejected", "uncertain", "skipped", "cancelled")
        assert {name: getattr(counts, name) for name in names} == {name: modelled[name] for name in names}
        grouped = "SELECT state, attempts > 0 AND state = 'pending', count(*) FROM deliveries GROUP BY 1, 2"
        with self.other._database.reading() as connection:
            kept = {("deferred" if tried else state): n for state, tried, n in connection.exec_driver_sql(grouped)}
        assert kept == dict(modelled)
        assert counts.total == len(self.rows) == counts.handled + counts.open

    @invariant()
    def every_attempt_and_decision_is_in_the_log(self) -> None:
        assert len(self.other.ledger.log_ids(RUN)) == self.log

    @invariant()
    def the_counter_never_goes_back(self) -> None:
        advanced = self.store.ledger.advanced(RUN)
        assert advanced >= self.advanced
        self.advanced = advanced


def test_the_ledger_agrees_with_its_model(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "template") as store:
        store.runs.create(a_run())

    class Machine(LedgerMachine):
        template = tmp_path / "template"

    case = Machine.TestCase
    case.settings = settings(
        max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    case().runTest()
