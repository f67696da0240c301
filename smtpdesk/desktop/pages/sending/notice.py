"""The banner above the figures: what happened, why, and the one thing to do about it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtpdesk.base.clock import now
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desk.cut_off import GONE
from smtpdesk.desk.schedule_words import scheduled_words
from smtpdesk.desktop.pages.profiles.words import shown_name
from smtpdesk.desktop.pages.sending import words
from smtpdesk.desktop.pages.sending.meanings import Meanings
from smtpdesk.desktop.pages.sending.situation import Phase
from smtpdesk.domain.delivery import Blame, LaneState, Wanted
from smtpdesk.worker.lease import restored_hint

if TYPE_CHECKING:
    from smtpdesk.desk.sending import RunView
    from smtpdesk.desk.start_timer import TimerStatus

#: Deeds that a banner's buttons name; the page carries them out.
CONTINUE, TEST_PROFILE, SEND_REST, SHOW_PROBLEMS, SHOW_UNCERTAIN = "continue", "test", "rest", "problems", "uncertain"
WAKE, SEND_NOW, CHANGE_TIME, TAKE_OVER, USE_TIMER = "wake", "now", "change-time", "take-over", "timer"


@dataclass(frozen=True, slots=True)
class Notice:
    """Tone, words, and deeds as (id, label), the first being the primary one. ``profile`` is whom it is about."""

    tone: str
    title: str
    body: str = ""
    deeds: tuple[tuple[str, str], ...] = ()
    profile: str = ""


def notice_of(phase: Phase, view: RunView, meanings: Meanings, timer: TimerStatus | None = None) -> Notice | None:
    """The banner for a run in this phase; None while there is nothing to say.

    ``timer``: whether the system's own timer starts what is scheduled, once that is known.
    """
    if view.trouble and view.alive:
        return _ledger_trouble(view)
    makers: dict[Phase, Callable[[], Notice | None]] = {
        Phase.SCHEDULED: lambda: _scheduled(view, timer),
        Phase.MISSED: lambda: _missed(view),
        Phase.WAITING: lambda: _waiting(view),
        Phase.HELD: lambda: _held(view, meanings),
        Phase.PAUSED: lambda: _paused(view),
        Phase.TROUBLE: lambda: _trouble(view, meanings),
        Phase.INTERRUPTED: lambda: _interrupted(view, meanings),
        Phase.STOPPED: lambda: _stopped(view),
        Phase.DONE: lambda: _done(view),
        Phase.SENDING: lambda: _lane_paused(view, meanings),
    }
    maker = makers.get(phase)
    return maker() if maker else None


def _scheduled(view: RunView, timer: TimerStatus | None) -> Notice:
    """When it begins, and what has to be on for that."""
    starts = view.starts or now()
    to = ngettext("It goes to {n} person.", "It goes to {n} people.", view.counts.open)
    body = f"{to.format(n=words.number(view.counts.open))} {timer.conditions if timer else ''}".strip()
    deeds = [(SEND_NOW, _("Send now"))]
    if timer is not None and not timer.on and not timer.missing:
        deeds.append((USE_TIMER, _("Let the system start it")))
    return Notice("accent", scheduled_words(starts, now()), body, tuple(deeds))


def _waiting(view: RunView) -> Notice:
    count = view.counts.deferred
    title = ngettext("{n} person is tried again later", "{n} people are tried again later", count).format(
        n=words.number(count)
    )
    body = _("Everybody else is handled. Nothing to do; keep this computer on.")
    if view.next_due:
        body = _("Everybody else is handled. Next try at {time}; keep this computer on.").format(
            time=words.moment(view.next_due)
        )
    return Notice("accent", title, body)


def _held(view: RunView, meanings: Meanings) -> Notice:
    """The lane that goes on first speaks for all."""
    waiting = [lane for lane in view.lanes if lane.state != LaneState.PAUSED] or view.lanes
    if view.goes_on is not None or not waiting:
        return _outside_hours(view.goes_on)
    lane = min(waiting, key=lambda each: each.until or math.inf)
    goes_on = _("Sending goes on by itself. Nothing is lost; keep this computer on.")
    if lane.until:
        goes_on = _("Sending goes on by itself at {time}. Nothing is lost; keep this computer on.").format(
            time=words.moment(lane.until)
        )
    if lane.state == LaneState.HOURS:
        return _outside_hours(lane.until)
    if lane.state == LaneState.LIMIT:
        title = _("The daily limit of {profile} is used up") if lane.left_today == 0 else ""
        title = title or _("The limit of {profile} is used up for now")
        return Notice("warn", title.format(profile=shown_name(lane.profile)), goes_on)
    try_now = ((WAKE, _("Try now")),)
    if not lane.note:
        return Notice("warn", _("The server asked us to wait"), goes_on, try_now, lane.profile)
    meaning = meanings.of(lane.note)
    return Notice("warn", meaning.title, f"{meaning.explanation} {goes_on}", try_now, lane.profile)


def _outside_hours(goes_on: float | None) -> Notice:
    body = _("Sending goes on by itself. Nothing is lost; keep this computer on.")
    if goes_on is not None:
        body = _("Sending goes on by itself at {time}. Nothing is lost; keep this computer on.").format(
            time=words.moment(goes_on)
        )
    return Notice("accent", _("Outside of the hours in which it is sent"), body)


def _lane_paused(view: RunView, meanings: Meanings) -> Notice | None:
    """One of several profiles cannot send; the others carry on."""
    stopped = ((lane, meanings.known(lane.note)) for lane in view.lanes if lane.state == LaneState.PAUSED)
    out, meaning = next(((lane, meaning) for lane, meaning in stopped if meaning is not None), (None, None))
    if out is None or meaning is None:
        return None
    title = _("{profile} stopped: {reason}").format(profile=shown_name(out.profile), reason=meaning.title)
    body = _("The other profiles carry on with its people. {advice}").format(advice=meaning.advice)
    return Notice("warn", title, body, ((TEST_PROFILE, _("Test the profile")),), out.profile)


def _paused(view: RunView) -> Notice:
    """The button to go on stands at the top, where *Pause* stood."""
    count, waiting = words.people(view.counts.open), words.still_wait(view.counts.open)
    if view.run.note == "limit":
        body = _("{waiting}; go on whenever you like.").format(waiting=waiting)
        return Notice("accent", _("The number you asked for is sent"), body)
    if view.run.note == "deferred":
        body = _("To be tried again: {people}.").format(people=count)
        if view.next_due:
            time = words.moment(view.next_due)
            body = _("To be tried again: {people}, the first from {time} on.").format(people=count, time=time)
        return Notice("accent", _("Some are tried again later"), body)
    title = _("You paused this") if view.run.wanted is Wanted.PAUSE else _("Sending is paused")
    return Notice("accent", title, _("{waiting}. Nothing is lost.").format(waiting=waiting))


def _trouble(view: RunView, meanings: Meanings) -> Notice:
    profile = next((lane.profile for lane in view.lanes if lane.state == "paused"), "")
    profile = profile or (view.run.profiles[0] if view.run.profiles else "")
    go_on = (CONTINUE, _("Continue sending"))
    code = view.failed.get("code", "") if view.failed else view.run.note
    if code in _ANOTHERS:
        return _anothers(view, code)
    if view.failed:
        title, body = view.failed.get("error", ""), view.failed.get("hint", "")
        place = view.failed.get("where", "")
        return Notice("bad", f"{place}: {title}" if place else title, body, (go_on,), profile)
    if "." in view.run.note and view.run.note.split(".")[0] in _ERRORS:
        title, body = _ERRORS[view.run.note.split(".")[0]]()
        return Notice("bad", title, body, (go_on,), profile)
    meaning = meanings.of(view.run.note)
    body = f"{meaning.explanation} {meaning.advice}".strip()
    if meaning.blame is Blame.PROFILE and profile:
        title = _("{profile} stopped: {reason}").format(profile=shown_name(profile), reason=meaning.title)
        return Notice("bad", title, body, ((TEST_PROFILE, _("Test the profile")), go_on), profile)
    return Notice("bad", meaning.title, body, (go_on,), profile)


def _anothers(view: RunView, code: str) -> Notice:
    """The run is another computer's or a newer copy's: only a person can say that that one is lost."""
    title, body = _ANOTHERS[code]()
    if view.failed:
        title, body = view.failed.get("error", "") or title, view.failed.get("hint", "") or body
    return Notice("bad", title, body, ((TAKE_OVER, _("Take over…")),))


def _errors_elsewhere() -> tuple[str, str]:
    return (
        _("This run was begun on another computer or in another copy of the workspace."),
        _("Go on with it there. Only if that one is gone for good, take the run over here."),
    )


def _errors_restored() -> tuple[str, str]:
    return (
        _("This workspace is an older copy: more of this campaign was sent than it knows."),
        restored_hint(),
    )


#: Codes of runs that are another place's.
_ANOTHERS = {"run.elsewhere": _errors_elsewhere, "run.restored": _errors_restored}


def _missed(view: RunView) -> Notice:
    body = _("The computer was off or asleep at the time. {waiting}, and nobody was sent to.").format(
        waiting=words.still_wait(view.counts.open)
    )
    deeds = ((SEND_NOW, _("Send now")), (CHANGE_TIME, _("Choose another time…")))
    return Notice("warn", _("The start was missed"), body, deeds)


def _errors_workspace() -> tuple[str, str]:
    return (
        _("What was sent could not be written down"),
        _("The disk is full or another program holds the file. Make room, then continue. Nothing is lost."),
    )


def _errors_vault() -> tuple[str, str]:
    return (
        _("The password could not be read"),
        _("The system keyring is locked or did not answer. Unlock it, then continue."),
    )


def _errors_campaign() -> tuple[str, str]:
    return (
        _("The campaign could not be read"),
        _("Its frozen copy in the workspace is missing or damaged. Nothing more was sent."),
    )


def _errors_worker() -> tuple[str, str]:
    return (
        _("Something unexpected stopped the sending"),
        _("Nothing is lost. The details are in the log; see Settings, “Open the log folder”."),
    )


#: First part of an error's code, where a run was paused by an error of the program and not by a server.
_ERRORS = {
    "workspace": _errors_workspace,
    "vault": _errors_vault,
    "campaign": _errors_campaign,
    "worker": _errors_worker,
}


def _ledger_trouble(view: RunView) -> Notice:
    titles = {
        "workspace.full": lambda: _("The disk is full"),
        "workspace.locked": lambda: _("Another program holds the workspace"),
        "workspace.read-only": lambda: _("The disk with the workspace became read-only"),
    }
    title = titles.get(view.trouble, lambda: _("The disk with the workspace does not answer"))()
    body = _("Nothing more is sent until it can be written down. Sending resumes by itself.")
    tone = "warn" if view.trouble == "workspace.locked" else "bad"
    return Notice(tone, title, f"{view.trouble_hint} {body}".strip())


def _interrupted(view: RunView, meanings: Meanings) -> Notice:
    seen = view.run.seen_at or view.run.started_at or view.run.created_at
    title = _("This was cut off at {time}").format(time=words.moment(seen))
    waiting = words.still_wait(view.counts.open)
    body = _("Nothing is lost, and nobody gets it twice. {waiting}.").format(waiting=waiting)
    if view.cut_off and view.cut_off != GONE:
        left = _("{waiting}, and nobody gets it twice.").format(waiting=waiting)
        body = f"{meanings.of(view.cut_off).explanation} {left}"
    return Notice("bad", title, body, ((CONTINUE, _("Continue sending")),))


def _stopped(view: RunView) -> Notice:
    count = view.counts.cancelled
    title = _("You stopped this")
    if not count:
        return Notice("accent", title, _("Everybody had been handled by then."))
    body = ngettext("{n} person was not sent to.", "{n} people were not sent to.", count).format(n=words.number(count))
    return Notice("accent", title, body, ((SEND_REST, _("Send to them after all")),))


def _done(view: RunView) -> Notice:
    counts = view.counts
    bad = counts.rejected + counts.uncertain
    if not bad:
        left_out = ""
        if counts.skipped:
            left_out = ngettext(
                "{n} person was left out on purpose.", "{n} people were left out on purpose.", counts.skipped
            ).format(n=words.number(counts.skipped))
        title = ngettext("Accepted for {n} person", "Accepted for all {n} people", counts.accepted)
        return Notice("ok", title.format(n=words.number(counts.accepted)), left_out)
    title = ngettext("{n} needs a look", "{n} need a look", bad).format(n=words.number(bad))
    parts = []
    if counts.rejected:
        said = ngettext("{n} was rejected.", "{n} were rejected.", counts.rejected)
        parts.append(said.format(n=words.number(counts.rejected)))
    if counts.uncertain:
        said = ngettext(
            "{n} may have it or not; only you can tell.", "{n} may have it or not; only you can tell.", counts.uncertain
        )
        parts.append(said.format(n=words.number(counts.uncertain)))
    parts.append(_("Nothing is sent again unless you say so."))
    tone = "accent" if counts.rejected else "unsure"  # a campaign that is done is no fault
    return Notice(tone, title, " ".join(parts), ((SHOW_PROBLEMS, _("Show them")),))
