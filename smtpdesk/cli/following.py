"""Follows a run in the terminal: progress and problems while it goes, the summary when it ends."""

from __future__ import annotations

import time
from collections.abc import Coroutine
from dataclasses import asdict
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from smtpdesk.base.clock import iso, local_time, now
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.cli.console import foreign
from smtpdesk.cli.running import INTERRUPTED, interruptible, notes, say_json
from smtpdesk.cli.scheduled import state_word, waiting_words
from smtpdesk.desk import Desk
from smtpdesk.desk.lane_endings import LaneEnding
from smtpdesk.desk.runs import UncertainRun
from smtpdesk.desk.schedule_words import MISSED, scheduled_words
from smtpdesk.desk.sending import RunView
from smtpdesk.domain.delivery import LaneState, LogRow, OutcomeKind, Reply, RunState

#: Problems shown one by one; after so many only the summary lists them.
SHOWN = 200
#: Ways a stretch of sending ends without trouble of the relay.
_ORDERLY = {"", "limit", "deferred", "cancelled"}
#: Ways it ends without trouble, and without a message that was sent.
_QUIET = {*_ORDERLY, MISSED}
#: Ways it ends by a limit that is set in the profile.
_OWN_LIMITS = {"profile.limit", "profile.own-limit"}
_PROBLEMS = [OutcomeKind.DEFERRED, OutcomeKind.REJECTED, OutcomeKind.UNCERTAIN]


class Follower:
    """Shows one run until its worker ends.

    ``reported``: whether the run can be looked at afterwards, with ``smtpdesk report``.
    """

    def __init__(self, desk: Desk, run_id: str, *, as_json: bool, reported: bool = True) -> None:
        self._desk = desk
        self._run = run_id
        self._json = as_json
        self._reported = reported
        self._seen = 0
        self._shown = 0
        self._view: RunView | None = None
        self._trouble = ""

    async def follow(self, before: Coroutine[Any, Any, None] | None = None) -> int:
        """Show the run to its end; returns the exit status. Ctrl+C pauses it in order.

        Args:
            before: what is said first; Ctrl+C pauses the run from here on, too, as it is being sent already.
        """
        began = time.monotonic()
        bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}", markup=False),
            TimeRemainingColumn(),
            console=notes,
            disable=self._json or not notes.is_interactive,  # elsewhere it leaves an empty line
            transient=True,
        )
        interrupted = await interruptible(self._show(bar, before), self._pause, self._waits)
        await self._news()
        view = await self._desk.sending.view(self._run)
        earlier = await self._desk.reports.uncertain_before(view)
        self._finish(view, await self._desk.reports.lanes(self._run), time.monotonic() - began, earlier)
        if interrupted and view.counts.open:
            return INTERRUPTED
        return exit_status(view) or int(earlier is not None)

    async def _show(self, bar: Progress, before: Coroutine[Any, Any, None] | None) -> None:
        if before is not None:
            await before
        rows = await self._desk.reports.log(self._run, 0, 1)
        self._seen = await self._last_id() if rows else 0
        with bar:
            await self._watch(bar, bar.add_task(_("Sending"), total=None, rate=""))

    async def _last_id(self) -> int:
        last = 0
        while rows := await self._desk.reports.log(self._run, last, 5000):
            last = rows[-1].id
        return last

    def _waits(self) -> bool:
        """True while the run waits for its time: the end of this program is then no reason to pause it."""
        return self._view is not None and self._view.waits_until is not None

    async def _pause(self) -> None:
        notes.print(_("Pausing: what is under way is finished first…"))
        await self._desk.sending.pause(self._run)

    async def _watch(self, bar: Progress, task: TaskID) -> None:
        told = 0.0
        async for view in self._desk.sending.watch(self._run):
            self._view = view
            self._say_trouble(view)
            counts = view.counts
            rate = f"{view.rate:,.0f}/s" if view.rate >= 1 else ""
            bar.update(task, completed=counts.finished, total=counts.recipients, rate=rate, description=_doing(view))
            if self._json and time.monotonic() - told >= 0.5:
                told = time.monotonic()
                say_json({"event": "progress", "run": self._run, **_figures(view)})
            await self._news()

    def _say_trouble(self, view: RunView) -> None:
        """That the ledger cannot be written just now, and that it can again."""
        if view.trouble == self._trouble:
            return
        self._trouble = view.trouble
        if self._json:
            words = {"error": view.trouble_error, "hint": view.trouble_hint}
            say_json({"event": "trouble", "run": self._run, "code": view.trouble, **words})
        elif view.trouble:
            notes.print(f"{local_time(now())} [yellow]![/] {foreign(view.trouble_error)} {foreign(view.trouble_hint)}")
            notes.print("  " + _("Nothing more is sent until it can be written down. Sending resumes by itself."))
        else:
            notes.print(f"{local_time(now())} [green]✓[/] " + _("It can be written down again; sending goes on."))

    async def _news(self) -> None:
        """Problems that came since the last look."""
        while rows := await self._desk.reports.log(self._run, self._seen, 500, kinds=_PROBLEMS):
            for row in rows:
                self._problem(row)
            self._seen = rows[-1].id

    def _problem(self, row: LogRow) -> None:
        known = self._desk.reports.meaning(row.cause)
        if self._json:
            say_json(
                {
                    "event": "attempt",
                    "run": self._run,
                    "time": iso(row.at),
                    "recipient": row.address,
                    "line": row.line,
                    "profile": row.profile,
                    "stage": row.stage,
                    "outcome": row.kind,
                    "blame": row.blame,
                    "code": row.code,
                    "enhanced": row.enhanced,
                    "text": row.text,
                    "cause": row.cause,
                    "title": known.title,
                    "explanation": known.explanation,
                    "advice": known.advice,
                }
            )
            return
        self._shown += 1
        if self._shown > SHOWN:
            return
        mark = {"deferred": "[yellow]…[/]", "rejected": "[red]✗[/]", "uncertain": "[magenta]?[/]"}[row.kind]
        words = " ".join(Reply(row.code, row.text, row.enhanced).said.splitlines())
        notes.print(f"{local_time(row.at)} {mark} {foreign(row.address)} [dim]{row.stage}[/]: {foreign(known.title)}")
        notes.print(f"         [dim]{foreign(words)}[/]")
        if self._shown == SHOWN:
            notes.print(_("Further problems are in the report."))

    def _finish(self, view: RunView, lanes: list[LaneEnding], seconds: float, earlier: UncertainRun | None) -> None:
        if self._json:
            for lane in lanes:
                say_json({**lane.as_dict(), "run": self._run})
            before = {"run": earlier.run, "uncertain": earlier.count} if earlier else None
            say_json({**_done(view, seconds), **why(self._desk, view), "uncertain_before": before})
            return
        summary(self._desk, view, lanes, pointer=self._reported)
        if earlier is not None:
            said = ngettext(
                "{n} person may have it or not: that is uncertain since an earlier run.",
                "{n} people may have it or not: that is uncertain since an earlier run.",
                earlier.count,
            ).format(n=earlier.count)
            way = _("Send it to them again: smtpdesk retry {run} --only uncertain").format(run=earlier.run)
            notes.print(f"  [magenta]?[/] {foreign(said)} {foreign(way)}")


def _doing(view: RunView) -> str:
    if view.waits_until is not None:
        return waiting_words(view)
    if view.counts.finished == 0 and view.rate == 0:
        return _("Connecting")
    if view.next_due is not None and view.counts.open == view.counts.deferred:
        return _("Waiting until {time}").format(time=local_time(view.next_due))
    return _("Sending")


def _figures(view: RunView) -> dict[str, Any]:
    counts = view.counts
    return {
        "total": counts.total,
        "accepted": counts.accepted,
        "rejected": counts.rejected,
        "deferred": counts.deferred,
        "uncertain": counts.uncertain,
        "skipped": counts.skipped,
        "pending": counts.pending + counts.sending,
        "rate": round(view.rate, 2),
        "state": state_word(view),
        "starts": iso(view.starts),
        "lanes": [asdict(lane) for lane in view.lanes],
    }


def _done(view: RunView, seconds: float) -> dict[str, Any]:
    counts = view.counts
    return {
        "event": "done",
        "run": view.run.id,
        "total": counts.total,
        "accepted": counts.accepted,
        "rejected": counts.rejected,
        "deferred": counts.deferred,
        "uncertain": counts.uncertain,
        "skipped": counts.skipped,
        "pending": counts.pending + counts.sending,
        "cancelled": counts.cancelled,
        "state": state_word(view),
        "note": view.reason if view.state == "interrupted" else view.run.note,
        "seconds": round(seconds, 3),
    }


def why(desk: Desk, view: RunView) -> dict[str, str]:
    """Why a run is not being sent, for JSON: ``reason`` (a code or cause), ``error`` and ``hint``, or "" each."""
    if view.alive:
        return {"reason": "", "error": "", "hint": ""}
    if view.failed is not None:
        return {"reason": view.reason, "error": view.failed.get("error", ""), "hint": view.failed.get("hint", "")}
    if view.reason in _ORDERLY or not desk.reports.knows(view.reason):
        return {"reason": view.reason, "error": "", "hint": ""}
    known = desk.reports.meaning(view.reason)
    return {"reason": view.reason, "error": f"{known.title}. {known.explanation}", "hint": known.advice}


def exit_status(view: RunView) -> int:
    """0 all accepted, or it waits for its time; 1 some were not; 4 the relay could not be used and nothing was sent."""
    counts = view.counts
    if view.waits_until is not None:
        return 0
    if view.failed is not None or (view.run.state is RunState.PAUSED and view.run.note not in _QUIET):
        untouched = not (counts.accepted or counts.rejected or counts.uncertain)
        return 4 if untouched else 1
    if counts.rejected or counts.deferred or counts.uncertain or counts.cancelled:
        return 1
    if counts.open and view.run.note != "limit":
        return 1
    return 0


def _say_lanes(view: RunView, lanes: list[LaneEnding]) -> None:
    """A line for every lane that did not end well; the only one is not told twice."""
    for lane in lanes:
        if len(view.lanes) > 1 or lane.cause != view.run.note or not lane.cause:
            notes.print(f"  [yellow]![/] {foreign(lane.sentence)}")


def _say_why(desk: Desk, note: str, lanes: list[LaneEnding]) -> None:
    if note in _OWN_LIMITS and any(lane.state == LaneState.LIMIT for lane in lanes):
        notes.print(f"  {foreign(desk.reports.meaning(note).advice)}")  # which limit it is has been told
        return
    if not desk.reports.knows(note):
        notes.print("  " + _("The run is paused ({code}); the same command goes on.").format(code=foreign(note)))
        return
    known = desk.reports.meaning(note)
    notes.print(f"  [bold]{foreign(known.title)}.[/] {foreign(known.explanation)}")
    notes.print(f"  {foreign(known.advice)}")


def summary(desk: Desk, view: RunView, lanes: list[LaneEnding], *, pointer: bool = True) -> None:
    """How a run stands, in a few lines for people.

    ``lanes``: those that did not end well. ``pointer``: with the command that says more.
    """
    counts = view.counts
    if view.starts is not None:
        to = ngettext("to {n} person", "to {n} people", counts.recipients).format(n=f"{counts.recipients:,}")
        notes.print(f"{foreign(scheduled_words(view.starts, now()))}, {to}.")
        if pointer:
            notes.print(_("  Run {run}. Details: smtpdesk report {run}").format(run=view.run.id))
        return
    good = counts.accepted == counts.recipients
    mark = "[green]✓[/]" if good else "[yellow]![/]"
    notes.print(
        f"{mark} "
        + ngettext(
            "{accepted} of {n} message accepted.", "{accepted} of {n} messages accepted.", counts.recipients
        ).format(accepted=f"{counts.accepted:,}", n=f"{counts.recipients:,}")
    )
    parts = {
        _("rejected"): counts.rejected,
        _("deferred"): counts.deferred,
        _("uncertain"): counts.uncertain,
        _("skipped"): counts.skipped,
        _("cancelled"): counts.cancelled,
        _("not yet sent"): counts.pending + counts.sending,
    }
    listed = ", ".join(f"{count:,} {word}" for word, count in parts.items() if count)
    if listed:
        notes.print(f"  {listed}")
    if counts.total and counts.skipped == counts.total:
        notes.print("  " + _("Nobody is left to send to: they have this campaign, or are never to be mailed."))
    _say_lanes(view, lanes)
    if view.failed is not None:
        error, hint = (foreign(view.failed.get(key, "")) for key in ("error", "hint"))
        notes.print(f"  [red]{error}[/] {hint}")
    elif view.reason not in _ORDERLY and not view.alive:
        _say_why(desk, view.reason, lanes)
        if desk.reports.leaves_out(view.reason):
            notes.print(_("  To go on without these people: smtpdesk leave-out {run}").format(run=view.run.id))
    if pointer:
        notes.print(_("  Run {run}. Details: smtpdesk report {run}").format(run=view.run.id))
