"""What is told of a run to somebody who looks elsewhere: how far it is, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from babel.numbers import format_decimal

from smtpdesk.base.clock import now
from smtpdesk.base.i18n import _, locale_name, ngettext
from smtpdesk.desk.schedule_words import moment_words, scheduled_words
from smtpdesk.domain.delivery import LaneState, RunState

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpdesk.desk.sending import RunView
    from smtpdesk.domain.delivery import Meaning

#: Ways a stretch of sending ends that somebody asked for.
_ASKED = {"", "limit", "deferred", "cancelled"}
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0


@dataclass(frozen=True, slots=True)
class News:
    """A message of the desktop."""

    title: str
    words: str
    bad: bool


def share_of(view: RunView) -> float:
    """How much of it is done, 0 to 1."""
    return view.counts.share


def progress_words(view: RunView) -> str:
    """``Spring sale: 412 of 2,000, 24 min left``."""
    counts = view.counts
    if view.starts is not None:
        return f"{view.run.campaign}: {scheduled_words(view.starts, now())}"
    done = _("{name}: {n} of {total}").format(
        name=view.run.campaign, n=_number(counts.finished), total=_number(counts.recipients)
    )
    rest = _rest(view)
    return _("{done}, {rest}").format(done=done, rest=rest) if rest else done


def _rest(view: RunView) -> str:
    closed = [lane.until for lane in view.lanes if lane.state == LaneState.HOURS and lane.until]
    if closed and len(closed) == sum(lane.state != LaneState.PAUSED for lane in view.lanes):
        return _("goes on {when}").format(when=moment_words(min(closed), now()))
    if view.left is None:
        return ""
    if view.left < _MINUTE:
        return _("less than a minute left")
    if view.left < 1.5 * _HOUR:
        return _("{n} min left").format(n=round(view.left / _MINUTE))
    if view.left < 1.5 * _DAY:
        return _("{n} h left").format(n=round(view.left / _HOUR))
    days = round(view.left / _DAY)
    return ngettext("{n} day left", "{n} days left", days).format(n=days)


def ending(view: RunView, knows: Callable[[str], bool], meaning: Callable[[str], Meaning]) -> News | None:
    """How a run ended that was being sent a moment ago; None for what a person asked for just now."""
    name, run = view.run.campaign, view.run
    if view.failed or view.interrupted:
        return News(name, _("Sending was cut off. Nothing is lost; it can go on."), True)
    if run.state is RunState.PAUSED and run.note not in _ASKED:
        why = meaning(run.note).title if knows(run.note) else _("Something has to be mended first.")
        return News(name, _("Sending has stopped: {why}").format(why=why), True)
    if run.state is not RunState.DONE:
        return None
    counts = view.counts
    accepted = _("{n} accepted").format(n=_number(counts.accepted))
    need = counts.rejected + counts.uncertain + counts.deferred
    if not need:
        return News(name, accepted, False)
    needy = ngettext("{n} needs you", "{n} need you", need).format(n=_number(need))
    return News(name, _("{accepted}, {needy}").format(accepted=accepted, needy=needy), False)


def _number(value: int) -> str:
    return str(format_decimal(value, format="#,##0", locale=locale_name()))
