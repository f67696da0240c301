"""Runs for the window's tests, written into a real ledger through the store: planned, claimed and recorded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from smtpdesk.base.clock import now
from smtpdesk.domain.delivery import (
    Blame,
    LaneInfo,
    Outcome,
    OutcomeKind,
    Reply,
    Result,
    RunInfo,
    RunState,
    Stage,
    Wanted,
)
from smtpdesk.domain.recipient import Recipient
from smtpdesk.store import Workspace

_numbers = count(1)

ACCEPTED = Outcome(
    OutcomeKind.ACCEPTED, Stage.BODY, reply=Reply(250, "OK, queued as 4kQ2mN1xTz", "2.0.0"), seconds=0.08
)
UNKNOWN = Outcome(
    OutcomeKind.REJECTED,
    Stage.RCPT,
    Blame.RECIPIENT,
    Reply(550, "The email account that you tried to reach does not exist.", "5.1.1"),
    "recipient.unknown",
    seconds=0.05,
)
GREYLISTED = Outcome(
    OutcomeKind.DEFERRED,
    Stage.RCPT,
    Blame.RECIPIENT,
    Reply(450, "Greylisted, see http://postgrey.example/help/example.com.html", "4.2.0"),
    "recipient.greylisted",
    seconds=0.04,
)
FULL = Outcome(
    OutcomeKind.DEFERRED,
    Stage.RCPT,
    Blame.RECIPIENT,
    Reply(452, "The recipient's inbox is out of storage space.", "4.2.2"),
    "recipient.mailbox-full-now",
    seconds=0.06,
)
HUNG_UP = Outcome(OutcomeKind.UNCERTAIN, Stage.BODY, Blame.NETWORK, Reply(0, ""), "uncertain.hung-up", seconds=12.4)
SPAM = Outcome(
    OutcomeKind.REJECTED,
    Stage.BODY,
    Blame.MESSAGE,
    Reply(554, "Message rejected as spam by content scanner", "5.7.1"),
    "message.spam",
    seconds=0.4,
)
PASSWORD = Outcome(
    OutcomeKind.DEFERRED,
    Stage.AUTH,
    Blame.PROFILE,
    Reply(535, "Authentication credentials invalid", "5.7.8"),
    "profile.password",
    seconds=0.2,
)


def name_of(number: int) -> str:
    """The address of the person in that line."""
    return f"person.{number}@customers-{number % 37}.example"


def people(total: int) -> Iterable[tuple[Recipient, str]]:
    """That many recipients, none to be skipped."""
    for number in range(1, total + 1):
        yield Recipient(name_of(number), {"email": name_of(number), "first_name": f"P{number}"}, number + 1), ""


@dataclass
class Run:
    """A run in the ledger of a workspace; see :func:`new_run`."""

    store: Workspace
    id: str
    profile: str
    waiting: list[int] = field(default_factory=list)

    def attempt(self, outcomes: Sequence[Outcome], at: float | None = None, due: float | None = None) -> None:
        """The next people are claimed, and these are their outcomes."""
        moment = at or now()
        claimed = self.store.ledger.claim(self.id, self.profile, len(outcomes), moment)
        assert len(claimed) == len(outcomes)
        later = due or moment + 900
        results = [
            Result(row.id, outcome, self.profile, moment, later if outcome.kind is OutcomeKind.DEFERRED else None)
            for row, outcome in zip(claimed, outcomes, strict=True)
        ]
        self.store.ledger.record(self.id, results)

    def hold(self, number: int) -> None:
        """So many are claimed and being sent."""
        self.store.ledger.claim(self.id, self.profile, number, now())

    def state(self, state: RunState, note: str = "", wanted: Wanted = Wanted.RUN) -> None:
        """What the run says of itself."""
        self.store.runs.set_wanted(self.id, wanted)
        self.store.runs.set_state(self.id, state, note)

    def lanes(self, *lanes: LaneInfo) -> None:
        """How its profiles are."""
        self.store.runs.set_lanes(self.id, lanes)


def new_run(
    store: Workspace,
    total: int,
    *,
    campaign: str = "Autumn tasting invitations",
    profiles: tuple[str, ...] = ("office",),
    created_at: float | None = None,
    started_at: float | None = None,
    rows: Iterable[tuple[Recipient, str]] | None = None,
) -> Run:
    """A planned run of ``total`` people."""
    number = next(_numbers)
    info = RunInfo(
        id=f"c0ffee{number:02}-{number}",
        campaign=campaign,
        folder=str(Path("/campaigns") / f"c{number}"),
        snapshot=f"runs/{number}/campaign",
        digest=f"digest-{number}",
        profiles=profiles,
        purpose="campaign",
        state=RunState.PLANNED,
        wanted=Wanted.RUN,
        note="",
        created_at=created_at or now(),
        started_at=started_at,
        finished_at=None,
        seen_at=None,
    )
    store.runs.create(info)
    store.ledger.plan(info.id, rows if rows is not None else people(total))
    return Run(store, info.id, profiles[0])
