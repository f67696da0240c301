"""The card at the foot of the rail: fed while a run is being sent, also when another page is on show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpdesk.base.clock import now
from smtpdesk.base.i18n import _
from smtpdesk.desk.schedule_words import scheduled_words
from smtpdesk.desktop.pages.sending import words
from smtpdesk.desktop.pages.sending.situation import LIVE, Phase
from smtpdesk.desktop.shell.context import Sending

if TYPE_CHECKING:
    from smtpdesk.desk.sending import RunView


def card_of(view: RunView, phase: Phase) -> Sending | None:
    """What the card says of a run; None takes it away."""
    counts = view.counts
    if phase is Phase.SCHEDULED and view.starts is not None:
        return Sending(view.run.campaign, 0.0, scheduled_words(view.starts, now()), view.run.id, "accent")
    share = counts.share
    if phase in LIVE:
        color = "warnFill" if phase in (Phase.HELD, Phase.PAUSING, Phase.STOPPING) else "accent"
        return Sending(view.run.campaign, share, _live_words(view, phase), view.run.id, color)
    waits = {
        Phase.PAUSED: (_("Paused"), "warnFill"),
        Phase.MISSED: (_("Start missed"), "warnFill"),
        Phase.TROUBLE: (_("Needs you"), "badFill"),
        Phase.INTERRUPTED: (_("Cut off"), "badFill"),
    }
    if phase in waits:
        left, color = waits[phase]
        return Sending(view.run.campaign, share, left, view.run.id, color)
    return None


def _live_words(view: RunView, phase: Phase) -> str:
    if phase is Phase.SENDING and view.left is not None:
        if view.left < 60:
            return _("less than a minute left")
        return _("{time} left").format(time=words.duration(view.left))
    if phase is Phase.WAITING and view.next_due:
        return _("next try at {time}").format(time=words.moment(view.next_due))
    said = {
        Phase.STARTING: _("starting…"),
        Phase.SENDING: _("sending"),
        Phase.WAITING: _("waiting to try again"),
        Phase.HELD: _("held up, goes on by itself"),
        Phase.PAUSING: _("pausing…"),
        Phase.STOPPING: _("stopping…"),
    }
    return said[phase]
