"""A run as a person sees it, which rows it is made of, and why one may not begin."""

from __future__ import annotations

from dataclasses import dataclass, replace

from smtpdesk.base.errors import InputError, PreflightFailed
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desk.campaigns import CheckResult
from smtpdesk.desk.forecast import Forecaster
from smtpdesk.desk.planning import schedule_of
from smtpdesk.domain.delivery import Counts, LaneInfo, RunInfo, RunState, Wanted
from smtpdesk.domain.finding import Severity
from smtpdesk.store import Workspace


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
        trouble: code of what keeps the ledger from being written just now, or "".
        failed: what the worker that this process started ended with, if it failed.
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
    trouble: str = ""
    failed: dict[str, str] | None = None


def whole_counts(run: RunInfo, counts: Counts) -> Counts:
    """The counts of a run with the rows that are not written into the ledger yet: they are pending, too."""
    missing = max(0, run.expected - counts.total) if not run.planned else 0
    return replace(counts, total=counts.total + missing, pending=counts.pending + missing) if missing else counts


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


def view_of(store: Workspace, forecaster: Forecaster, run_id: str, alive: bool) -> RunView:
    """A run as the ledger has it now; ``alive`` says whether a worker has it. For the store's thread."""
    run = store.runs.get(run_id)
    counts = whole_counts(run, store.ledger.counts(run_id))
    lanes = store.runs.lanes(run_id)
    left = forecaster.left(run_id, counts, lanes, schedule_of(store.folder / run.snapshot)) if alive else None
    interrupted = not alive and run.wanted is Wanted.RUN and run.state in {RunState.RUNNING, RunState.PLANNED}
    return RunView(
        run=run,
        counts=counts,
        lanes=lanes,
        alive=alive,
        advanced=store.ledger.advanced(run_id),
        rate=sum(lane.rate for lane in lanes) if alive else 0.0,
        left=left,
        interrupted=interrupted and bool(counts.open),
        next_due=store.ledger.next_due(run_id) if counts.deferred else None,
    )
