"""How a lane stands: its parts, what a person wants of it, whether it rests or has failed."""

from __future__ import annotations

from collections.abc import Collection

from smtpdesk.delivery.allowance import Allowance
from smtpdesk.delivery.brake import Brake
from smtpdesk.delivery.carriers import Carriers
from smtpdesk.delivery.figures import Figures
from smtpdesk.delivery.instant import Instant
from smtpdesk.delivery.lane_backoff import LaneBackoff
from smtpdesk.delivery.lane_event_log import LaneEventLog
from smtpdesk.delivery.message_quota import MessageQuota
from smtpdesk.delivery.profile_blame import ProfileBlame
from smtpdesk.delivery.rows import Rows
from smtpdesk.delivery.rows_wanted import CLAIM, RowsWanted
from smtpdesk.delivery.server_knowledge import ServerKnowledge
from smtpdesk.domain.campaign import RetryPlan
from smtpdesk.domain.delivery import LaneChange, LaneInfo, Outcome
from smtpdesk.domain.profile import Limits
from smtpdesk.domain.server_traits import AS_ANNOUNCED, Lesson, ServerTraits
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
        traits: what is known of the server beyond what it announces.
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
        traits: ServerTraits = AS_ANNOUNCED,
    ) -> None:
        self.profile = profile
        self.rows_wanted = rows_wanted
        self.allowance = Allowance(limits)
        self.rows = Rows(profile, retry)
        self.backoff = LaneBackoff()
        self.server = ServerKnowledge(traits)
        self.quota = MessageQuota(self.server.per_connection(limits))
        self.carriers = Carriers()
        self.blame = ProfileBlame()
        self.brake = Brake(excused)
        self.figures = Figures(now.moment, before)
        self.events = LaneEventLog(run, profile)
        #: Rows that go back to the ledger because of their domain, and until when (seconds since the epoch).
        self.postponed: dict[int, float] = {}
        #: True until what waits went back to be asked about again.
        self._asks_again = False
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

    def revive(self, limits: Limits, traits: ServerTraits = AS_ANNOUNCED) -> bool:
        """A person has fixed what was wrong; True when rows that wait because of their domain are to come back."""
        changed = limits.per_domain != self.allowance.limits.per_domain
        changed = self.blame.revive() or changed
        self.brake.excuse()
        self.backoff.revive()
        self.allowance = self.allowance.renewed(limits)
        self.carriers.revive()
        self.server = ServerKnowledge(traits)
        self.quota.limit = self.server.per_connection(limits)
        return changed

    # -- what goes wrong ----------------------------------------------------------------------------------------

    def learned(self, lesson: Lesson, count: int) -> None:
        """A connection that had taken ``count`` messages has shown what the server cannot do."""
        self.server.learned(lesson, count)
        if lesson is not Lesson.SESSION_FULL:
            self._closes = True  # the next ones speak otherwise
        self.quota.limit = self.server.per_connection(self.allowance.limits)

    def _is_one_too_many(self, why: Outcome, now: Instant) -> bool:
        """Trouble with a further connection while others work: there are fewer from now on, and nobody rests."""
        working = self.quota.connections
        if not working:
            return False
        self.allowance.throttle.fewer(now.moment, working)
        self._slow_down(why, now)
        return True

    def _trouble(self, why: Outcome, now: Instant, *, hopeless: bool = False) -> None:
        if why.cause == "profile.connections":
            self.allowance.throttle.fewer(now.moment, self.quota.connections)
            if self.quota.connections:
                return  # the others go on
        self._slow_down(why, now)
        self.backoff.trouble(why, now.moment, hopeless=hopeless)
        self._hindered(why, now)

    def _slow_down(self, why: Outcome, now: Instant) -> None:
        """Where the server asks for it."""
        asks = why.cause != "profile.connections" and throttles(why.cause)
        if asks and self.allowance.slower(now.moment, self.figures.pace(now.moment)):
            self.events.pace(LaneChange.SLOWER, now.at, self.allowance.rate, why)

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
