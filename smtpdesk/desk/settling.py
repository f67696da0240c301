"""A run that no worker has: what its last one left in flight is decided, and what a person wants of it is done.

Not coroutines: for a thread.
"""

from __future__ import annotations

import contextlib

from smtpdesk.desk.planning import Planning
from smtpdesk.domain.delivery import RunState, Wanted, whole_counts
from smtpdesk.store import Workspace
from smtpdesk.worker.locks import Running
from smtpdesk.worker.recovery import recover_all, recover_one, run_at_rest


def settle(store: Workspace, planning: Planning, run_id: str, wanted: Wanted) -> None:
    """Pause or stop a run whose worker is gone; nothing happens when one has just begun: it sees what is wanted.

    Raises:
        DeskError: another place sends it, or the disk takes nothing.
    """
    with contextlib.suppress(Running), run_at_rest(store, run_id):
        run = store.runs.get(run_id)
        over = run.state in {RunState.DONE, RunState.STOPPED}
        if over and not whole_counts(run, store.ledger.counts(run_id)).open:
            return  # it has ended meanwhile; what is said of it stays true
        if wanted is Wanted.STOP:
            planning.finish(run)
            store.ledger.cancel_open(run_id)
        store.runs.set_state(run_id, RunState.STOPPED if wanted is Wanted.STOP else RunState.PAUSED, "")


def decide_in_flight(store: Workspace, run_id: str = "") -> None:
    """Decide about what dead workers have left in flight, of one run or of all.

    What cannot be decided now (another place sends it, the disk takes nothing) is left as it is.
    """
    if not run_id:
        recover_all(store)
    elif store.ledger.counts(run_id).sending:
        recover_one(store, run_id)
