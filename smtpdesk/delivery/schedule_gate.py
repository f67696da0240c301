"""Whether a run may send at a moment: its start, its hours, and clocks that are set meanwhile. No clock of its own."""

from __future__ import annotations

from dataclasses import dataclass

from smtpdesk.domain.schedule import Schedule

#: Seconds by which the clock must be set to be noticed here; smaller corrections are made all the time.
STEP = 1.0
#: Seconds for which a clock that was set must run on quietly before a waiting run believes it.
SETTLES = 10.0


@dataclass(frozen=True, slots=True)
class Opening:
    """What the gate says: closed until when (None: open), or that the start was missed and a person is to be asked."""

    until: float | None = None
    missed: bool = False


class ScheduleGate:
    """Follows the schedule of a run through a worker's life.

    A run waits for its start once: when that has come, or somebody was tried, a clock that is set back does not let it
    wait again. Where the clock jumps, a gate that is closed stays so until the clock has run on quietly for a while: a
    clock that is wrong for some seconds neither begins a run nor lets it miss its start. A computer that slept
    looks like a jump, too; then the answer comes as much later.

    Args:
        begun: somebody was tried already, so the start is no matter.
    """

    def __init__(self, schedule: Schedule, *, begun: bool = False) -> None:
        self._schedule = schedule.at_once() if begun else schedule
        self._ahead: float | None = None
        self._quiet_from = 0.0
        self._until: float | None = None

    @property
    def schedule(self) -> Schedule:
        """What is left of the schedule."""
        return self._schedule

    def begun(self) -> None:
        """Somebody was tried: the start is past, whatever the clock says later."""
        if self._schedule.start is not None:
            self._schedule = self._schedule.at_once()

    def look(self, wall: float, steady: float) -> Opening:
        """Whether it may send.

        Args:
            wall: seconds since the epoch by the clock that people set.
            steady: seconds of a clock that nobody sets.
        """
        self._follow(wall, steady)
        opens = self._schedule.opens(wall)
        if opens is None and self._until is not None and steady < self._quiet_from:
            return Opening(self._until)
        if opens is None and self._schedule.missed(wall):
            return Opening(missed=True)
        self._until = opens
        if opens is None:
            self.begun()
        return Opening(opens)

    def _follow(self, wall: float, steady: float) -> None:
        ahead = wall - steady
        if self._ahead is not None and abs(ahead - self._ahead) > STEP:
            self._quiet_from = steady + SETTLES
        self._ahead = ahead
