"""What a lane says: its state, why, its figures, and what a person can do about it. Values in, sentences out."""

from __future__ import annotations

from dataclasses import dataclass

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desk.performance_words import rate_of
from smtpdesk.desktop.pages.sending import words
from smtpdesk.domain.delivery import SHARED_CONNECTIONS, Blame, LaneInfo, LaneState, Meaning

#: Deeds of a lane: try now, pause it, go on with it, show its profile, its performance, or what its note means.
WAKE, PAUSE, GO_ON, PROFILE, PERFORMANCE, MEANING = "wake", "pause", "on", "profile", "performance", "meaning"
#: A lane that keeps to less than this share of what its limits allow was asked to slow down.
_SLOWED = 0.97
#: States in which it is at work.
_AT_WORK = frozenset({LaneState.CONNECTING, LaneState.SENDING, LaneState.WAITING})


@dataclass(frozen=True, slots=True)
class LaneWords:
    """A lane, ready to be shown. ``tone`` and ``icon`` are the chip's; ``deeds`` the buttons, as (id, label)."""

    state: str
    tone: str
    icon: str
    note: str
    rate: str
    count: str
    more: str
    deeds: tuple[tuple[str, str], ...] = ()


def slowed(lane: LaneInfo) -> bool:
    """It is at work, and slower than its limits allow, since the server asked for it."""
    if lane.state not in _AT_WORK or lane.allowed is None:
        return False
    return lane.full is None or lane.allowed < lane.full * _SLOWED


def by_person(lane: LaneInfo, meaning: Meaning | None) -> bool:
    """A person paused it: nothing that a server said keeps it."""
    return lane.state == LaneState.PAUSED and meaning is None


def lane_words(lane: LaneInfo, meaning: Meaning | None, provider: str = "", host: str = "") -> LaneWords:
    """Everything that is said of a lane.

    Args:
        meaning: of the lane's note; None when it has none that a server's answer explains.
        provider: the name of the profile's provider, "" when it was made by hand.
        host: its server.
    """
    state, tone, icon = _state(lane, meaning)
    return LaneWords(
        state,
        tone,
        icon,
        _note(lane, meaning, provider, host),
        rate_of(lane.rate) if lane.rate > 0 and lane.state in _AT_WORK else "",
        _("{n} accepted").format(n=words.number(lane.accepted)),
        _more(lane),
        _deeds(lane, meaning),
    )


def _state(lane: LaneInfo, meaning: Meaning | None) -> tuple[str, str, str]:
    if slowed(lane):
        return _("Slowed down"), "warn", "gauge"
    if by_person(lane, meaning):
        return _("Paused"), "", "pause"
    states: dict[str, tuple[str, str, str]] = {
        LaneState.CONNECTING: (_("Connecting"), "ok", "loader-circle"),
        LaneState.SENDING: (_("Sending"), "ok", "arrow-right"),
        LaneState.WAITING: (_("Waiting"), "", "hourglass"),
        LaneState.RESTING: (_("Resting"), "warn", "hourglass"),
        LaneState.LIMIT: (_("Limit reached"), "warn", "hourglass"),
        LaneState.HOURS: (_("Outside of the hours"), "", "clock"),
        LaneState.PAUSED: (_("Stopped"), "bad", "circle-x"),
    }
    return states.get(lane.state, (lane.state, "", "circle-question-mark"))


def _note(lane: LaneInfo, meaning: Meaning | None, provider: str, host: str) -> str:
    until = words.moment(lane.until) if lane.until else ""
    if slowed(lane):
        return _slow_note(lane, provider)
    if lane.state == LaneState.LIMIT:
        used_up = _("Today's limit is used up") if lane.left_today == 0 else _("Its limit is used up for now")
        return _("{what}; goes on at {time}").format(what=used_up, time=until) if until else used_up
    if lane.state == LaneState.HOURS:
        return _("Goes on at {time}").format(time=until) if until else _("Not within its sending hours")
    if lane.state == LaneState.RESTING:
        why = meaning.title if meaning else _("It lets the server rest")
        return _("{what}; goes on at {time}").format(what=why, time=until) if until else why
    if lane.state == LaneState.PAUSED:
        return meaning.title if meaning else _("You paused it; the others carry on")
    if lane.note == SHARED_CONNECTIONS:
        return _("Another campaign is using this profile's connections; they take turns")
    if lane.state == LaneState.WAITING:
        return _("Nothing is due just now")
    if meaning is not None:
        return meaning.title
    return " · ".join(part for part in (words.connections(lane.connections), words.isolated(host)) if part)


def _slow_note(lane: LaneInfo, provider: str) -> str:
    who = provider or _("the server")
    now = rate_of(lane.allowed or 0.0)
    if lane.full is None:
        return _("Slowed to {rate} because {who} asked for it").format(rate=now, who=who)
    return _("Slowed to {rate} of {full} because {who} asked for it").format(rate=now, full=rate_of(lane.full), who=who)


def _more(lane: LaneInfo) -> str:
    """The rest of the figures; what is nothing is not told."""
    parts = []
    if lane.deferred:
        parts.append(_("{n} deferred").format(n=words.number(lane.deferred)))
    if lane.rejected:
        parts.append(_("{n} rejected").format(n=words.number(lane.rejected)))
    if lane.uncertain:
        parts.append(_("{n} uncertain").format(n=words.number(lane.uncertain)))
    if lane.left_today is not None:
        left = ngettext("{n} left today", "{n} left today", lane.left_today)
        parts.append(left.format(n=words.number(lane.left_today)))
    if lane.connections and (slowed(lane) or lane.state not in _AT_WORK):
        parts.append(words.connections(lane.connections))
    return " · ".join(parts)


def _deeds(lane: LaneInfo, meaning: Meaning | None) -> tuple[tuple[str, str], ...]:
    """The remedy first. A limit leaves nothing to press: only the time."""
    if lane.state == LaneState.RESTING:
        return ((WAKE, _("Try now")),)
    if lane.state != LaneState.PAUSED:
        return ()
    if meaning is None:
        return ((GO_ON, _("Go on")),)
    again = (WAKE, _("Try again"))
    return ((PROFILE, _("Open the profile")), again) if meaning.blame is Blame.PROFILE else (again,)


def menu_of(lane: LaneInfo, meaning: Meaning | None) -> tuple[tuple[str, str, str], ...]:
    """A lane's menu, as (deed, label, icon)."""
    steer = (PAUSE, _("Pause this profile"), "pause")
    if lane.state == LaneState.PAUSED:
        steer = (GO_ON, _("Go on with this profile"), "play")
    entries = [
        steer,
        (PROFILE, _("Open the profile"), "server"),
        (PERFORMANCE, _("Server performance"), "chart-spline"),
    ]
    if meaning is not None:
        entries.append((MEANING, _("What does that mean?"), "info"))
    return tuple(entries)
