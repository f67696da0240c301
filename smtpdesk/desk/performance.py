"""Server performance: how fast a profile's server took messages, how long it took, what it refused, and why."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from smtpdesk.base.clock import now as clock
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.delivery import CauseGroup, LaneEvent, LaneInfo, LaneSample, RunInfo, RunState, Stage
from smtpdesk.domain.profile import Limits
from smtpdesk.store import Workspace

#: Steps up to so many seconds are made of single samples.
_FINE = 60.0
#: A sample is written at least every so many seconds while a profile is at work.
_NOTED = 15.0
#: Points of a curve at most.
POINTS = 120
#: Lengths that a step of a curve may have, in seconds.
_STEPS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
_DAY = 86_400.0
#: The stages of the dialogue that take their time, in their order; these are what a latency is kept of.
STAGES = (
    *(Stage.CONNECT, Stage.GREETING, Stage.EHLO, Stage.STARTTLS, Stage.AUTH),
    *(Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.BODY),
)


class Span(StrEnum):
    """Of which time the performance is looked at."""

    RUN = "run"
    TODAY = "today"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class LimitUse:
    """A limit on a window of time: ``most`` messages in ``seconds``, ``used`` of them by now."""

    most: int
    seconds: float
    used: int

    @property
    def left(self) -> int:
        """How many more the server takes within the window."""
        return max(0, self.most - self.used)


@dataclass(frozen=True, slots=True)
class Point:
    """One step of a curve that ends at ``at``. ``seconds``: how much of it is over, ``busy``: of that, at work."""

    at: float
    seconds: float
    busy: float = 0.0
    accepted: float = 0.0
    others: float = 0.0
    allowed: float | None = None

    @property
    def rate(self) -> float:
        """Accepted messages a second."""
        return self.accepted / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True, slots=True)
class ServerPerformance:
    """How one profile did in a stretch of time.

    Attributes:
        profile: its name; ``since``, ``until``: the stretch (seconds since the epoch).
        step: seconds between two points of ``curve``.
        curve: a point a step without a gap: times without sending are zeros.
        accepted, deferred, rejected, uncertain: attempts.
        busy: seconds in which it was at work.
        latency: mean seconds from a command to its answer, by stage.
        causes: what went wrong; ``people`` counts attempts there.
        limits: those that are counted by time, with what is used of them now.
        full: the rate (messages a second) that its limits allow; None: as fast as it goes.
        events: why it slowed down, rested, came back; the newest first.
        lane: what it does in a run at this moment; None while it rests.
    """

    profile: str
    since: float
    until: float
    step: float
    curve: tuple[Point, ...] = ()
    accepted: int = 0
    deferred: int = 0
    rejected: int = 0
    uncertain: int = 0
    busy: float = 0.0
    latency: Mapping[str, float] = field(default_factory=dict)
    causes: tuple[CauseGroup, ...] = ()
    limits: tuple[LimitUse, ...] = ()
    full: float | None = None
    events: tuple[LaneEvent, ...] = ()
    lane: LaneInfo | None = None

    @property
    def attempts(self) -> int:
        """All attempts."""
        return self.accepted + self.deferred + self.rejected + self.uncertain

    @property
    def rate(self) -> float:
        """Accepted messages a second, over the time in which it was at work."""
        return self.accepted / self.busy if self.busy > 0 else 0.0

    @property
    def empty(self) -> bool:
        """True when nothing at all is known of the time."""
        return not self.attempts and not self.events and not any(point.busy for point in self.curve)


class Performance:
    """What was noted of each server while it was used. All reading; coroutines."""

    def __init__(self, store: Workspace) -> None:
        self._store = store

    async def profiles(self, run: str = "") -> list[str]:
        """The profiles that can be looked at: those of a run, or all."""
        return await asyncio.to_thread(self._profiles, run)

    async def of(
        self,
        profile: str,
        *,
        run: str = "",
        span: Span = Span.TODAY,
        since: float | None = None,
        now: float | None = None,
    ) -> ServerPerformance:
        """How a profile did.

        Args:
            profile: its name; one that was removed keeps its history.
            run: only in this run; with ``Span.RUN`` the whole of it.
            span: today, the last 7 days, the last 30 days, or the run from its start.
            since: seconds since the epoch, instead of ``span``.
            now: seconds since the epoch; the clock's when None.

        Raises:
            InputError: ``run.unknown``, or ``profile.unknown`` for one that was never there.
        """
        return await asyncio.to_thread(self._of, profile, run, span, since, clock() if now is None else now)

    async def pace(self, run: str, step: float, most: int, now: float | None = None) -> dict[str, list[float]]:
        """How fast each profile of a run went until now: accepted messages a second, the oldest first.

        Args:
            run: its id.
            step: seconds that each figure is of.
            most: figures at most; there are fewer when the run was begun since, and as many for each profile.
            now: seconds since the epoch; the clock's when None.

        Raises:
            InputError: ``run.unknown``.
        """
        return await asyncio.to_thread(self._pace, run, step, most, clock() if now is None else now)

    def _pace(self, run: str, step: float, most: int, now: float) -> dict[str, list[float]]:
        info = self._store.runs.get(run)
        since = max(now - most * step, info.started_at or now)
        samples = self._store.performance.samples(run=run, since=since, until=now)
        # What happened since the last sample is not noted yet: that is no standstill.
        end = samples[-1].at if samples and now - samples[-1].at < _NOTED else now
        first = end - int((end - since) / step) * step
        profiles = dict.fromkeys(sample.profile for sample in samples)
        return {
            name: [point.rate for point in _curve([one for one in samples if one.profile == name], first, end, step)]
            for name in profiles
        }

    def _profiles(self, run: str) -> list[str]:
        if not run:
            return [row.profile.name for row in self._store.profiles.all()]
        lanes = [lane.profile for lane in self._store.runs.lanes(run)]
        return list(dict.fromkeys([*self._store.runs.get(run).profiles, *lanes]))

    def _of(self, profile: str, run: str, span: Span, since: float | None, now: float) -> ServerPerformance:
        info = self._store.runs.get(run) if run else None
        begin, end = _stretch(span, info, since, now)
        step = step_of(end - begin)
        # Steps end at whole multiples of their length, so that a curve does not flicker while time goes on.
        last = math.ceil(end / step) * step
        first = last - max(1, math.ceil((last - begin) / step)) * step
        fine = step <= _FINE  # samples are not much shorter than the steps: each is shared out between two
        samples = self._store.performance.samples(
            profile, run or None, since=first, until=last, step=None if fine else step
        )
        limits = self._limits(profile, bool(samples))
        events = self._store.performance.events(run or None, profile, limit=200, since=begin)
        return ServerPerformance(
            profile=profile,
            since=begin,
            until=end,
            step=step,
            curve=_curve(samples, first, end, step),
            accepted=sum(sample.accepted for sample in samples),
            deferred=sum(sample.deferred for sample in samples),
            rejected=sum(sample.rejected for sample in samples),
            uncertain=sum(sample.uncertain for sample in samples),
            busy=sum(sample.seconds for sample in samples),
            latency=mean_latency(samples),
            causes=tuple(self._store.ledger.failures(profile, begin, end, run or None)),
            limits=tuple(self._use(profile, most, seconds, now) for most, seconds in limits.windows),
            full=limits.rate / limits.rate_seconds if limits.rate else None,
            events=tuple(event for event in reversed(events) if begin <= event.at <= end),
            lane=self._lane(profile, info),
        )

    def _limits(self, profile: str, known: bool) -> Limits:
        try:
            return self._store.profiles.get(profile).profile.limits
        except InputError:
            if known:
                return Limits()  # it was removed; what it did is still there
            raise

    def _use(self, profile: str, most: int, seconds: float, now: float) -> LimitUse:
        return LimitUse(most, seconds, self._store.ledger.sent_since(profile, now - seconds))

    def _lane(self, profile: str, info: RunInfo | None) -> LaneInfo | None:
        """The lane of the run, or of the newest run that is being sent with this profile."""
        if info is not None:
            run = info.id if info.state is RunState.RUNNING else None
        else:
            run = self._store.runs.sending_with(profile)
        lanes = self._store.runs.lanes(run) if run is not None else []
        return next((lane for lane in lanes if lane.profile == profile), None)


def _stretch(span: Span, run: RunInfo | None, since: float | None, now: float) -> tuple[float, float]:
    if since is not None:
        return min(since, now - 1.0), now
    if span is Span.RUN and run is not None:
        begin = run.started_at or run.created_at
        return begin, max(run.finished_at or now, begin + 1.0)
    if span is Span.TODAY:
        midnight = datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight.timestamp(), now
    return now - (30 if span is Span.MONTH else 7) * _DAY, now


def step_of(length: float, points: int = POINTS) -> float:
    """The step (seconds) at which a stretch of ``length`` seconds is drawn with at most so many points."""
    return float(next((step for step in _STEPS if length / step <= points), math.ceil(length / points / _DAY) * _DAY))


def _curve(samples: Sequence[LaneSample], first: float, end: float, step: float) -> tuple[Point, ...]:
    """A point a step from ``first`` to ``end``; what was sent across a border belongs to both sides by its share."""
    count = max(1, math.ceil((end - first) / step))
    busy, accepted, others = [0.0] * count, [0.0] * count, [0.0] * count
    allowed: list[float | None] = [None] * count
    for sample in samples:
        length = max(sample.seconds, 1e-3)
        begin = max(sample.at - length, first)
        for place in range(int((begin - first) / step), min(count, math.ceil((sample.at - first) / step))):
            left, right = first + place * step, first + (place + 1) * step
            part = max(0.0, min(sample.at, right) - max(begin, left))
            busy[place] += part
            accepted[place] += sample.accepted * part / length
            others[place] += (sample.deferred + sample.rejected + sample.uncertain) * part / length
            allowed[place] = sample.allowed
    return tuple(
        Point(
            first + (place + 1) * step,
            min(step, max(end - first - place * step, 1.0)),
            min(step, busy[place]),
            accepted[place],
            others[place],
            allowed[place],
        )
        for place in range(count)
    )


def mean_latency(samples: Sequence[LaneSample]) -> dict[str, float]:
    """The mean by stage over all samples, each weighted by its attempts, in the order of the dialogue."""
    sums: dict[str, float] = {}
    weights: dict[str, float] = {}
    for sample in samples:
        weight = sample.accepted + sample.deferred + sample.rejected + sample.uncertain or 1
        for stage, seconds in sample.latency.items():
            sums[stage] = sums.get(stage, 0.0) + seconds * weight
            weights[stage] = weights.get(stage, 0.0) + weight
    means = {stage: sums[stage] / weights[stage] for stage in sums}
    order = [stage.value for stage in STAGES]
    return dict(sorted(means.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order)))


def parse_since(text: str, now: float | None = None) -> float:
    """``7d``, ``12h``, ``30m``, ``2w`` ago, or a date ``2026-11-01``, as seconds since the epoch.

    Raises:
        InputError: ``performance.since``.
    """
    moment = clock() if now is None else now
    units = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
    words = text.strip().lower()
    if words[:-1].isdecimal() and words[-1] in units and len(words) < 7:
        return moment - float(words[:-1]) * units[words[-1]].total_seconds()
    try:
        return datetime.fromisoformat(words).timestamp()
    except (ValueError, OSError, OverflowError) as error:
        raise InputError(
            "performance.since",
            _("“{text}” is no length of time.").format(text=text),
            _("Write for example 12h, 7d, 2w, or a date such as 2026-11-01."),
        ) from error
