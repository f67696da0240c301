"""When the next message of a profile may go: its rate, the stretches of time that are limited, single domains."""

from __future__ import annotations

import time

from smtpdesk.base.clock import now
from smtpdesk.delivery.domains import DomainPaces
from smtpdesk.delivery.pace import Pace
from smtpdesk.delivery.ports import Book
from smtpdesk.delivery.throttle import Throttle
from smtpdesk.delivery.windows import Window
from smtpdesk.domain.profile import Limits

#: Seconds between two looks at who else sends with this profile, and, when somebody does, at what they have sent.
LOOK = 2.0
_DAY = 86400.0


class Allowance:
    """The limits of one lane. What was sent before, in whatever run, comes from the ledger: a restart resets nothing.

    Several workers that send with one profile share its limits: each keeps to its part of them.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        full = limits.rate / limits.rate_seconds if limits.rate else None
        self.throttle = Throttle(full)
        self._pace = Pace(full)
        self._windows = [Window(count, seconds) for count, seconds in limits.windows]
        self.domains = DomainPaces(limits.per_domain)
        self._workers = 1
        self._looked = float("-inf")
        self._loaded = False

    # -- the ledger ---------------------------------------------------------------------------------------------

    async def refresh(self, profile: str, book: Book) -> None:
        """Look at the ledger when it is time to; the first time before anything is sent."""
        moment = time.monotonic()
        if moment - self._looked < LOOK:
            return
        self._looked = moment
        workers = 1 + await book.sharers(profile)
        changed = workers != self._workers
        if changed:
            self._share(workers)
        if changed or workers > 1 or not self._loaded:
            await self._load(profile, book)

    def _share(self, workers: int) -> None:
        self._workers = workers
        self._keep_to(self.throttle.rate)
        self.domains.share(self.limits.per_domain, workers)

    async def _load(self, profile: str, book: Book) -> None:
        self._loaded = True
        for window in self._windows:
            found = await book.sent_in(profile, now() - window.seconds - window.bucket, window.bucket)
            away = time.monotonic() - now()
            window.load([(at + away, count) for at, count in found], time.monotonic())
        if self.domains.bound:
            last: dict[str, float] = {}
            for at, domain in await book.sent_to(profile, now() - self.domains.longest):
                last[domain] = at + time.monotonic() - now()
            self.domains.load(last)

    # -- asking -------------------------------------------------------------------------------------------------

    @property
    def bound(self) -> bool:
        """False while nothing limits the rate, so that nobody has to ask."""
        return self._pace.bound or bool(self._windows)

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
        return max(self._pace.wait(moment), *(self._opens(window, moment) for window in self._windows), 0.0)

    def closed(self, moment: float) -> float:
        """Seconds until a used-up stretch of time has room again; 0 while there is room."""
        return max((self._opens(window, moment) for window in self._windows), default=0.0)

    def _opens(self, window: Window, moment: float) -> float:
        opens = window.opens(moment)
        if opens == 0.0 and window.room(moment) < self._workers - 1:
            return LOOK  # what little is left is the others': the ledger is asked again soon
        return opens

    def room(self, moment: float) -> int | None:
        """Messages that the limits leave now; None when they are not counted."""
        if not self._windows:
            return None
        return min(-(-window.room(moment) // self._workers) for window in self._windows)

    @property
    def left_today(self) -> int | None:
        """Messages that the daily limit leaves; None without one."""
        day = next((window for window in self._windows if window.seconds == _DAY), None)
        return None if day is None else day.room(time.monotonic())

    def take(self, address: str, moment: float) -> None:
        """A message goes now."""
        self._pace.take(moment)
        for window in self._windows:
            window.take(moment)
        if self.domains.bound:
            self.domains.take(address, moment)

    def give_back(self) -> None:
        """The relay did not take a message after all."""
        for window in self._windows:
            window.give_back()

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
