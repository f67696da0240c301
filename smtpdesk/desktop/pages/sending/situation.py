"""What a run is doing, read from one look at the ledger: the one place that decides it for the whole window."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from smtpdesk.base.clock import now
from smtpdesk.base.i18n import _
from smtpdesk.desk.schedule_words import MISSED, scheduled_words
from smtpdesk.domain.delivery import RunState, Wanted

if TYPE_CHECKING:
    from smtpdesk.desk.sending import RunView

#: Notes of a paused run that are no trouble: the stretch that was asked for is over.
ENOUGH = frozenset({"limit", "deferred"})
_STUCK = frozenset({"resting", "limit", "hours"})


class Phase(StrEnum):
    """The phases of a run, as a person sees them."""

    #: It has sent to nobody yet, and its time is to come.
    SCHEDULED = "scheduled"
    #: Its time has passed while the computer was off; a person is asked.
    MISSED = "missed"
    STARTING = "starting"
    SENDING = "sending"
    #: Everybody was tried; some are to be tried again later.
    WAITING = "waiting"
    #: No profile may send at this moment, and it goes on by itself.
    HELD = "held"
    PAUSING = "pausing"
    STOPPING = "stopping"
    PAUSED = "paused"
    #: Paused by something that a person has to mend.
    TROUBLE = "trouble"
    INTERRUPTED = "interrupted"
    STOPPED = "stopped"
    DONE = "done"


#: A worker is at it.
LIVE = frozenset({Phase.STARTING, Phase.SENDING, Phase.WAITING, Phase.HELD, Phase.PAUSING, Phase.STOPPING})
#: Nothing more happens by itself, and nobody waits for anything.
OVER = frozenset({Phase.STOPPED, Phase.DONE})


def phase_of(view: RunView) -> Phase:
    """The phase that a run is in."""
    if view.starts is not None:
        return Phase.SCHEDULED
    if view.run.state is RunState.PAUSED and view.run.note == MISSED and not view.alive:
        return Phase.MISSED
    if view.interrupted:
        return Phase.TROUBLE if view.failed else Phase.INTERRUPTED
    if view.alive:
        return _alive(view)
    if view.goes_on is not None:
        return Phase.HELD  # its worker is gone, and comes back with the next start of the program
    if view.run.state is RunState.DONE:
        return Phase.DONE
    if view.run.state is RunState.STOPPED:
        return Phase.STOPPED
    if view.failed or (view.run.state is RunState.PAUSED and view.run.note not in {"", *ENOUGH}):
        return Phase.TROUBLE
    if not view.counts.open:
        return Phase.DONE
    return Phase.PAUSED


def _alive(view: RunView) -> Phase:
    if view.run.wanted is Wanted.PAUSE:
        return Phase.PAUSING
    if view.run.wanted is Wanted.STOP:
        return Phase.STOPPING
    if view.run.state is not RunState.RUNNING or not view.lanes:
        return Phase.STARTING
    states = {lane.state for lane in view.lanes if lane.state != "paused"}
    if view.counts.deferred and not view.counts.pending and not view.counts.sending:
        return Phase.WAITING
    if states and states <= _STUCK:
        return Phase.HELD
    return Phase.STARTING if states == {"connecting"} and not view.counts.finished else Phase.SENDING


def title(phase: Phase, all_accepted: bool = False, starts: float | None = None) -> tuple[str, str, str]:
    """A phase as a chip: (words, tone, Lucide icon). ``starts``: when a scheduled run is to begin."""
    if phase is Phase.SCHEDULED and starts is not None:
        return scheduled_words(starts, now()), "", "clock"
    if phase is Phase.DONE and not all_accepted:
        return _("Done"), "", "check"
    chips = {
        Phase.SCHEDULED: (_("Scheduled"), "", "clock"),
        Phase.MISSED: (_("Start missed"), "warn", "clock-alert"),
        Phase.STARTING: (_("Starting…"), "", "loader-circle"),
        Phase.SENDING: (_("Sending"), "ok", "arrow-right"),
        Phase.WAITING: (_("Waiting to try again"), "warn", "hourglass"),
        Phase.HELD: (_("Held up"), "warn", "hourglass"),
        Phase.PAUSING: (_("Pausing…"), "", "pause"),
        Phase.STOPPING: (_("Stopping…"), "", "square"),
        Phase.PAUSED: (_("Paused"), "", "pause"),
        Phase.TROUBLE: (_("Needs you"), "bad", "circle-x"),
        Phase.INTERRUPTED: (_("Cut off"), "bad", "unplug"),
        Phase.STOPPED: (_("Stopped"), "", "square"),
        Phase.DONE: (_("All accepted"), "ok", "check"),
    }
    return chips[phase]
