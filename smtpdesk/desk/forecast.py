"""How long the rest of a campaign takes: rates, limits with what is used of them, rests and sending hours. No promises.

What a profile can take in a time is a curve, messages by seconds. A rate is a straight line; a limit on a window of
time cuts it: by each moment, no more than was left when the window began, plus what has fallen out of it since
(min-plus convolution, as in network calculus). So a year of daily limits costs the same as a minute.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from smtpdesk.base.clock import now as clock
from smtpdesk.base.errors import InputError
from smtpdesk.domain.delivery import Counts, LaneInfo, LaneState
from smtpdesk.domain.profile import Limits
from smtpdesk.domain.schedule import Schedule
from smtpdesk.store import Workspace

#: Nobody is told of anything farther away (seconds).
HORIZON = 366 * 86_400.0
#: What was sent within a window is kept in at most so many pieces.
_PIECES = 24
#: Seconds for which what is used of a limit is taken as known.
_FRESH = 5.0
#: Seconds for which a time left is told again, less what has passed, while the lanes do the same.
_HOLDS = 1.0

#: Messages by seconds from the start.
Curve = Callable[[float], float]
#: (when, how many).
Used = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Budget:
    """What one profile may take: its limits, and what it has taken already as (when, messages), over all runs."""

    limits: Limits
    used: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class _Source:
    """A lane as the arithmetic needs it. ``speed``: messages a second, infinite when only windows bound it."""

    begins: float
    speed: float
    windows: tuple[tuple[int, float], ...]
    used: tuple[tuple[float, float], ...]


def time_left(
    counts: Counts, lanes: Sequence[LaneInfo], limits: Mapping[str, Budget], schedule: Schedule | None, now: float
) -> float | None:
    """Seconds until everybody who is open was tried; None when that cannot be told, 0.0 when nobody is open.

    Args:
        counts: of the run.
        lanes: as their workers last wrote them down; paused ones count for nothing.
        limits: by profile, what it may take and has taken; a profile that is missing has no limits.
        schedule: the hours in which the campaign may be sent; None for any time.
        now: seconds since the epoch.
    """
    sources = [_source(lane, limits.get(lane.profile, Budget(Limits())), now) for lane in lanes if _goes_on(lane)]
    return _seconds(counts.open, [source for source in sources if source is not None], schedule, now)


def time_needed(count: int, limits: Sequence[Budget], schedule: Schedule | None, now: float) -> float | None:
    """Seconds that ``count`` messages take at the profiles' limits, before anything is sent; None without a limit."""
    sources = [
        _Source(now, _rate_of(budget.limits), budget.limits.windows, budget.used)
        for budget in limits
        if math.isfinite(_rate_of(budget.limits)) or budget.limits.windows
    ]
    unlimited = len(sources) < len(limits)
    return None if unlimited else _seconds(count, sources, schedule, now)


def _goes_on(lane: LaneInfo) -> bool:
    return lane.state != LaneState.PAUSED


def _rate_of(limits: Limits) -> float:
    return limits.rate / limits.rate_seconds if limits.rate else math.inf


def _source(lane: LaneInfo, budget: Budget, now: float) -> _Source | None:
    """None for a lane of which nothing is known: it may be fast or slow."""
    known = [rate for rate in (lane.allowed, lane.full, _rate_of(budget.limits)) if rate is not None and rate > 0]
    most = min(known, default=math.inf)
    speed = min(lane.rate, most) if lane.rate > 0 else most
    if math.isinf(speed) and not budget.limits.windows:
        return None
    return _Source(max(now, lane.until or now), speed, budget.limits.windows, budget.used)


def _seconds(count: int, sources: Sequence[_Source], schedule: Schedule | None, now: float) -> float | None:
    if count <= 0:
        return 0.0
    if not sources:
        return None
    rest = float(count)
    taken: list[list[tuple[float, float]]] = [list(source.used) for source in sources]
    for begin, end in _stretches(schedule, now):
        curves = [_within(source, used, begin) for source, used in zip(sources, taken, strict=True)]
        room = min(end, now + HORIZON) - begin
        reached = _first(curves, rest, room)
        if reached is not None:
            return begin - now + reached
        if end >= now + HORIZON:
            return None
        rest -= sum(curve(room) for curve in curves)
        for used, curve in zip(taken, curves, strict=True):
            used += _pieces(curve, begin, room)
    return None


def _first(curves: Sequence[Curve], wanted: float, latest: float) -> float | None:
    """The earliest moment at which the curves together have reached ``wanted``; None when that is after ``latest``."""

    def enough(seconds: float) -> bool:
        return sum(curve(seconds) for curve in curves) >= wanted - 1e-6

    early, late = 0.0, min(1.0, latest)
    while not enough(late):
        if late >= latest:
            return None
        early, late = late, min(late * 4, latest)
    while late - early > max(0.02, late * 1e-6):
        middle = (early + late) / 2
        early, late = (early, middle) if enough(middle) else (middle, late)
    return round(late, 1)


def _pieces(curve: Curve, begin: float, length: float) -> Iterator[tuple[float, float]]:
    """What was sent in a stretch of time, in a few pieces."""
    before = 0.0
    for piece in range(1, _PIECES + 1):
        sent = curve(length * piece / _PIECES)
        if sent > before:
            yield begin + length * (piece - 0.5) / _PIECES, sent - before
        before = sent


# -- one profile --------------------------------------------------------------------------------------------------


def _within(source: _Source, used: Used, begin: float) -> Curve:
    """What a profile can take from ``begin`` on."""
    start = max(begin, source.begins)
    curve: Curve = lambda seconds: source.speed * seconds if seconds > 0 else 0.0  # noqa: E731 - a line of a chain
    for most, length in source.windows:
        curve = _cut(curve, most, length, _fallen_out(used, start, length))
    late = start - begin
    return lambda seconds: curve(seconds - late) if seconds > late else 0.0


def _fallen_out(used: Used, start: float, length: float) -> list[tuple[float, float]]:
    """When what was sent within the window before ``start`` falls out of it: (seconds from start, messages)."""
    inside = sorted((at + length - start, float(count)) for at, count in used if at + length > start)
    if len(inside) <= _PIECES:
        return inside
    size = -(-len(inside) // _PIECES)
    groups = [inside[first : first + size] for first in range(0, len(inside), size)]
    return [(group[len(group) // 2][0], sum(count for _at, count in group)) for group in groups]


def _cut(curve: Curve, most: int, length: float, falls: Sequence[tuple[float, float]]) -> Curve:
    """``curve`` under the limit of ``most`` in any ``length`` seconds."""
    free = max(0.0, most - sum(count for _at, count in falls))
    #: By this moment at most so many, since nothing more had fallen out just before.
    steps: list[tuple[float, float]] = []
    for at, count in falls:
        steps.append((at, free))
        free = min(float(most), free + count)
    bound = steps[0][1] if steps else float(most)

    def cut(seconds: float) -> float:
        if seconds <= 0:
            return 0.0
        freely = curve(seconds)
        if freely <= bound:
            return freely
        found = [freely, *(before + curve(seconds - at) for at, before in steps if at < seconds)]
        later = next((before for at, before in steps if at >= seconds), None)
        found.append(float(most) if later is None else later)
        turns = math.floor(seconds / length)
        if turns:
            found.pop()  # the window has moved on; what holds for one window holds for each
            found.append(turns * most + cut(seconds - turns * length))
        return min(found)

    return cut


def _stretches(schedule: Schedule | None, now: float) -> Iterator[tuple[float, float]]:
    """The stretches of time in which it may be sent, (begin, end); the last one may have no end."""
    begin = now
    while begin < now + HORIZON:
        begin += schedule.wait(begin) if schedule is not None else 0.0
        end = schedule.closes(begin) if schedule is not None else None
        yield begin, math.inf if end is None else end
        if end is None:
            return
        begin = max(end, begin + 1.0)


# -- from the workspace -------------------------------------------------------------------------------------------


class Forecaster:
    """Reads what is used of the profiles' limits from the ledger, and keeps it for a few seconds.

    Synchronous; for the store's thread. It may be asked at every look: what it found holds for a moment.
    """

    def __init__(self, store: Workspace) -> None:
        self._store = store
        self._known: dict[str, tuple[float, Budget]] = {}
        self._told: dict[str, tuple[float, object, float | None]] = {}

    def left(
        self,
        run_id: str,
        counts: Counts,
        lanes: Sequence[LaneInfo],
        schedule: Schedule | None = None,
        now: float | None = None,
    ) -> float | None:
        """:func:`time_left` of a run."""
        moment = clock() if now is None else now
        situation = counts.open == 0, [(lane.profile, lane.state, lane.allowed, lane.until) for lane in lanes]
        at, before, left = self._told.get(run_id, (0.0, None, None))
        if before == situation and 0 <= moment - at < _HOLDS:
            return None if left is None else max(0.0, left - (moment - at))
        limits = {lane.profile: self.budget(lane.profile, moment) for lane in lanes if _goes_on(lane)}
        left = time_left(counts, lanes, limits, schedule, moment)
        self._told[run_id] = moment, situation, left
        return left

    def budget(self, profile: str, now: float | None = None) -> Budget:
        """What a profile may take and has taken; one that was removed has no limits any more."""
        moment = clock() if now is None else now
        known = self._known.get(profile)
        if known is None or not 0 <= moment - known[0] < _FRESH:
            known = moment, self._read(profile, moment)
            self._known[profile] = known
        return known[1]

    def _read(self, profile: str, now: float) -> Budget:
        try:
            limits = self._store.profiles.get(profile).profile.limits
        except InputError:
            return Budget(Limits())
        if not limits.windows:
            return Budget(limits)
        used: list[tuple[float, float]] = []
        newest = now
        for _most, seconds in limits.windows:
            # What a shorter window has counted finely is not counted again by a longer one.
            sent = self._store.ledger.sent_in(profile, now - seconds, seconds / 48)
            middles = ((at + seconds / 96, float(count)) for at, count in sent)
            used += [(at, count) for at, count in middles if at <= newest]
            newest = now - seconds
        return Budget(limits, tuple(sorted(used)))
