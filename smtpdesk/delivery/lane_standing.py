"""How a lane stands: its parts, what a person wants of it, whether it rests or has failed."""

from __future__ import annotations

from collections.abc import Collection

from smtpdesk.delivery.allowance import Allowance
from smtpdesk.delivery.brake import Brake
from smtpdesk.delivery.figures import Figures
from smtpdesk.delivery.in_flight_limit import InFlightLimit
from smtpdesk.delivery.instant import Instant
from smtpdesk.delivery.lane_backoff import LaneBackoff
from smtpdesk.delivery.lane_event_log import LaneEventLog
from smtpdesk.delivery.message_quota import MessageQuota
from smtpdesk.delivery.profile_blame import ProfileBlame
from smtpdesk.delivery.rows import Rows
from smtpdesk.delivery.rows_wanted import CLAIM, RowsWanted
from smtpdesk.domain.campaign import RetryPlan
from smtpdesk.domain.delivery import LaneChange, LaneInfo, Outcome
from smtpdesk.domain.profile import Limits
from smtpdesk.smtp.replies import throttles

#: A rest or a limit of less than this many seconds keeps the rows: they would be claimed again at once.
HOLDS = 0.5
_DAY = 86400.0


class LaneStanding:
    """The parts of a lane, and whether it may go on.

    Args:
        run, profile, limits, retry: what it works for. ``rows_wanted``: its part of the run's rows.
        now: the moment when it begins. ``before``: the lane as a former worker of the run left it.
        excused: what has stopped the lane before, and a person went on in spite of it (see :class:`Brake`).
    """

    def __init__(
        self,
        run: str,
        profile: str,
        limits: Limits,
        retry: RetryPlan,
        rows_wanted: RowsWanted,
        now: Instant,
        before: LaneInfo | None = None,
        excused: Collection[str] = (),
    ) -> None:
        self.profile = profile
        self.rows_wanted = rows_wanted
        self.allowance = Allowance(limits)
        self.rows = Rows(profile, retry)
        self.backoff = LaneBackoff()
        self.in_flight = InFlightLimit()
        self.quota = MessageQuota(limits.per_connection)
        self.blame = ProfileBlame()
        self.brake = Brake(excused)
        self.figures = Figures(now.moment, before)
        self.events = LaneEventLog(run, profile)
        #: Rows that go back to the ledger because of their domain, and until when (seconds since the epoch).
        self.postponed: dict[int, float] = {}
        #: True once a connection was ready for mail.
        self.reached = False
        #: When a row was last answered for its own sake (monotonic), not for the server's or the network's.
        self.progressed = now.moment
        self.draining = False
        #: True while other runs have all the connections that the profile may have.
        self.crowded_out = False
        #: True while a person wants this profile not to send.
        self.paused = False
        #: Until when the hours of the campaign are closed; None while they are open.
        self.held_until: float | None = None
        #: True when the open connections are to finish what is under way and to close.
        self._closes = False
        #: Bodies in doubt since a connection was last lost: those of the one that is just being lost.
        self._doubts = 0
        #: How many rows were begun, and which of them each row is that has no answer.
        self._begun = 0
        self._order: dict[int, int] = {}

    # -- how it stands ------------------------------------------------------------------------------------------

    @property
    def stopped(self) -> bool:
        """True while nothing may be begun, however long that takes."""
        return self.draining or self.paused or self.held_until is not None or self.backoff.failure is not None

    @property
    def failure(self) -> Outcome | None:
        """Why the lane stopped by its own blame; None while it works."""
        return self.backoff.failure

    @property
    def short_of_rows(self) -> bool:
        """True when it is time to claim more."""
        return self.rows.waiting < CLAIM // 4

    @property
    def has_much_to_tell(self) -> bool:
        """True when the ledger should be told at once."""
        return self.rows.answered >= CLAIM // 2

    def may_begin(self, moment: float) -> bool:
        """Whether anything new may be begun at all."""
        return not (self.stopped or self.backoff.resting(moment))

    def hurries(self, moment: float) -> bool:
        """True while nothing but the work itself holds up the next message."""
        limited = self.allowance.bound or self.allowance.domains.bound
        return not limited and self.may_begin(moment)

    def limit(self, moment: float) -> str:
        """Which kind of limit is used up, as a cause of ``resources/replies``."""
        return "profile.own-limit" if self.allowance.closed_for(moment) >= _DAY else "profile.limit"

    def take_closes(self) -> bool:
        """Whether the open connections are to close since this was last asked."""
        closes, self._closes = self._closes, False
        return closes

    # -- what a person and the engine want ----------------------------------------------------------------------

    def drain(self) -> None:
        """Begin nothing more; finish what is under way."""
        self.draining = self._closes = True

    def pause(self, paused: bool) -> None:
        """A person wants this profile to send nothing, or to go on."""
        if paused and not self.paused:
            self._closes = True
        self.paused = paused

    def hold(self, until: float | None) -> None:
        """Outside of the hours in which the campaign may be sent (until when); None: inside."""
        if until is not None and self.held_until is None:
            self._closes = True
        self.held_until = until

    def revive(self, limits: Limits) -> bool:
        """A person has fixed what was wrong; True when rows that wait because of their domain are to come back."""
        changed = limits.per_domain != self.allowance.limits.per_domain
        changed = self.blame.revive() or changed
        self.brake.excuse()
        self.backoff.revive()
        self.allowance = self.allowance.renewed(limits)
        self.quota.limit = limits.per_connection
        return changed

    # -- what goes wrong ----------------------------------------------------------------------------------------

    def _trouble(self, why: Outcome, now: Instant, *, hopeless: bool = False) -> None:
        if why.cause == "profile.connections":
            self.allowance.throttle.fewer(now.moment, self.quota.connections)
            if self.quota.connections:
                return  # the others go on
        elif throttles(why.cause) and self.allowance.slower(now.moment, self.figures.pace(now.moment)):
            self.events.pace(LaneChange.SLOWER, now.at, self.allowance.rate, why)
        self.backoff.trouble(why, now.moment, hopeless=hopeless)
        self._hindered(why, now)

    def _hindered(self, why: Outcome, now: Instant) -> None:
        rest = self.backoff.resting(now.moment)
        if self.backoff.failure:
            self.events.hindered(LaneChange.FAILED, now.at, why)
            self._closes = True
        elif rest > HOLDS:
            self.events.hindered(LaneChange.RESTING, now.at, why, now.at + rest)

    def _fail(self, why: Outcome, now: Instant) -> None:
        """Nothing more until a person has looked."""
        self.backoff.fail(why)
        self._hindered(why, now)
