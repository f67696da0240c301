"""Limits towards single recipient domains: a large mailbox provider is asked no more often than it likes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from smtpdesk.domain.address import domain_of
from smtpdesk.domain.profile import DomainLimit

#: Stands for every domain that has no limit of its own.
OTHERS = "*"
#: How much lateness is made up for: this part of the gap between two messages, and at most so many seconds.
LATE, LATEST = 0.5, 2.0


class DomainPaces:
    """Spreads messages to a domain evenly over the time that its limit covers; moments are monotonic."""

    def __init__(self, limits: Iterable[DomainLimit]) -> None:
        self._gaps = {limit.domain.lower(): limit.seconds / limit.count for limit in limits}
        self._next: dict[str, float] = {}
        self._backlog: dict[str, float] = {}
        #: False when there is no limit at all, so that nobody has to ask.
        self.bound = bool(self._gaps)

    @property
    def longest(self) -> float:
        """Seconds of the past that matter."""
        return max(self._gaps.values(), default=0.0)

    def share(self, limits: Iterable[DomainLimit], workers: int) -> None:
        """That many workers send with this profile: each goes as much slower."""
        self._gaps = {limit.domain.lower(): limit.seconds / limit.count * workers for limit in limits}

    def load(self, last: Mapping[str, float], now: float) -> None:
        """The moment of the last message to each domain, from the ledger; a clock that was set back delays nothing."""
        for domain, moment in last.items():
            gap = self._gap(domain)
            if gap:
                self._next[domain] = max(self._next.get(domain, 0.0), min(moment, now) + gap)

    def wait(self, address: str, moment: float) -> float:
        """Seconds until a message to this address may go."""
        domain = domain_of(address)
        return max(0.0, self._next.get(domain, 0.0) - moment) if self._gap(domain) else 0.0

    def take(self, address: str, moment: float) -> None:
        """A message to this address goes now."""
        domain = domain_of(address)
        gap = self._gap(domain)
        if gap:
            # A row that comes a little late for its turn does not make all after it late.
            late = min(gap * LATE, LATEST)
            self._next[domain] = max(self._next.get(domain, 0.0), moment - late) + gap

    def turn(self, address: str, moment: float, most: float = float("inf")) -> float:
        """Seconds until a row that has to stand back should come again: each later than the one before it.

        Args:
            most: a row whose turn is later than this many seconds is to ask again by then, and has no turn.
        """
        domain = domain_of(address)
        first = max(self._next.get(domain, 0.0), self._backlog.get(domain, 0.0), moment)
        if first - moment > most:
            return most
        self._backlog[domain] = first + self._gap(domain)
        return first - moment

    def _gap(self, domain: str) -> float:
        gap = self._gaps.get(domain)
        return self._gaps.get(OTHERS, 0.0) if gap is None else gap
