"""What a dead worker has left in flight is decided by the in-flight file, before anybody says how the run stands."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

from smtpdesk.base.errors import DeskError
from smtpdesk.domain.delivery import RunInfo
from smtpdesk.store import Recovery, RunElsewhere, Workspace
from smtpdesk.worker.assembly import run_folder
from smtpdesk.worker.in_flight import FILE_NAME, Doubt, read_in_flight
from smtpdesk.worker.lease import Lease, RunRestored
from smtpdesk.worker.locks import Running, run_lock

_log = logging.getLogger("smtpdesk.worker")


@dataclass(frozen=True, slots=True)
class Recovered:
    """How many deliveries went where, and why the in-flight file was not believed, if it was not."""

    moved: Recovery = field(default_factory=Recovery)
    doubt: Doubt | None = None


def recover_in_flight(workspace: Workspace, run: RunInfo, token: int | None) -> Recovered:
    """Decide about every delivery in *sending*. The caller has the run's lock.

    Args:
        token: of the caller's lease; None when the run belongs to another place, or to a newer copy of the workspace:
            then this place's file says nothing, and all of them may have been sent.
    """
    if not workspace.ledger.counts(run.id).sending:
        return Recovered()
    if token is None:
        return Recovered(workspace.ledger.recover(run.id, lambda _seq: 1), Doubt.STALE)
    path = run_folder(workspace.folder, run.id) / FILE_NAME
    found = read_in_flight(path, workspace.runs.in_flight(run.id))
    moved = workspace.ledger.recover(run.id, found.flag, token=token)
    if found.doubt:
        _log.warning("%s: the in-flight file is %s; %d are uncertain", run.id, found.doubt, moved.uncertain)
    return Recovered(moved, found.doubt)


@contextlib.contextmanager
def run_at_rest(workspace: Workspace, run_id: str) -> Iterator[Recovered]:
    """Keep every worker away from a run, after what the last one has left in flight was decided.

    Raises:
        Running: a worker has it. RunElsewhere: one at another place sends it. StoreError. InputError: ``run.unknown``.
    """
    run = workspace.runs.get(run_id)
    with run_lock(run_folder(workspace.folder, run_id)), contextlib.ExitStack() as held:
        token: int | None = None
        try:
            token = held.enter_context(Lease(workspace, run).held(take_over=False))
        except RunElsewhere as error:
            if error.alive:
                raise
        except RunRestored:
            _log.info("%s: this workspace is an older copy", run_id)
        yield recover_in_flight(workspace, run, token)


def recover_one(workspace: Workspace, run_id: str) -> None:
    """Decide about what a dead worker of a run has left; one that is being sent, or cannot be had, is left alone."""
    try:
        with run_at_rest(workspace, run_id):
            pass
    except Running:
        return
    except DeskError as error:
        _log.info("%s is not recovered now: %s", run_id, error.code)


def recover_all(workspace: Workspace, but: str = "") -> None:
    """Do so for every run with deliveries in flight, but one."""
    for run_id in workspace.runs.in_doubt():
        if run_id != but:
            recover_one(workspace, run_id)
