"""A run as a person sees it, which rows it is made of, and why one may not begin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from smtpdesk.base.errors import InputError, PreflightFailed
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desk.campaigns import CheckResult
from smtpdesk.desk.people import People
from smtpdesk.domain.address import address_key
from smtpdesk.domain.delivery import Counts, LaneInfo, RunInfo
from smtpdesk.domain.finding import Severity
from smtpdesk.domain.recipient import Recipient, RowState


class UnfinishedRun(InputError):
    """The folder has a run that is not finished; a person chooses how to go on."""

    def __init__(self, code: str, sentence: str, hint: str, run: RunInfo) -> None:
        super().__init__(code, sentence, hint)
        self.run = run


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


def planned_rows(
    people: People, before: set[str], suppressed: Callable[[str], bool]
) -> Iterator[tuple[Recipient, str]]:
    """Every row that can be mailed, with the reason to skip it ("" to send)."""
    for row in people.view.recipients(RowState.READY):
        if suppressed(row.address):
            yield row, "suppressed"
        elif address_key(row.address) in before:
            yield row, "sent-before"
        else:
            yield row, ""


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
