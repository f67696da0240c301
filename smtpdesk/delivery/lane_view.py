"""What the engine sees of a lane: whether it is at work, waits or rests, and what it has done."""

from __future__ import annotations

import time

from smtpdesk.delivery.assignment import Assignment
from smtpdesk.delivery.connection_pool import ConnectionPool
from smtpdesk.delivery.decisions import LaneDecisions
from smtpdesk.delivery.instant import instant
from smtpdesk.delivery.lane_info import describe
from smtpdesk.domain.delivery import LaneEvent, LaneInfo, LaneSample


class LaneView:
    """The part of a lane that only looks; :class:`smtpdesk.delivery.lane.Lane` fills it."""

    decisions: LaneDecisions
    _work: Assignment
    _pool: ConnectionPool
    _asking: bool
    _reviving: bool

    @property
    def profile(self) -> str:
        """Whose stream it is."""
        return self._work.profile

    @property
    def busy(self) -> bool:
        """True while a row is claimed, or being claimed, that has no recorded result."""
        return self.decisions.rows.busy or self._asking or self._reviving

    @property
    def at_work(self) -> bool:
        """True while a connection is being opened, or waits for an answer."""
        return self._pool.at_work

    @property
    def resting(self) -> float:
        """Seconds that the lane still rests because the server or the network asked for it; 0 when it does not."""
        return self.decisions.backoff.resting(time.monotonic())

    @property
    def sends(self) -> bool:
        """True while it is at work, or would be but for a short rest."""
        return not self.decisions.stopped and (self.busy or self.at_work)

    @property
    def limited(self) -> float:
        """Seconds until a used-up limit has room again; 0 while there is room, or something is under way."""
        return 0.0 if self.busy else self.decisions.allowance.closed(time.monotonic())

    @property
    def limit(self) -> str:
        """Which kind of limit is used up, as a cause of ``resources/replies``."""
        return self.decisions.limit(time.monotonic())

    @property
    def dormant(self) -> float:
        """Seconds for which nothing can happen in this lane by itself; infinite while a person or its hours stop it."""
        if self.busy or self.at_work:
            return 0.0
        if self.decisions.stopped:
            return float("inf")
        return max(self.resting, self.limited)

    @property
    def idle(self) -> bool:
        """True while nothing is held and there is nothing to take now."""
        starved = self.decisions.rows_wanted.starved or self.decisions.crowded_out
        return not self.busy and (starved or self.resting > 0 or self.limited > 0)

    def info(self) -> LaneInfo:
        """How the lane is, for the sending page."""
        return describe(self.decisions, self._pool.open, busy=self.busy, now=instant())

    def history(self, info: LaneInfo, *, last: bool = False) -> tuple[list[LaneSample], list[LaneEvent]]:
        """What it did and what changed since this was last asked, as far as it is to be written down now.

        ``info``: how the lane is, from :meth:`info` just before.
        """
        sample = self.decisions.figures.sample(info, self._work.run, instant(), last=last)
        return [sample] if sample else [], self.decisions.events.take()
