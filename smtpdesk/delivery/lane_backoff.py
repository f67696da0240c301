"""When a lane rests, and when it gives up: what it makes of refusals, broken connections and limits."""

from __future__ import annotations

from smtpdesk.delivery.retry import LANE_BLAME
from smtpdesk.domain.delivery import Blame, Outcome

#: This many refusals in a row that blame the message, with the same cause, pause the lane for a person to look.
SAME_REFUSALS = 20
#: The longest rest (seconds) after a broken connection, where the meaning of it knows no other.
LONGEST_REST = 60.0


class LaneBackoff:
    """Says no more than "rest until" and "failed"; the lane acts on it. Moments are monotonic."""

    def __init__(self) -> None:
        #: Why the lane stopped by its own blame; None while it works.
        self.failure: Outcome | None = None
        #: Why it rests, while it does.
        self.note: Outcome | None = None
        self._rest_until = 0.0
        self._troubles = 0
        self._refusals = 0
        self._refusal_cause = ""

    def resting(self, moment: float) -> float:
        """Seconds that the lane still rests; 0 when it does not."""
        return max(0.0, self._rest_until - moment)

    @property
    def troubled(self) -> bool:
        """True when there was trouble since the last acceptance."""
        return self._troubles > 0

    def accepted(self) -> None:
        """All is well again."""
        self._troubles = self._refusals = 0

    def revive(self) -> None:
        """A person has fixed what was wrong, or wants it tried now: neither rest nor failure any more."""
        self.failure = self.note = None
        self._rest_until = 0.0
        self._troubles = self._refusals = 0

    def fail(self, why: Outcome) -> None:
        """Nothing more until a person has looked."""
        self.failure = self.note = why

    def trouble(self, why: Outcome, moment: float, *, hopeless: bool = False) -> None:
        """The profile, the relay or the network is to blame: rest, or fail where waiting fixes nothing."""
        if hopeless or needs_a_person(why):
            self.fail(why)
            return
        self.note = why
        self._troubles += 1
        if why.blame in LANE_BLAME:
            self._rest_until = max(self._rest_until, moment + self._rest_after(why))

    def refused(self, outcome: Outcome) -> None:
        """The message was refused; the same refusal again and again is a reason to stop and look."""
        self._refusals = self._refusals + 1 if outcome.cause == self._refusal_cause else 1
        self._refusal_cause = outcome.cause
        if self._refusals >= SAME_REFUSALS:
            self.failure = outcome

    def _rest_after(self, why: Outcome) -> float:
        """A limit of the account takes the provider's time; a dropped connection is usually over sooner."""
        growing = 0.5 * 2.0 ** min(self._troubles, 12)
        if why.blame is Blame.PROFILE:
            return why.retry_after or growing
        return min(growing, why.retry_after or LONGEST_REST)


def needs_a_person(why: Outcome) -> bool:
    """True for what blames the profile and does not pass by itself."""
    return why.blame is Blame.PROFILE and why.retry_after is None
