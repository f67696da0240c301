"""How many rows a lane claims next: few when it is slow, so that other lanes get theirs."""

from __future__ import annotations

from smtpdesk.delivery.allowance import Allowance
from smtpdesk.delivery.budget import Budget
from smtpdesk.delivery.shares import Shares

#: Rows claimed in one transaction; bounds what a killed process can leave behind as *sending*.
CLAIM = 200
#: With several lanes, a row that is put off comes back after so many seconds, and more for each that was put off.
_BACK, _BACK_EACH = 4.0, 0.004
#: So few rows a lane takes at once while it can send hardly any of them, so that the others get theirs.
_FEWEST = 8


class RowsWanted:
    """The appetite of one lane, within the budget of the run and its share among the lanes."""

    def __init__(self, profile: str, budget: Budget, shares: Shares) -> None:
        self._profile = profile
        self._budget = budget
        self._shares = shares
        #: The most rows to take at once: few while most of them only have to be put off.
        self._batch_cap = CLAIM
        #: Rows that were put off within the present stretch, and when that began (monotonic).
        self._put_off, self._put_off_since = 0, 0.0
        #: True while it has asked for rows and there were none.
        self.starved = False

    @property
    def several(self) -> bool:
        """True where a row that this lane cannot send may be another's."""
        return self._shares.several

    @property
    def longest_deferral(self) -> float:
        """The most seconds that a row waits for its domain's turn in the ledger, where no lane can take it.

        What this lane must not send now, another may: then rows come back soon, and the less often the more there are.
        """
        return _BACK + _BACK_EACH * self._put_off if self._shares.several else float("inf")

    @property
    def none_left(self) -> bool:
        """True while no further row can be had: there were none, or the run may begin no more."""
        return self.starved or self._budget.spent

    def reserve(self, waiting: int, allowance: Allowance, moment: float) -> int:
        """How many rows to claim now; so many are taken from the budget, see :meth:`claimed` and :meth:`refused`."""
        target = self._batch_cap
        rate, room = allowance.rate, allowance.room(moment)
        if rate:
            target = min(target, max(1, round(3 * rate)))
        if room is not None:
            target = min(target, room)
        if waiting > target // 2 or target == 0:
            return 0
        granted = self._shares.grant(self._profile, target - waiting, moment, bounded=target < CLAIM)
        return self._budget.take(granted)

    def claimed(self, wanted: int, count: int) -> None:
        """The ledger had so many of those that were wanted."""
        self.starved = bool(wanted) and not count
        self._budget.give_back(wanted - count)
        self._shares.took(self._profile, count)

    def refused(self, wanted: int) -> None:
        """The ledger could not answer: nothing was claimed."""
        self._budget.give_back(wanted)

    def accepted(self) -> None:
        """Rows that were claimed can be sent."""
        self._batch_cap = min(CLAIM, self._batch_cap * 2)

    def given_back(self, count: int, postponed: int, moment: float) -> None:
        """So many rows went back to the ledger, some of them because it was not their domain's turn."""
        if moment - self._put_off_since > _BACK + _BACK_EACH * self._put_off:
            self._put_off, self._put_off_since = 0, moment
        self._put_off += postponed
        if self._shares.several and postponed * 2 >= self._batch_cap:
            self._batch_cap = max(_FEWEST, self._batch_cap // 4)
        self._shares.took(self._profile, -count)
        self._budget.give_back(count)
