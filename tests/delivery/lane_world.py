"""A lane's decisions between a real ledger and a server that is only imagined, for tests of what may happen to them."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from smtpdesk.base.errors import StoreError
from smtpdesk.delivery.budget import Budget
from smtpdesk.delivery.decisions import LaneDecisions
from smtpdesk.delivery.instant import Instant
from smtpdesk.delivery.rows_wanted import RowsWanted
from smtpdesk.delivery.shares import Shares
from smtpdesk.domain.address import domain_of
from smtpdesk.domain.campaign import RetryPlan
from smtpdesk.domain.delivery import Blame, Claimed, Outcome, OutcomeKind, Reply, Result, Stage
from smtpdesk.domain.profile import Limits
from smtpdesk.store import LeaseLost, Workspace
from smtpdesk.worker.in_flight import InFlightJournal, read_in_flight

PROFILE = "office"
ACCEPTED = Outcome(OutcomeKind.ACCEPTED, Stage.BODY, Blame.NONE, Reply(250, "Ok"), "accepted")
DOUBT = Outcome(OutcomeKind.UNCERTAIN, Stage.BODY, Blame.NETWORK, Reply(0, "gone"), "network.hung-up")
LOST = Outcome(OutcomeKind.DEFERRED, Stage.MAIL, Blame.NETWORK, Reply(0, "gone"), "network.disconnected", 5.0)


def refusal(stage: Stage, code: int, blame: Blame, cause: str) -> Outcome:
    """What a server says to one recipient."""
    kind = OutcomeKind.REJECTED if code >= 500 and blame in {Blame.RECIPIENT, Blame.MESSAGE} else OutcomeKind.DEFERRED
    return Outcome(kind, stage, blame, Reply(code, "no"), cause)


def refusals(stage: Stage) -> list[Outcome]:
    """Every kind of them at a stage."""
    return [
        refusal(stage, 550, Blame.RECIPIENT, "recipient.unknown"),
        refusal(stage, 450, Blame.RECIPIENT, "recipient.greylisted"),
        refusal(stage, 554, Blame.MESSAGE, "message.spam"),
        refusal(stage, 550, Blame.PROFILE, "profile.relay-denied"),
        refusal(stage, 550, Blame.PROFILE, "profile.domain-authentication"),
        refusal(stage, 451, Blame.RELAY, "relay.busy"),
    ]


@dataclass
class World:
    """What is true whoever knows it: what the server took, and what a person said."""

    store: Workspace
    at: float
    #: How often the server took the message for an address, and how often it may.
    took: Counter[str] = field(default_factory=Counter)
    may: Counter[str] = field(default_factory=Counter)
    #: Rows (by id) that a server took and no person has spoken about since.
    owned: set[int] = field(default_factory=set)
    suppressed: set[str] = field(default_factory=set)

    @property
    def now(self) -> Instant:
        """What the clocks say; they run side by side."""
        return Instant(self.at - 1e9, self.at)

    def allow(self, address: str, row: int) -> None:
        """A person said that this one may get it (once more)."""
        self.may[address] = self.took[address]  # one more than it has: see handed()
        self.owned.discard(row)

    def handed(self, row: Claimed, took: bool) -> None:
        """The body of a row is with the server, which takes it or does not."""
        assert self.took[row.address] <= self.may[row.address], f"{row.address} is sent to again"
        self.took[row.address] += took
        if took:
            self.owned.add(row.id)

    def check_claimed(self, rows: list[Claimed]) -> None:
        """Nobody who is never to be mailed is claimed."""
        for row in rows:
            assert not {row.address, "@" + domain_of(row.address)} & self.suppressed, row.address


class Worker:
    """One worker process with one lane. A killed one is only forgotten: the ledger and the journal are what is left."""

    def __init__(self, world: World, run: str, journal: Path) -> None:
        self.world = world
        self.run = run
        ledger, runs = world.store.ledger, world.store.runs
        self.token = runs.take_lease(run, "worker", "here", world.at, force=True)
        ledger.recover(run, read_in_flight(journal, runs.in_flight(run)).flag, self.token)
        ledger.recall(run, world.at, self.token)
        self.journal = InFlightJournal.begin(journal, 16)
        runs.set_in_flight(run, self.journal.stamp, self.token)
        wanted = RowsWanted(PROFILE, Budget(None), Shares({PROFILE: 1}))
        self.lane = LaneDecisions(run, PROFILE, Limits(per_connection=5), RetryPlan(), wanted, world.now)
        self._numbers = itertools.count(1)
        #: By connection: rows that it has got, and those whose body it has written (and whether the server took it).
        self.pulled: dict[int, list[Claimed]] = {}
        self.written: dict[int, dict[int, tuple[Claimed, bool]]] = {}

    # -- connections and rows -----------------------------------------------------------------------------------

    def open(self) -> int:
        """One more connection."""
        number = next(self._numbers)
        self.lane.connection_ready(number, {})
        self.pulled[number], self.written[number] = [], {}
        return number

    def pull(self, number: int) -> bool:
        """The next row for a connection, if there is one."""
        row = self.lane.next_row(number, self.world.now)
        if row is not None:
            self.lane.taken(number, row, self.world.now.moment)
            self.pulled[number].append(row)
        return row is not None

    def write(self, number: int, took: bool) -> None:
        """The oldest row of a connection goes out with its body."""
        row = self.pulled[number].pop(0)
        self.journal.body(self.lane.body(row.id).seq)
        self.world.handed(row, took)
        self.written[number][row.id] = (row, took)

    def refuse(self, number: int, outcome: Outcome) -> None:
        """The oldest row of a connection is refused before its body."""
        self._answered(self.pulled[number].pop(0), outcome)

    def answer(self, number: int, otherwise: Outcome) -> None:
        """The oldest body is answered: with an acceptance if the server took it."""
        row, took = self.written[number].pop(next(iter(self.written[number])))
        self._answered(row, ACCEPTED if took else otherwise)

    def _answered(self, row: Claimed, outcome: Outcome) -> None:
        held, kind = self.lane.answered(row.id, outcome, self.world.now)
        assert held == row
        self.journal.answered(row.seq, kind)

    def lose(self, number: int, *, why: Outcome | None = LOST, dot_left: bool = True) -> None:
        """A connection breaks. ``dot_left``: a body that the server did not take may have been complete."""
        unbegun = []
        for row, took in self.written.pop(number).values():
            if took or dot_left:
                self._answered(row, DOUBT)
            else:
                unbegun.append(row.id)
        unbegun += [row.id for row in self.pulled.pop(number)]
        self.journal.clear(self.lane.connection_gone(number, why, unbegun, self.world.now))

    # -- the ledger ---------------------------------------------------------------------------------------------

    def exchange(self, fault: str = "") -> bool:
        """Tell and ask the ledger; ``fault``: it fails ``before`` or ``after`` it has written. False when it did."""
        exchange = self.lane.exchange(self.world.now)
        if exchange is None:
            return True
        try:
            claimed = self._step(exchange.results, exchange.wanted, fault)
        except StoreError:
            self.lane.not_exchanged(exchange)
            return False
        self.world.check_claimed(claimed)
        self.journal.clear(self.lane.exchanged(exchange, claimed, self.world.now))
        return True

    def _step(self, results: list[Result], wanted: int, fault: str) -> list[Claimed]:
        if fault == "before":
            raise StoreError("workspace.full", "", "")
        ledger, at = self.world.store.ledger, self.world.at
        claimed = ledger.step(self.run, PROFILE, results, wanted, at, token=self.token)
        if fault == "after":
            raise StoreError("workspace.unreachable", "", "")
        return claimed

    def release(self, fault: str = "") -> bool:
        """Give back what the lane does not keep."""
        release = self.lane.release(self.world.now)
        if release is None:
            return True
        try:
            self._give_back(release.ids, dict(release.due), fault)
        except StoreError:
            self.lane.not_released(release)
            return False
        self.lane.released(release, self.world.now.moment)
        return True

    def _give_back(self, ids: list[int], due: dict[int, float], fault: str = "") -> None:
        if fault == "before":
            raise StoreError("workspace.full", "", "")
        self.world.store.ledger.release(self.run, ids, due=due, token=self.token, begun=self.journal.flag)
        if fault == "after":
            raise StoreError("workspace.unreachable", "", "")

    # -- the end ------------------------------------------------------------------------------------------------

    def end(self, otherwise: Outcome, fault: str = "") -> None:
        """In order: what is under way is answered and recorded, the rest goes back, if the ledger can be written."""
        self.lane.drain()
        for number in list(self.written):
            while self.written[number]:
                self.answer(number, otherwise)
            self.lose(number, why=None)
        if self.exchange(fault):
            left = self.lane.leftovers()
            self._give_back(left.ids, dict(left.due))
        self.kill()

    def kill(self) -> None:
        """Nothing more is heard of it."""
        self.journal.close()

    def fenced_off(self) -> None:
        """Another worker has taken the run: this one can write nothing any more."""
        exchange = self.lane.exchange(self.world.now)
        if exchange is not None:
            try:
                self._step(exchange.results, exchange.wanted, "")
            except LeaseLost:
                self.lane.not_exchanged(exchange)
            else:
                raise AssertionError("it wrote without the lease")
        self.kill()
