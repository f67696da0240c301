"""How the command line tells of runs that wait for their time."""

from __future__ import annotations

from smtpdesk.base.clock import iso, now
from smtpdesk.base.i18n import _
from smtpdesk.desk.schedule_words import scheduled_words, short_moment
from smtpdesk.desk.sending import RunView


def waiting_words(view: RunView) -> str:
    """``Scheduled for tomorrow 09:00``, or when a run that has begun goes on."""
    if view.starts is not None:
        return scheduled_words(view.starts, now())
    return _("Goes on {when}").format(when=short_moment(view.goes_on or now(), now()))


def scheduled_json(view: RunView) -> dict[str, object]:
    """A run that waits, as programs read it."""
    return {
        "event": "scheduled",
        "run": view.run.id,
        "campaign": view.run.campaign,
        "folder": view.run.folder,
        "state": state_word(view),
        "starts": iso(view.starts),
        "goes_on": iso(view.goes_on),
        "recipients": view.counts.recipients,
    }


def state_word(view: RunView) -> str:
    """The state of a run, with *scheduled* for one that has sent nothing and waits for its time."""
    return "scheduled" if view.starts is not None else str(view.state)
