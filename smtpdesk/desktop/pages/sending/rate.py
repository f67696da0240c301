"""How fast it goes: the figure, and the curve of the last minutes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from smtpdesk.base.clock import now
from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Sparkline, box, hbox, text, vbox
from smtpdesk.desktop.pages.sending import words

if TYPE_CHECKING:
    from smtpdesk.desk.sending import RunView

#: Seconds between two samples, and how many are kept: 20 minutes.
STEP, KEPT = 2.0, 600
#: Points of a drawn curve.
_POINTS = 40


class RateHistory:
    """Samples of a rate at even steps. Memory is bounded; ``curve`` averages them to what can be drawn."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._samples: deque[float] = deque(maxlen=KEPT)
        self._next = 0.0

    def add(self, rate: float) -> bool:
        """Take a sample when it is time for one; True when it was taken."""
        moment = self._clock()
        if self._next and moment < self._next:
            return False
        gap = round((moment - self._next) / STEP) if self._next else 0
        self._samples.extend([self._samples[-1]] * min(gap, KEPT) if gap > 0 else [])  # nothing was told for a while
        self._samples.append(rate)
        self._next = moment + STEP
        return True

    def remember(self, rates: Sequence[float]) -> None:
        """Put the rates of the time before, a step each and the oldest first, before what was taken since."""
        self._samples = deque([*rates, *self._samples], maxlen=KEPT)

    def curve(self, points: int = _POINTS) -> list[float]:
        """At most ``points`` values, oldest first."""
        samples = list(self._samples)
        if len(samples) <= points:
            return samples
        size = -(-len(samples) // points)
        first = len(samples) % size
        groups = [samples[:first]] if first else []
        groups += [samples[start : start + size] for start in range(first, len(samples), size)]
        return [sum(group) / len(group) for group in groups]

    def seconds(self) -> float:
        """How long a time the samples cover."""
        return len(self._samples) * STEP

    def place(self, seconds_ago: float) -> float:
        """Where on the curve a moment stands, 0 (oldest) to 1 (now); below 0 when it is forgotten."""
        covered = max(self.seconds(), STEP)
        return 1.0 - seconds_ago / covered


class RatePanel(QWidget):
    """The rate over all profiles; remembers when it was slowed down last."""

    def __init__(self) -> None:
        super().__init__()
        self._figure = text("0", "stat")
        self._unit = text("", "caption", "3")
        self._span = text("", "caption", "3")
        self._curve = Sparkline(height=64, name=_("Rate over the last minutes"))
        row = hbox(self._figure, box(vbox(None, self._unit, 3)), None, gap=6)
        self.setLayout(vbox(hbox(text(_("Rate"), "body", "2"), None, self._span), row, (self._curve, 1), gap=2))
        self.setFixedWidth(216)
        self.history = RateHistory()
        self._slow_since: float | None = None
        self._was_slow = False

    def reset(self) -> None:
        """Another run."""
        self.history = RateHistory()
        self._slow_since, self._was_slow = None, False
        self._curve.set_values(())

    def sample(self, view: RunView) -> bool:
        """Remember the rate, whether or not the panel is on show; True when the curve has a new point."""
        slow = any(lane.state == "resting" for lane in view.lanes)
        if slow and not self._was_slow:
            self._slow_since = now()
        self._was_slow = slow
        return self.history.add(view.rate)

    def set(self, view: RunView, redraw: bool) -> None:
        """Show the present rate, and the curve when it has grown."""
        figure, unit = words.rate(view.rate)
        self._figure.set_text(figure)
        self._unit.set_text(unit)
        if not redraw:
            return
        self._span.set_text(_span(self.history.seconds()))
        values = self.history.curve()
        self._curve.set_values(values, self._note(len(values)))
        self._curve.setAccessibleDescription(f"{figure} {unit}")

    def _note(self, points: int) -> tuple[int, str] | None:
        if self._slow_since is None or points < 3:
            return None
        place = self.history.place(now() - self._slow_since)
        if place < 0:
            return None
        return round(place * (points - 1)), _("slowed at {time}").format(time=words.minute(self._slow_since))


def _span(seconds: float) -> str:
    if seconds < 60:
        return ""
    minutes = int(seconds // 60)
    return _("last {n} min").format(n=minutes)


def lane_curves(histories: dict[str, RateHistory], rates: Sequence[tuple[str, float]]) -> bool:
    """Take a sample for each profile; True when any curve has a new point."""
    grown = [histories.setdefault(profile, RateHistory()).add(rate) for profile, rate in rates]
    return any(grown)
