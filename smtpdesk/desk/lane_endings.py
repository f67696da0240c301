"""The profiles of a run that do not send as they should, each in one sentence: stopped, resting, or at a limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smtpdesk.base.clock import iso
from smtpdesk.base.i18n import _
from smtpdesk.desk.schedule_words import moment_words
from smtpdesk.domain.delivery import LaneInfo, LaneState
from smtpdesk.domain.profile import Limits
from smtpdesk.smtp.replies import meaning

_HOUR, _DAY = 3600.0, 86400.0


@dataclass(frozen=True, slots=True)
class LaneEnding:
    """A lane that did not end well.

    Attributes:
        profile, state: whose lane, and its :class:`LaneState`: ``paused``, ``resting`` or ``limit``.
        cause: of ``resources/replies``; "" at a limit of the profile's own, and where a person paused it.
        sentence: what is said of it. ``title``, ``advice``: what the cause means.
        until: when it can go on by itself (seconds since the epoch); None when a person has to do something.
    """

    profile: str
    state: str
    cause: str
    sentence: str
    title: str = ""
    advice: str = ""
    until: float | None = None

    def as_dict(self) -> dict[str, object]:
        """The same for programs."""
        return {
            "event": "lane",
            "profile": self.profile,
            "state": str(self.state),
            "cause": self.cause,
            "title": self.title,
            "sentence": self.sentence,
            "advice": self.advice,
            "until": iso(self.until),
        }


def lane_ending(lane: LaneInfo, limits: Limits | None, at: float) -> LaneEnding | None:
    """What is to be said of a lane; None when all is well with it.

    Args:
        limits: those of its profile; None when there is no such profile any more.
        at: the present (seconds since the epoch).
    """
    if lane.state == LaneState.LIMIT:
        return LaneEnding(lane.profile, lane.state, "", _limit_words(lane, limits, at), until=lane.until)
    if lane.state not in {LaneState.PAUSED, LaneState.RESTING}:
        return None
    if not lane.note:
        paused = _("{profile} is paused.").format(profile=lane.profile)
        return LaneEnding(lane.profile, lane.state, "", paused) if lane.state == LaneState.PAUSED else None
    known = meaning(lane.note)
    words = _("{profile} stopped: {cause}.") if lane.state == LaneState.PAUSED else _("{profile} rests: {cause}.")
    sentence = words.format(profile=lane.profile, cause=known.title)
    return LaneEnding(lane.profile, lane.state, lane.note, sentence, known.title, known.advice, lane.until)


def lane_endings(lanes: list[LaneInfo], limits: Mapping[str, Limits], at: float) -> list[LaneEnding]:
    """:func:`lane_ending` of every lane that has one; ``limits`` by the name of the profile."""
    found = (lane_ending(lane, limits.get(lane.profile), at) for lane in lanes)
    return [one for one in found if one is not None]


def _limit_words(lane: LaneInfo, limits: Limits | None, at: float) -> str:
    used = _used_up(lane, limits, at)
    values = {"profile": lane.profile, "limit": f"{used[0]:,}" if used else ""}
    if used is None:
        said = _("{profile} has used its limit")
    elif used[1] >= _DAY:
        said = _("{profile} has used its limit of {limit} in 24 hours")
    elif used[1] >= _HOUR:
        said = _("{profile} has used its limit of {limit} in an hour")
    else:
        said = _("{profile} has used its limit of {limit} in a minute")
    words = said.format(**values)
    if lane.until is None or lane.until <= at:
        return _("{words}; it can go on now.").format(words=words)
    return _("{words}; it can go on {when}.").format(words=words, when=moment_words(lane.until, at))


def _used_up(lane: LaneInfo, limits: Limits | None, at: float) -> tuple[int, float] | None:
    """The limit that holds the lane, as (messages, seconds); None where it may be one or another."""
    windows = limits.windows if limits else ()
    if lane.left_today == 0:
        return next((one for one in windows if one[1] >= _DAY), None)
    lasts = (lane.until or at) - at
    possible = [one for one in windows if lasts <= one[1] < _DAY]
    return possible[0] if len(possible) == 1 else None
