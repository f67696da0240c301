"""Recipients, runs and results for the tests of the store."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

from smtpdesk.domain.delivery import (
    Blame,
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
from tests.servers.proc import ROOT


def person(number: int, domain: str = "example.com") -> Recipient:
    address = f"user{number}@{domain}"
    return Recipient(address, {"email": address, "first_name": f"Ana {number}"}, line=number + 2)


def people(count: int) -> list[Recipient]:
    return [person(number) for number in range(count)]


def a_run(
    run_id: str = "run-1", *, folder: str = "/campaigns/spring", digest: str = "d1", purpose: str = "campaign"
) -> RunInfo:
    return RunInfo(
        id=run_id,
        campaign="Spring sale",
        folder=folder,
        snapshot="/snapshots/1",
        digest=digest,
        profiles=("office", "backup"),
        purpose=purpose,
        state=RunState.PLANNED,
        wanted=Wanted.RUN,
        note="",
        created_at=1000.0,
        started_at=None,
        finished_at=None,
        seen_at=None,
    )


def planned(store: Workspace, count: int, run_id: str = "run-1", digest: str = "") -> str:
    """A run with ``count`` pending deliveries; without a word, of a message of its own."""
    store.runs.create(a_run(run_id, digest=digest or ("d1" if run_id == "run-1" else f"message of {run_id}")))
    assert store.ledger.plan(run_id, [(recipient, "") for recipient in people(count)]) == count
    return run_id


def result(
    delivery: int,
    kind: OutcomeKind = OutcomeKind.ACCEPTED,
    *,
    profile: str = "office",
    at: float = 2000.0,
    due: float | None = None,
    code: int = 250,
    text: str = "Ok",
    cause: str = "",
    blame: Blame = Blame.NONE,
) -> Result:
    outcome = Outcome(kind, Stage.BODY, blame, Reply(code, text, "2.0.0"), cause, seconds=0.25)
    return Result(delivery, outcome, profile, at, due)


def child(script: str, *arguments: str | Path) -> subprocess.Popen[str]:
    """Another Python process that runs a script, speaking over its pipes."""
    return subprocess.Popen(
        [sys.executable, "-u", "-c", textwrap.dedent(script), *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
