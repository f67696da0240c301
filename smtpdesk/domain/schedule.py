"""When a campaign may be sent: not before a start, and within certain hours of certain days.

Local times follow the zone's clock with its changes. An hour that the clock skips in spring begins at the moment it
jumps; one that it shows twice in autumn begins, and ends, the first time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAY = 1440
#: Two weeks hold every kind of day twice: a clock change may shorten one of them to nothing.
_AHEAD = 16
#: As far as :meth:`Schedule.finish` looks: about ten years.
_DAYS_AT_MOST = 3660


@lru_cache(maxsize=64)
def zone(name: str) -> tzinfo | None:
    """The time zone with this IANA name; None for ``""``, which is this computer's.

    Raises:
        ValueError: there is no such zone.
    """
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: a folder of zones, such as "Europe"
        raise ValueError(name) from error


def wall_clock(at: float, timezone: str = "") -> datetime:
    """What the clock of the zone shows at a Unix time; ``fold`` is 1 the second time it shows it."""
    place = zone(timezone)
    return datetime.fromtimestamp(at) if place is None else datetime.fromtimestamp(at, place).replace(tzinfo=None)


def moment(wall: datetime, timezone: str = "") -> float:
    """The first Unix time at which the clock of the zone shows this time, or, where it skips it, a later one."""
    place = zone(timezone)
    early, late = (wall.replace(tzinfo=place, fold=fold).timestamp() for fold in (0, 1))
    if early <= late:  # once, or twice: then ``early`` is the first time
        return early
    # Skipped: PEP 495 puts ``late`` before the jump and ``early`` after it. The jump itself is between them.
    before, after = late, early
    while after - before > 0.5:
        middle = (before + after) / 2
        if wall_clock(middle, timezone) < wall:
            before = middle
        else:
            after = middle
    return float(round(after))


@dataclass(frozen=True, slots=True)
class Schedule:
    """When sending may happen. The default is: now, at any hour.

    ``start``: Unix time before which nothing is sent. ``hours``: minutes of the day, from and to; a ``to`` that is not
    after ``from`` is on the next day. ``weekdays``: 0 is Monday, empty is every day; hours over midnight belong to
    the day they begin on. ``timezone``: IANA name for hours and weekdays, ``""`` is this computer's.
    ``grace``: a start that was missed by more seconds than this is not caught up without asking.
    """

    start: float | None = None
    hours: tuple[int, int] | None = None
    weekdays: tuple[int, ...] = ()
    timezone: str = ""
    grace: float = 3600.0

    @property
    def always(self) -> bool:
        """True when hours and weekdays hold nothing back."""
        every_day = not self.weekdays or len(set(self.weekdays)) == 7
        return every_day and (self.hours is None or self.hours[1] - self.hours[0] in (0, DAY))

    @property
    def immediate(self) -> bool:
        """True when nothing at all is held back."""
        return self.start is None and self.always

    def at_once(self) -> Schedule:
        """The same hours and days without a start time."""
        return replace(self, start=None)

    def opens(self, now: float) -> float | None:
        """Unix time when sending may begin or go on, None when it may ``now`` (or at any time: no window at all)."""
        earliest = now if self.start is None else max(now, self.start)
        if self.always:
            return earliest if earliest > now else None
        for begin, end in self._windows(earliest):
            if end > earliest:
                at = max(begin, earliest)
                return at if at > now else None
        return None

    def openings(self, now: float, most: int) -> list[float]:
        """The next moments when sending may begin or go on, at most so many; none while nothing holds it back."""
        found: list[float] = []
        at = self.opens(now)
        while at is not None and len(found) < most:
            found.append(at)
            closes = self.closes(at)
            at = None if closes is None else self.opens(closes)
        return found

    def wait(self, now: float) -> float:
        """Seconds until sending may begin or go on; 0 when it may now."""
        at = self.opens(now)
        return 0.0 if at is None else at - now

    def closes(self, now: float) -> float | None:
        """Unix time when the present window ends, or the next one while none is open; None: never."""
        if self.always:
            return None
        at = self.opens(now)
        at = now if at is None else at
        last: float | None = None
        for begin, end in self._windows(at):
            if last is None:
                last = end if end > at else None
            elif begin > last:
                return last
            else:
                last = end
        return last

    @property
    def begins(self) -> float | None:
        """The first moment after ``start`` that hours and weekdays allow; None without a start."""
        if self.start is None:
            return None
        return self.start + self.wait(self.start)

    def missed(self, now: float) -> bool:
        """True when sending should have begun longer ago than ``grace``. For runs that have sent nothing yet."""
        begins = self.begins
        return begins is not None and now - begins > self.grace

    def finish(self, now: float, seconds: float) -> float:
        """Unix time when so many seconds of sending are over, with what has to wait for its hours."""
        at = now + self.wait(now)
        if self.always:
            return at + seconds
        for begin, end in self._windows(at, _DAYS_AT_MOST):
            span = end - max(begin, at)
            if span >= seconds:
                return max(begin, at) + seconds
            seconds -= max(span, 0.0)
        return at + seconds

    def _windows(self, around: float, days: int = _AHEAD) -> Iterator[tuple[float, float]]:
        """Stretches of time in which sending may happen, from the day before ``around`` on."""
        begin, end = self.hours or (0, DAY)
        end = end if end > begin else end + DAY
        first = wall_clock(around, self.timezone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        for number in range(-1, days):
            day = first + timedelta(days=number)
            if self.weekdays and day.weekday() not in self.weekdays:
                continue
            opening = moment(day + timedelta(minutes=begin), self.timezone)
            closing = moment(day + timedelta(minutes=end), self.timezone)
            if closing > opening:  # the clock may skip the whole of it
                yield opening, closing
