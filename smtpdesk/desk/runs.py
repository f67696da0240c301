"""A run as a person sees it, which rows it is made of, and why one may not begin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from smtpdesk.base.clock import now
from smtpdesk.base.errors import InputError, PreflightFailed
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desk.campaigns import CheckResult
from smtpdesk.desk.cut_off import cause_left
from smtpdesk.desk.forecast import Forecaster
from smtpdesk.desk.planning import schedule_of
from smtpdesk.desk.trouble_words import what_helps
from smtpdesk.domain.delivery import Counts, LaneInfo, ReportRow, RunInfo, RunState, Wanted, whole_counts
from smtpdesk.domain.finding import Severity
from smtpdesk.domain.schedule import Schedule
from smtpdesk.store import Workspace
from smtpdesk.worker.assembly import run_folder


class UnfinishedRun(InputError):
    """The folder has a run that is not finished; a person chooses how to go on."""

    def __init__(self, code: str, sentence: str, hint: str, run: RunInfo) -> None:
        super().__init__(code, sentence, hint)
        self.run = run


def being_sent(run: RunInfo, hint: str) -> UnfinishedRun:
    """The error for a run that a worker has."""
    return UnfinishedRun("sending.running", _("This campaign is being sent right now."), hint, run)


class ChecksFailed(PreflightFailed):
    """Checks found errors; they are in ``result``."""

    def __init__(self, sentence: str, hint: str, result: CheckResult) -> None:
        super().__init__("preflight.failed", sentence, hint)
        self.result = result


@dataclass(frozen=True, slots=True)
class RunView:
    """A run at one moment.

    Attributes:
        run, counts, lanes: as the ledger has them.
        alive: a worker process is sending it.
        advanced: the ledger's counter; grows with every change of a row.
        rate: accepted messages a second, over all lanes.
        left: seconds that the rest will take at this rate; None when that cannot be told.
        interrupted: it should be sending, but its worker is gone.
        next_due: when the next deferred row is due; None when nothing waits.
        starts: when it is to begin, while it is scheduled: it has sent nothing, and nobody paused it.
        goes_on: when it may go on, while it waits for the hours in which it is sent.
        trouble: code of what keeps the ledger from being written just now, or "".
        trouble_error, trouble_hint: the same in words.
        failed: what the worker that this process started ended with, if it failed.
        cut_off: why its worker is gone although it should be sending (a cause of ``resources/replies``), or "".
    """

    run: RunInfo
    counts: Counts
    lanes: list[LaneInfo]
    alive: bool
    advanced: int
    rate: float
    left: float | None
    interrupted: bool
    next_due: float | None
    starts: float | None = None
    goes_on: float | None = None
    trouble: str = ""
    failed: dict[str, str] | None = None
    trouble_error: str = ""
    trouble_hint: str = ""
    cut_off: str = ""

    def told_by(self, last: dict[str, Any] | None, trouble: dict[str, Any] | None) -> RunView:
        """With what its worker said: its last word, and what keeps the ledger from being written."""
        trouble = trouble or {}
        return replace(
            self,
            trouble=trouble.get("code", ""),
            trouble_error=trouble.get("error", ""),
            trouble_hint=what_helps(trouble.get("code", "")) or trouble.get("hint", ""),
            failed=last if last and last["event"] == "failed" else None,
        )

    @property
    def waits_until(self) -> float | None:
        """When its time comes; None while nothing but the sending itself takes time."""
        return self.starts if self.starts is not None else self.goes_on

    @property
    def state(self) -> str:
        """The run's state, or *interrupted*: it never says that a run is being sent when no worker has it."""
        if self.alive or not self.cut_off:
            return self.run.state
        return "interrupted" if self.counts.open else RunState.DONE

    @property
    def reason(self) -> str:
        """The code or cause of why it is not being sent; "" while there is none."""
        if self.failed is not None:
            return self.failed.get("code", "")
        return self.cut_off if self.state == "interrupted" else self.run.note


def with_reason(row: ReportRow, view: RunView | None) -> ReportRow:
    """A row of a run that was cut off before it came to it says so."""
    waits = view is not None and view.state == "interrupted" and row.state == "pending" and not row.cause
    return replace(row, cause=view.reason) if view is not None and waits else row


@dataclass(frozen=True, slots=True)
class UncertainRun:
    """An earlier run of a message with ``count`` people of whom nobody knows whether they have it."""

    run: str
    count: int


def uncertain_before(store: Workspace, view: RunView) -> UncertainRun | None:
    """Why a run has nobody to send to although not all are known to have the message. For the store's thread."""
    if not view.counts.total or view.counts.skipped < view.counts.total:
        return None
    for run in store.runs.all():
        if run.digest == view.run.digest and run.id != view.run.id and run.purpose == view.run.purpose:
            count = store.ledger.counts(run.id).uncertain
            if count:
                return UncertainRun(run.id, count)
    return None


def unfinished_of(store: Workspace, run: RunInfo | None) -> RunInfo | None:
    """A campaign's newest run, when it is not over. For the store's thread."""
    if run is None or run.state in {RunState.DONE, RunState.STOPPED}:
        return None
    return run if whole_counts(run, store.ledger.counts(run.id)).open else None


def refuse_errors(result: CheckResult) -> None:
    """Raise ChecksFailed when something keeps the campaign from being sent."""
    errors = sum(1 for finding in result.findings if finding.severity is Severity.ERROR)
    if errors:
        raise ChecksFailed(
            ngettext(
                "{n} problem keeps this from being sent.", "{n} problems keep this from being sent.", errors
            ).format(n=errors),
            _("Nothing was sent. Mend what is listed and try again."),
            result,
        )


#: A run in one of these states goes on by itself, or should: nobody has paused or ended it.
AT_WORK = frozenset({RunState.RUNNING, RunState.PLANNED})


def is_wanted(run: RunInfo) -> bool:
    """True while the run is to be sent, whether a worker has it or not."""
    return run.wanted is Wanted.RUN and run.state in AT_WORK


def waits_for(run: RunInfo, counts: Counts, schedule: Schedule, moment: float) -> float | None:
    """When the time of a run comes that waits for it; None for one that may send now, or that was cut off.

    A run that nobody was sent to waits for its start or its first hours. One that has begun waits for its hours, if
    the last sign of life of its worker came outside of them: otherwise it was cut off in the middle of sending.
    """
    if not (is_wanted(run) and counts.open):
        return None
    if counts.begun and schedule.opens(run.seen_at or run.created_at) is None:
        return None
    return schedule.opens(moment)


def ended_view(run: RunInfo, counts: Counts) -> RunView:
    """A run that is over, for a list of many: without its lanes."""
    return RunView(run, counts, [], False, 0, 0.0, None, False, None)


def view_of(store: Workspace, forecaster: Forecaster, run_id: str, alive: bool) -> RunView:
    """A run as the ledger has it now; ``alive`` says whether a worker has it. For the store's thread."""
    run = store.runs.get(run_id)
    counts = whole_counts(run, store.ledger.counts(run_id))
    lanes = store.runs.lanes(run_id)
    schedule = schedule_of(store.folder / run.snapshot)
    waits = waits_for(run, counts, schedule, now()) if counts.open else None
    left = forecaster.left(run_id, counts, lanes, schedule) if alive else None
    begun = run.state is RunState.RUNNING or run.started_at is not None or run.seen_at is not None
    left_alone = not alive and waits is None and run.state in AT_WORK and begun
    return RunView(
        run=run,
        counts=counts,
        lanes=lanes,
        alive=alive,
        advanced=store.ledger.advanced(run_id),
        rate=sum(lane.rate for lane in lanes) if alive else 0.0,
        left=left,
        interrupted=not alive and waits is None and is_wanted(run) and bool(counts.open),
        next_due=store.ledger.next_due(run_id) if counts.deferred else None,
        starts=waits if not counts.begun else None,
        goes_on=waits if counts.begun else None,
        cut_off=cause_left(run_folder(store.folder, run_id)) if left_alone else "",
    )
