"""Whatever happens to a lane, its ledger and its run: nobody twice, nobody suppressed, nobody lost."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from smtpdesk.delivery import retry
from smtpdesk.domain.delivery import Outcome, Stage
from smtpdesk.domain.recipient import Recipient
from smtpdesk.store import Workspace
from tests.delivery.lane_world import Worker, World, refusals
from tests.store.making import a_run

#: Two runs of one campaign: its message was edited in between.
RUNS = ("run-1", "run-2")
PEOPLE = [f"{name}@{domain}.test" for domain in ("one", "two", "three") for name in ("ana", "bo", "cy")]
FAULTS = st.sampled_from(["", "", "", "before", "after"])
AT_RCPT, AT_BODY = st.sampled_from(refusals(Stage.RCPT)), st.sampled_from(refusals(Stage.BODY))
WHICH = st.integers(0, 1)
#: What becomes of a row on a connection for now.
FATES = st.sampled_from(["accepted", "taken", "written", "answered", "refused", "pulled"])
#: Where waiting for the disk costs nothing; it is no part of these stories.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
#: ``TESTS_MACHINE`` plays so many stories; the suite's few take seconds.
STORIES = int(os.environ.get("TESTS_MACHINE", "15"))


def has_connection(machine: LaneMachine) -> bool:
    return any(worker.pulled for worker in machine.workers.values())


class LaneMachine(RuleBasedStateMachine):
    template: Path

    @initialize()
    def begin(self) -> None:
        retry._JITTER.seed(0)  # the same story ends the same
        self.place = Path(tempfile.mkdtemp(dir=MEMORY))
        shutil.copytree(self.template, self.place / "desk")
        self.world = World(Workspace.open(self.place / "desk"), time.time() + 1000.0)
        self.workers: dict[str, Worker] = {}
        self.start_or_take_over(0)

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            if sys.exc_info()[0] is None:  # the story itself went well
                self._nobody_is_lost()
        finally:
            for worker in self.workers.values():
                worker.kill()
            self.world.store.close()
            shutil.rmtree(self.place)

    # -- workers ------------------------------------------------------------------------------------------------

    @rule(which=WHICH)
    def start_or_take_over(self, which: int) -> None:
        run = RUNS[which]
        before = self.workers.pop(run, None)
        self.workers[run] = Worker(self.world, run, self.place / run)
        if before is not None:
            before.fenced_off()

    @rule(which=WHICH)
    def kill(self, which: int) -> None:
        worker = self.workers.pop(RUNS[which], None)
        if worker is not None:
            worker.kill()

    @rule(which=WHICH, otherwise=AT_BODY, fault=FAULTS)
    def pause(self, which: int, otherwise: Outcome, fault: str) -> None:
        worker = self.workers.pop(RUNS[which], None)
        if worker is not None:
            worker.end(otherwise, fault)

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def exchange(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from(list(self.workers.values())))
        worker.release()
        worker.exchange()

    @precondition(lambda self: self.workers)
    @rule(data=st.data(), fault=st.sampled_from(["before", "after"]), otherwise=AT_BODY, back=st.booleans())
    def the_ledger_fails(self, data: st.DataObject, fault: str, otherwise: Outcome, back: bool) -> None:
        """It cannot be written for so long that the worker gives up, and perhaps is back just then."""
        worker = data.draw(st.sampled_from(list(self.workers.values())))
        if not (worker.release(fault) and worker.exchange(fault)):
            self.workers.pop(worker.run).end(otherwise, "" if back else fault)

    # -- connections --------------------------------------------------------------------------------------------

    @precondition(lambda self: self.workers)
    @rule(data=st.data(), fates=st.lists(FATES, min_size=1, max_size=5), outcome=AT_RCPT, otherwise=AT_BODY)
    def work(self, data: st.DataObject, fates: list[str], outcome: Outcome, otherwise: Outcome) -> None:
        """A worker has some rows on a connection; some get to an end, some stay where they are."""
        worker = data.draw(st.sampled_from(list(self.workers.values())))
        if not worker.lane.rows.waiting:
            worker.exchange()
        number = next(iter(worker.pulled)) if len(worker.pulled) > 1 else worker.open()
        for fate in fates:
            if not worker.pull(number):
                break
            if fate == "refused" and len(worker.pulled[number]) == 1:
                worker.refuse(number, outcome)
            elif fate != "pulled":
                worker.write(number, took=fate in {"accepted", "taken"})
                if fate in {"accepted", "answered"}:
                    worker.answer(number, otherwise)

    def _drawn(self, data: st.DataObject) -> tuple[Worker, int]:
        busy = [(worker, number) for worker in self.workers.values() for number in worker.pulled]
        return data.draw(st.sampled_from(busy))

    @precondition(has_connection)
    @rule(data=st.data(), otherwise=AT_BODY)
    def answer(self, data: st.DataObject, otherwise: Outcome) -> None:
        worker, number = self._drawn(data)
        while worker.written[number]:
            worker.answer(number, otherwise)

    @precondition(has_connection)
    @rule(data=st.data(), dot_left=st.booleans())
    def lose(self, data: st.DataObject, dot_left: bool) -> None:
        worker, number = self._drawn(data)
        worker.lose(number, dot_left=dot_left)

    @rule(seconds=st.sampled_from([1.0, 90.0, 4000.0, 90000.0]))
    def wait(self, seconds: float) -> None:
        self.world.at += seconds

    # -- a person -----------------------------------------------------------------------------------------------

    @rule(who=st.sampled_from([*PEOPLE, "@two.test"]))
    def never_mail(self, who: str) -> None:
        self.world.store.suppressions.add([who], "asked")
        self.world.suppressed.add(who)

    @rule(which=WHICH, kind=st.sampled_from(["deferred", "rejected", "uncertain", "cancelled"]))
    def send_again(self, which: int, kind: str) -> None:
        run = RUNS[which]
        if run in self.workers:
            return  # the desk lets nobody retry while a worker has the run
        if kind == "uncertain":
            self._said(run, "uncertain")
        self.world.store.ledger.retry(run, [kind])

    @rule(which=WHICH)
    def say_that_it_did_not_arrive(self, which: int) -> None:
        self._said(RUNS[which], "uncertain")
        self.world.store.ledger.decide(RUNS[which], None, accepted=False)

    def _said(self, run: str, state: str) -> None:
        """A person wants those that may have it to get it: once more."""
        for row in self.world.store.ledger.report(run, [state]):
            self.world.allow(row.address, row.delivery)

    @rule(which=WHICH)
    def stop(self, which: int) -> None:
        if RUNS[which] not in self.workers:
            self.world.store.ledger.cancel_open(RUNS[which])

    @rule(which=WHICH, cause=st.sampled_from(["profile.domain-authentication", "recipient.greylisted"]))
    def leave_out(self, which: int, cause: str) -> None:
        self.world.store.ledger.leave_out(RUNS[which], cause, whole_domains=cause.startswith("profile"))

    @rule(which=WHICH)
    def try_now(self, which: int) -> None:
        worker = self.workers.get(RUNS[which])
        if worker is not None:
            worker.lane.revive(replace(worker.lane.allowance.limits))

    # -- what always holds --------------------------------------------------------------------------------------

    @invariant()
    def nobody_leaves_the_ledger(self) -> None:
        for run in RUNS:
            counts = self.world.store.ledger.counts(run)
            assert counts.handled + counts.open == counts.total == len(PEOPLE)

    @invariant()
    def what_a_server_took_is_not_offered_to_another_claim(self) -> None:
        for run in RUNS:
            free = {row.delivery for row in self.world.store.ledger.report(run, ["pending"])}
            assert not free & self.world.owned

    def _nobody_is_lost(self) -> None:
        """After all of it, a worker on a day on which everything works sends to whoever is left."""
        for worker in self.workers.values():
            worker.kill()
        self.workers.clear()
        self.world.at += 200000.0
        for run in RUNS:
            Worker(self.world, run, self.place / run).kill()  # what is in doubt is in doubt
        for run in RUNS:
            worker = self.workers[run] = Worker(self.world, run, self.place / run)
            number = worker.open()
            for _round in range(40):
                self.world.at += 10.0
                if len(worker.pulled) == 0 or worker.lane.quota.used_up(number):
                    if number in worker.pulled:
                        worker.lose(number, why=None)
                    number = worker.open()
                worker.release()
                worker.exchange()
                while worker.pull(number):
                    worker.write(number, took=True)
                    worker.answer(number, refusals(Stage.BODY)[0])
            counts = self.world.store.ledger.counts(run)
            assert (counts.open, counts.total) == (0, len(PEOPLE)), counts


@pytest.mark.timeout(60 + 4 * STORIES)
def test_nobody_twice_nobody_suppressed_nobody_lost(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "template") as store:
        for run, digest in zip(RUNS, ("as it was", "edited"), strict=True):
            store.runs.create(replace(a_run(run, digest=digest), identity="the campaign"))
            rows = [Recipient(address, {}, line) for line, address in enumerate(PEOPLE, 1)]
            store.ledger.plan(run, [(row, "") for row in rows])

    class Machine(LaneMachine):
        template = tmp_path / "template"

    case = Machine.TestCase
    case.settings = settings(
        max_examples=STORIES,
        stateful_step_count=50,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    case().runTest()
