"""When the next message of a profile may go: its rate, the stretches of time that are limited, single domains."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from smtpdesk.delivery.domains import DomainPaces
from smtpdesk.delivery.pace import Pace
from smtpdesk.delivery.throttle import Throttle
from smtpdesk.delivery.windows import Window
from smtpdesk.domain.profile import Limits

#: Seconds between two looks at who else sends with this profile, and, when somebody does, at what they have sent.
LOOK = 1.0
#: Seconds within which every worker has looked again.
ALL_LOOKED = 2.5
#: Seconds that a worker which finds others at work waits, so that all of them have noticed it before it begins.
NOTICED = 3.0
#: Seconds until the next question while the ledger was not asked yet.
_SOON = 0.1
#: A rate that leaves so many seconds between two messages goes on where the last worker left it.
_SLOW = 0.5
_DAY = 86400.0


class Allowance:
    """The limits of one lane. What was sent before, in whatever run, comes from the ledger: a restart resets nothing.

    Several workers that send with one profile share its limits. Each keeps to its part of the rate, and of what a
    limited stretch of time has left at its last look at the ledger.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        full = limits.rate / limits.rate_seconds if limits.rate else None
        self.throttle = Throttle(full)
        self._pace = Pace(full)
        self._windows = [Window(count, seconds) for count, seconds in limits.windows]
        #: With others at work: what each window leaves to this worker until the next look.
        self._parts: list[int] = []
        #: Messages that were taken and are not in the ledger yet: when, by key.
        self._under_way: dict[int, float] = {}
        #: When the ledger got how many of this worker, lately.
        self._written: deque[tuple[float, int]] = deque()
        self._rooms: list[int] = []
        self.domains = DomainPaces(limits.per_domain)
        self._workers = 1
        self._looked = float("-inf")
        self._loaded = False
        self._begins = 0.0

    def renewed(self, limits: Limits) -> Allowance:
        """A fresh allowance for changed limits, which knows what is under way. The server's wishes are forgotten."""
        fresh = Allowance(limits)
        fresh._under_way = self._under_way
        return fresh

    # -- the ledger ---------------------------------------------------------------------------------------------

    def looks(self, moment: float) -> bool:
        """True when it is time to ask the ledger again; it is taken to be asked now."""
        if moment - self._looked < LOOK:
            return False
        self._looked = moment
        return True

    def look_again(self) -> None:
        """Nobody looked for a while: what the limits have left is read anew before anything is sent."""
        self._loaded = False
        self._looked = float("-inf")

    def shared_by(self, others: int, moment: float) -> bool:
        """So many other workers send with this profile; True when the ledger is to be asked what was sent."""
        workers = 1 + others
        if workers > 1 and not self._loaded and (self.bound or self.domains.bound):
            self._begins = moment + NOTICED
        changed = workers != self._workers
        if changed:
            self._workers = workers
            self._keep_to(self.throttle.rate)
            self.domains.share(self.limits.per_domain, workers)
        return changed or workers > 1 or not self._loaded

    @property
    def windows(self) -> Sequence[Window]:
        """The stretches of time that are limited."""
        return self._windows

    @property
    def follows(self) -> float:
        """Seconds of the past in which the last message matters for a slow rate; 0 when none does."""
        return self._pace.gap if not self._loaded and self._pace.gap >= _SLOW else 0.0

    def load(self, window: Window, counts: Iterable[tuple[float, int]], moment: float) -> None:
        """What the ledger has of one of the :attr:`windows`, as (moment, messages)."""
        window.load(counts, moment)
        for taken in self._under_way.values():
            window.take(taken)

    def follow(self, last: float | None) -> None:
        """The last message that the ledger knows went at that moment: a slow rate is kept over a restart too."""
        before = [*([] if last is None else [last]), *self._under_way.values()]
        if before:
            self._pace.follow(max(before))

    def loaded(self, earlier: int, moment: float) -> None:
        """All is known now. ``earlier``: how many of the other workers come before this one."""
        self._loaded = True
        self._part(earlier, moment)

    def _part(self, earlier: int, moment: float) -> None:
        """Divide what is left.

        The others may still go by what they saw before the ledger got the latest of this worker: that much is theirs.
        What cannot be divided is the first one's, in an order that all know, once nothing moves any more.
        """
        before, self._rooms = self._rooms, []
        self._parts = []
        if self._workers == 1:
            return
        while self._written and self._written[0][0] < moment - ALL_LOOKED:
            self._written.popleft()
        unseen = len(self._under_way) + sum(count for _at, count in self._written)
        self._rooms = [window.room(moment) for window in self._windows]
        steady = not unseen and not earlier and self._rooms == before
        for room in self._rooms:
            rest = room % self._workers if steady else 0
            self._parts.append(max(0, (room - (self._workers - 1) * unseen) // self._workers + rest))

    # -- asking -------------------------------------------------------------------------------------------------

    @property
    def bound(self) -> bool:
        """False while nothing limits the rate, so that nobody has to ask."""
        return self._pace.bound or bool(self._windows) or (self.domains.bound and not self._loaded)

    @property
    def rate(self) -> float | None:
        """Messages a second to keep to; None: as fast as it goes."""
        rate = self.throttle.rate
        return None if rate is None else rate / self._workers

    @property
    def connections(self) -> int:
        """The most connections to have open."""
        most = max(1, self.limits.max_connections // self._workers)
        return most if self.throttle.connections is None else min(most, self.throttle.connections)

    def wait(self, moment: float) -> float:
        """Seconds until the next message may go."""
        if not self._loaded:
            return _SOON
        return max(self._pace.wait(moment), self._begins - moment, self._next_look(moment), self.closed(moment), 0.0)

    def closed(self, moment: float) -> float:
        """Seconds until a used-up stretch of time has room again; 0 while there is room."""
        return max((window.opens(moment) for window in self._windows), default=0.0)

    def closed_for(self, moment: float) -> float:
        """How long the used-up stretch of time is that opens last (seconds); 0 while there is room."""
        opens, seconds = max(((window.opens(moment), window.seconds) for window in self._windows), default=(0.0, 0.0))
        return seconds if opens > 0 else 0.0

    def _next_look(self, moment: float) -> float:
        """Seconds until the ledger is asked what the others have left; 0 while there is something of the own part."""
        return max(self._looked + LOOK - moment, _SOON) if self._parts and min(self._parts) <= 0 else 0.0

    def room(self, moment: float) -> int | None:
        """Messages that the limits leave now; None when they are not counted."""
        if not self._windows:
            return None
        return max(0, min([*self._parts, *(window.room(moment) for window in self._windows)]))

    def left_today(self, moment: float) -> int | None:
        """Messages that the daily limit leaves; None without one."""
        day = next((window for window in self._windows if window.seconds == _DAY), None)
        return None if day is None else day.room(moment)

    def take(self, key: int, address: str, moment: float) -> None:
        """A message goes now; ``key`` names it until the ledger has what became of it."""
        self._pace.take(moment)
        if self._windows:
            self._under_way[key] = moment
            self._parts = [part - 1 for part in self._parts]
        for window in self._windows:
            window.take(moment)
        if self.domains.bound:
            self.domains.take(address, moment)

    def give_back(self, key: int) -> None:
        """The relay did not take a message after all."""
        moment = self._under_way.pop(key, None)
        if moment is None:
            return
        self._parts = [part + 1 for part in self._parts]
        for window in self._windows:
            window.give_back(moment)

    def settled(self, keys: Iterable[int], moment: float) -> None:
        """The ledger has these now."""
        written = sum(1 for key in keys if self._under_way.pop(key, None) is not None)
        if written and self._workers > 1:
            self._written.append((moment, written))

    # -- the server's wishes ------------------------------------------------------------------------------------

    def slower(self, moment: float, measured: float) -> bool:
        """The server asks for slowness; True when that changes the rate."""
        changed = self.throttle.slower(moment, measured * self._workers)
        if changed:
            self._keep_to(self.throttle.rate)
        return changed

    def calm(self, moment: float) -> bool:
        """Messages are accepted; True when the rate was raised by that."""
        changed = self.throttle.calm(moment)
        if changed:
            self._keep_to(self.throttle.rate)
        return changed

    def _keep_to(self, rate: float | None) -> None:
        self._pace.set(None if rate is None else rate / self._workers)
