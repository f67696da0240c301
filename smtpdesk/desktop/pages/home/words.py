"""How campaigns and their runs are told in one line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from smtpdesk.base.clock import now
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desk.campaigns import CampaignCard
from smtpdesk.desk.runs import RunView
from smtpdesk.desk.schedule_words import MISSED, scheduled_words, short_moment
from smtpdesk.domain.delivery import Counts, RunInfo, RunState


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a campaign stands: status for the icon, chip (words, tone, icon), one line of figures, what to do."""

    status: str
    chip: tuple[str, str, str | None]
    figures: str
    deed: str


def day_words(stamp: float) -> str:
    """``14:31`` today, else the date."""
    moment = datetime.fromtimestamp(stamp)
    return moment.strftime("%H:%M") if moment.date() == date.today() else moment.date().isoformat()


def figures(counts: Counts | None) -> str:
    """``1,486 accepted · 11 rejected · 2 uncertain · 37 waiting``; parts that are nothing are left out."""
    if counts is None:
        return ""
    waiting = counts.open
    parts = [
        (counts.accepted, _("{n} accepted")),
        (counts.rejected, _("{n} rejected")),
        (counts.uncertain, _("{n} uncertain")),
        (waiting, _("{n} waiting")),
        (counts.skipped, _("{n} skipped")),
        (counts.cancelled, _("{n} cancelled")),
    ]
    return " · ".join(words.format(n=f"{n:,}") for n, words in parts if n)


def shares(counts: Counts | None) -> list[tuple[float, str]]:
    """The parts of the stacked bar."""
    if counts is None or not counts.recipients:
        return []
    parts = ((counts.accepted, "okFill"), (counts.deferred, "warnFill"), (counts.rejected, "badFill"))
    bar = [(n / counts.recipients, token) for n, token in (*parts, (counts.uncertain, "unsureFill"))]
    return [*bar, (counts.cancelled / counts.recipients, "lineField")]


def standing(card: CampaignCard, alive: bool, cut_off: bool, view: RunView | None = None) -> Standing:
    """What to show for a campaign; ``alive`` when a worker sends it now, ``cut_off`` when its worker is gone.

    ``view``: its run, while that is being sent or waits for its time.
    """
    if card.problem:
        return Standing("bad", (_("Cannot be read"), "bad", "circle-x"), card.problem, _("Open"))
    run, counts = card.run, card.counts
    if run is None or counts is None:
        return Standing("wait", (_("Draft"), "", "pencil"), card.subject or _("No subject yet"), _("Open"))
    line = figures(counts)
    waiting = _waiting(run, view, line)
    if waiting is not None:
        return waiting
    if alive:
        return Standing("run", (_("Sending"), "ok", "arrow-right"), line, _("Watch"))
    if cut_off:
        return Standing("warn", (_("Cut off"), "warn", "triangle-alert"), line, _("Go on"))
    if run.state in (RunState.PAUSED, RunState.PLANNED):
        return Standing("warn", (_("Paused"), "warn", "pause"), line, _("Go on"))
    if run.state is RunState.STOPPED:
        return Standing("wait", (_("Stopped"), "", "square"), line, _("Result"))
    if card.since is not None and card.reached > counts.accepted:  # the newest run is not the one that reached them
        had = _("{n} sent since {when}").format(n=f"{card.reached:,}", when=day_words(card.since))
        line = f"{had} · {line}"
    return _finished(counts, line)


def _waiting(run: RunInfo, view: RunView | None, line: str) -> Standing | None:
    """A run that waits for its start or its hours, or missed its start."""
    if view is not None and view.starts is not None:
        return Standing("wait", (scheduled_words(view.starts, now()), "", "clock"), line, _("Look"))
    if view is not None and view.goes_on is not None:
        goes_on = _("Goes on {when}").format(when=short_moment(view.goes_on, now()))
        return Standing("wait", (goes_on, "", "clock"), line, _("Look"))
    if run.state is RunState.PAUSED and run.note == MISSED:
        return Standing("warn", (_("Start missed"), "warn", "clock-alert"), line, _("Decide"))
    return None


def _finished(counts: Counts, line: str) -> Standing:
    if counts.uncertain:
        chip = ngettext("{n} to decide", "{n} to decide", counts.uncertain).format(n=f"{counts.uncertain:,}")
        return Standing("unsure", (chip, "unsure", "circle-question-mark"), line, _("Result"))
    if counts.rejected:
        return Standing("warn", (_("Sent, not to all"), "warn", "check"), line, _("Result"))
    return Standing("ok", (_("Sent"), "ok", "check"), line, _("Result"))
