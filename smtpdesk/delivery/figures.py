"""What a lane has done: counts, the rate of the last seconds, how long the server takes to answer."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Mapping

from smtpdesk.delivery.instant import Instant
from smtpdesk.domain.delivery import LaneInfo, LaneSample, OutcomeKind, Stage

#: Seconds over which the rate is taken.
WINDOW = 10.0
_SLOT = 0.25
#: Seconds that one sample of the history covers, and how many of them the latencies on show are taken over.
SAMPLE, SHOWN = 10.0, 6


class Figures:
    """Counts events in slots of a quarter second, so that its memory does not grow with the rate.

    Args:
        moment: now, as everywhere in here by the monotonic clock.
        before: the lane as a former worker of the run left it; its counts go on.
    """

    def __init__(self, moment: float, before: LaneInfo | None = None) -> None:
        self._total: Counter[OutcomeKind] = Counter()
        if before is not None:
            self._total.update({kind: getattr(before, kind.value) for kind in OutcomeKind})
        self._slots: deque[list[float]] = deque()
        self._began = moment
        self._sampled = self._began
        self._recent: Counter[OutcomeKind] = Counter()
        self._sums: defaultdict[Stage, float] = defaultdict(float)
        self._counts: defaultdict[Stage, int] = defaultdict(int)
        self._past: deque[tuple[Mapping[Stage, float], Mapping[Stage, int]]] = deque(maxlen=SHOWN - 1)

    def __getitem__(self, kind: OutcomeKind) -> int:
        return self._total[kind]

    def outcome(self, kind: OutcomeKind, moment: float) -> None:
        """One more attempt ended like this."""
        self._total[kind] += 1
        self._recent[kind] += 1
        if kind is OutcomeKind.ACCEPTED:
            slot = moment // _SLOT * _SLOT
            if self._slots and self._slots[-1][0] == slot:
                self._slots[-1][1] += 1
            else:
                self._slots.append([slot, 1])

    def stage(self, stage: Stage, seconds: float) -> None:
        """The server answered a command after so long."""
        self._sums[stage] += seconds
        self._counts[stage] += 1

    def rate(self, moment: float) -> float:
        """Messages a second over the last :data:`WINDOW` seconds (or since the start, when that is shorter)."""
        while self._slots and self._slots[0][0] < moment - WINDOW:
            self._slots.popleft()
        span = min(WINDOW, max(moment - self._began, 0.25))
        return sum(slot[1] for slot in self._slots) / span

    def pace(self, moment: float) -> float:
        """Messages a second over those of the last :data:`WINDOW` seconds in which any were accepted."""
        self.rate(moment)  # forgets what is older
        return sum(slot[1] for slot in self._slots) / max(1.0, len(self._slots) * _SLOT)

    def latency(self) -> dict[str, float]:
        """Mean seconds to an answer by stage, over the last minute."""
        sums, counts = dict(self._sums), dict(self._counts)
        for past_sums, past_counts in self._past:
            for stage, seconds in past_sums.items():
                sums[stage] = sums.get(stage, 0.0) + seconds
                counts[stage] = counts.get(stage, 0) + past_counts[stage]
        return {stage.value: sums[stage] / counts[stage] for stage in sums}

    def sample(self, lane: LaneInfo, run: str, instant: Instant, *, last: bool = False) -> LaneSample | None:
        """What happened since the last sample, if that is long ago (or this is the ``last``) and anything did."""
        moment, at = instant
        seconds = moment - self._sampled
        if seconds < SAMPLE and not last:
            return None
        self._sampled = moment
        recent, self._recent = self._recent, Counter()
        sums, self._sums = self._sums, defaultdict(float)
        counts, self._counts = self._counts, defaultdict(int)
        self._past.append((sums, counts))
        if not recent and not counts:
            return None
        return LaneSample(
            run=run,
            profile=lane.profile,
            at=at,
            seconds=seconds,
            connections=lane.connections,
            accepted=recent[OutcomeKind.ACCEPTED],
            deferred=recent[OutcomeKind.DEFERRED],
            rejected=recent[OutcomeKind.REJECTED],
            uncertain=recent[OutcomeKind.UNCERTAIN],
            allowed=lane.allowed,
            note=lane.note,
            latency={stage.value: sums[stage] / counts[stage] for stage in sums},
        )
