"""The panels of the page: the curve, delays, limits, what went wrong, and what happened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from PySide6.QtWidgets import QWidget

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desk.performance import LimitUse, ServerPerformance
from smtpdesk.desk.performance_words import (
    delay,
    event_words,
    limit_words,
    moment,
    number,
    rate_of,
)
from smtpdesk.desktop.components import (
    Card,
    Chip,
    Elide,
    Glyph,
    StackedBar,
    TimeChart,
    box,
    clear,
    hbox,
    rule,
    text,
    vbox,
)
from smtpdesk.desktop.components.plain import set_tip
from smtpdesk.desktop.pages.sending.meanings import Meanings
from smtpdesk.desktop.theme import look
from smtpdesk.domain.delivery import CauseGroup, LaneChange, LaneEvent, OutcomeKind
from smtpdesk.smtp.step_words import step_name, step_title

_TONES = {OutcomeKind.DEFERRED: "warn", OutcomeKind.REJECTED: "bad", OutcomeKind.UNCERTAIN: "unsure"}
#: Of each list that is shown: the first ones.
_SHOWN = 60
_CHANGES = {
    LaneChange.SLOWER: ("gauge", "warn"),
    LaneChange.FASTER: ("trending-up", "ok"),
    LaneChange.RESTING: ("hourglass", "warn"),
    LaneChange.LIMIT: ("hourglass", "warn"),
    LaneChange.FAILED: ("circle-x", "bad"),
    LaneChange.BACK: ("check", "ok"),
}
_DAY = 86_400.0


class CurvePanel(QWidget):
    """Messages over time."""

    def __init__(self) -> None:
        super().__init__()
        self._title = text(_("Messages over time"), "section")
        self._step = text("", "caption", "3")
        self.chart = TimeChart(name=_("Messages over time"))
        head = hbox(self._title, None, self._step)
        self.setLayout(vbox(Card(vbox(head, self.chart, gap=8, margins=(16, 12, 12, 8)))))

    def set(self, found: ServerPerformance) -> None:
        """The curve of a stretch of time; marks where the server asked for slowness, or failed."""
        values = [point.rate for point in found.curve]
        peak = max(values, default=0.0)
        first = found.curve[0].at - found.step if found.curve else found.since
        length = max(found.step * len(found.curve), 1.0)
        self.chart.set_series(
            values,
            _ticks(first, length),
            (peak, rate_of(peak)) if peak else (1.0, ""),
            [
                (min(max((event.at - first) / length, 0.0), 1.0), _CHANGES[event.change][1])
                for event in found.events
                if event.change in {LaneChange.SLOWER, LaneChange.RESTING, LaneChange.FAILED}
            ],
            [_point_words(found, place) for place in range(len(found.curve))],
        )
        self._step.set_text(_("one point is {time}").format(time=_length(found.step)))
        self.chart.setAccessibleDescription(
            _("{n} accepted, at most {rate}").format(n=number(found.accepted), rate=rate_of(peak))
        )


def _point_words(found: ServerPerformance, place: int) -> str:
    point = found.curve[place]
    words = [
        f"{moment(point.at - found.step, found.until)} – {moment(point.at, found.until)}",
        _("{n} accepted").format(n=number(point.accepted)),
    ]
    if round(point.others):
        words.append(_("{n} not accepted").format(n=number(point.others)))
    if point.allowed is not None:
        words.append(_("allowed: {rate}").format(rate=rate_of(point.allowed)))
    return "\n".join(words)


def _ticks(first: float, length: float) -> list[tuple[float, str]]:
    """Times at the foot of the curve: five; with their day where it spans days, with seconds where it is short."""

    def words(at: float) -> str:
        if length > 2 * _DAY:
            return moment(at, 0.0) if length < 8.5 * _DAY else moment(at, 0.0).rsplit(" ", 1)[0]
        return datetime.fromtimestamp(at).strftime("%H:%M:%S" if length <= 300 else "%H:%M")

    return [(place, words(first + place * length)) for place in (0.0, 0.25, 0.5, 0.75, 1.0)]


def _length(seconds: float) -> str:
    if seconds < 60:
        return ngettext("{n} second", "{n} seconds", round(seconds)).format(n=round(seconds))
    if seconds < 3600:
        return ngettext("{n} minute", "{n} minutes", round(seconds / 60)).format(n=round(seconds / 60))
    return ngettext("{n} hour", "{n} hours", round(seconds / 3600)).format(n=round(seconds / 3600))


class _Panel(QWidget):
    """A card with a title and lines below it, made anew only when they change."""

    def __init__(self, title: str, empty: str) -> None:
        super().__init__()
        self._empty = empty
        self._lines = vbox(gap=0)
        body = vbox(text(title, "section"), 6, self._lines, None, gap=2, margins=(16, 12, 16, 12))
        self.setLayout(vbox(Card(body)))
        self._shown: object = None

    def _renew(self, state: object) -> bool:
        if state == self._shown:
            return False
        self._shown = state
        clear(self._lines)
        return True

    def _fill(self, lines: Iterable[QWidget]) -> None:
        made = list(lines)
        if not made:
            self._lines.addWidget(text(self._empty, "body", "3", wrap=True))
        for place, line in enumerate(made):
            if place:
                self._lines.addWidget(rule())
            self._lines.addWidget(line)


class DelayPanel(_Panel):
    """How long the server took at each stage."""

    def __init__(self) -> None:
        super().__init__(_("Answer times"), _("Nothing was measured in this time."))

    def set(self, latency: Sequence[tuple[str, float]]) -> None:
        """Mean seconds by stage, in the order of the dialogue."""
        state = tuple((stage, delay(seconds)) for stage, seconds in latency)
        if not self._renew(state):
            return
        longest = max((seconds for _stage, seconds in latency), default=1.0) or 1.0
        self._fill(_delay_line(stage, seconds, seconds / longest) for stage, seconds in latency)


def _delay_line(stage: str, seconds: float, share: float) -> QWidget:
    name = text(step_name(stage), "body", "2")
    set_tip(name, step_title(stage))
    name.setFixedWidth(128)
    bar = StackedBar([(max(share, 0.01), "accent")], 6, _("{stage}: {time}").format(
        stage=step_title(stage), time=delay(seconds)
    ))  # fmt: skip
    figure = text(delay(seconds), "strong")
    figure.setMinimumWidth(60)
    return box(hbox(name, (bar, 1), figure, gap=12, margins=(0, 5, 0, 5)))


class LimitPanel(_Panel):
    """The limits that are counted by time, and what is left of them."""

    def __init__(self) -> None:
        super().__init__(_("Limits"), _("No limit by the minute, the hour or the day is set in this profile."))

    def set(self, limits: Sequence[LimitUse], full: float | None) -> None:
        """Limits with what is used of them; ``full`` is the limit of the rate."""
        if not self._renew((tuple(limits), full)):
            return
        lines = [_limit_line(use) for use in limits]
        if full is not None:
            line = hbox(text(_("At most {rate}").format(rate=rate_of(full)), "body", "2"), None, margins=(0, 6, 0, 6))
            lines.append(box(line))
        self._fill(lines)


def _limit_line(use: LimitUse) -> QWidget:
    what, stands = limit_words(use)
    share = min(1.0, use.used / max(use.most, 1))
    tone = "badFill" if not use.left else "warnFill" if share > 0.9 else "accent"
    bar = StackedBar([(share, tone)], 6, f"{what}: {stands}")
    head = hbox(text(what, "body", "2"), None, text(stands, "strong"), gap=10)
    return box(vbox(head, bar, gap=6, margins=(0, 6, 0, 8)))


class CausePanel(_Panel):
    """What the server refused or put off, by cause."""

    def __init__(self, meanings: Meanings) -> None:
        super().__init__(_("What went wrong"), _("Nothing: every attempt was accepted."))
        self._meanings = meanings

    def set(self, causes: Sequence[CauseGroup], until: float) -> None:
        """Groups of attempts, the largest first."""
        if self._renew(tuple(causes)):
            self._fill(self._line(group, until) for group in causes[:_SHOWN])

    def _line(self, group: CauseGroup, until: float) -> QWidget:
        tone = _TONES.get(group.kind, "")
        meaning = self._meanings.of(group.cause)
        title = Elide(meaning.title, "body")
        title.setAccessibleDescription(meaning.advice)
        count = ngettext("{n} attempt", "{n} attempts", group.people).format(n=number(group.people))
        head = hbox(
            Glyph.status(tone), (title, 1), Chip(count, tone), text(moment(group.last_at, until), "caption", "3"), gap=8
        )
        said = Elide(group.example.said.replace("\n", " "), "caption", "3")
        said.setFont(look.mono())
        said.setProperty("mono", "true")
        said.setVisible(bool(group.example.said))
        return box(vbox(head, hbox(23, (said, 1), gap=0), gap=1, margins=(0, 6, 0, 6)))


class EventPanel(_Panel):
    """When and why it slowed down, rested, stopped and came back."""

    def __init__(self, meanings: Meanings) -> None:
        super().__init__(_("What happened"), _("It never had to slow down in this time."))
        self._meanings = meanings

    def set(self, events: Sequence[LaneEvent], until: float) -> None:
        """Events, the newest first."""
        if self._renew(tuple(events)):
            self._fill(self._line(event, until) for event in events[:_SHOWN])

    def _line(self, event: LaneEvent, until: float) -> QWidget:
        known = self._meanings.known(event.cause)
        words = event_words(event, known.title if known else "", until)
        icon, tone = _CHANGES[event.change]
        time = text(moment(event.at, until), "caption", "3")
        time.setMinimumWidth(40)
        head = hbox(Glyph(icon, tone, 15), (Elide(words, "body"), 1), time, gap=8)
        said = Elide(event.said.replace("\n", " "), "caption", "3")
        said.setFont(look.mono())
        said.setProperty("mono", "true")
        said.setVisible(bool(event.said))
        return box(vbox(head, hbox(23, (said, 1), gap=0), gap=1, margins=(0, 6, 0, 6)))
