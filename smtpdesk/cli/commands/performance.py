"""``smtpdesk performance``: how each profile's server did."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from smtpdesk.base.clock import iso
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.cli.console import foreign
from smtpdesk.cli.options import JsonOption, WorkspaceOption
from smtpdesk.cli.running import on_desk, output, say_json
from smtpdesk.desk import Desk
from smtpdesk.desk.performance import ServerPerformance, Span, parse_since
from smtpdesk.desk.performance_words import delay, event_words, limit_words, moment, number, rate_of
from smtpdesk.smtp.step_words import step_title

#: Events that are printed; ``--json`` has all of them.
_EVENTS = 12


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("performance", epilog="Example: smtpdesk performance office --since 7d")(performance)


def performance(
    profile: Annotated[str, typer.Argument(metavar="[PROFILE]", help="A profile; all of them when left out.")] = "",
    run: Annotated[str, typer.Option("--run", metavar="RUN", help="Only this run, or a campaign folder's last.")] = "",
    since: Annotated[
        str, typer.Option("--since", metavar="TIME", help="From then on: 12h, 7d, 2w, or a date. Default: today.")
    ] = "",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """How fast each server took messages, how long it took to answer, and what it refused."""

    async def work(desk: Desk) -> None:
        begin = parse_since(since) if since else None
        run_id = (await desk.reports.find(run)).id if run else ""
        names = [profile] if profile else await desk.performance.profiles(run_id)
        if not names:
            raise InputError("profile.none", _("There is no profile yet."), _("Add one: smtpdesk profile add."))
        span = Span.RUN if run_id else Span.TODAY
        shown = 0
        for name in names:
            found = await desk.performance.of(name, run=run_id, span=span, since=begin)
            if as_json:
                say_json(_as_json(found, run_id))
            elif profile or not found.empty:
                _people(desk, found, first=not shown)
                shown += 1
        if not as_json and not shown:
            output.print(_("Nothing was sent in this time."))

    on_desk(workspace, work, as_json=as_json)


def _as_json(found: ServerPerformance, run: str) -> dict[str, object]:
    return {
        "event": "performance",
        "profile": found.profile,
        "run": run,
        "since": iso(found.since),
        "until": iso(found.until),
        "accepted": found.accepted,
        "deferred": found.deferred,
        "rejected": found.rejected,
        "uncertain": found.uncertain,
        "rate": round(found.rate, 3),
        "busy": round(found.busy, 1),
        "full": found.full,
        "latency": {stage: round(seconds, 6) for stage, seconds in found.latency.items()},
        "limits": [{**asdict(use), "left": use.left} for use in found.limits],
        "causes": [
            {
                "cause": group.cause,
                "outcome": group.kind,
                "blame": group.blame,
                "attempts": group.people,
                "last": iso(group.last_at),
                "example": group.example.said,
            }
            for group in found.causes
        ],
        "events": [
            {
                "time": iso(event.at),
                "run": event.run,
                "change": event.change,
                "cause": event.cause,
                "said": event.said,
                "allowed": event.allowed,
                "until": iso(event.until),
            }
            for event in found.events
        ],
        "curve": [
            {
                "time": iso(point.at),
                "seconds": point.seconds,
                "accepted": round(point.accepted, 1),
                "others": round(point.others, 1),
            }
            for point in found.curve
            if point.busy
        ],
        "lane": asdict(found.lane) if found.lane else None,
    }


def _people(desk: Desk, found: ServerPerformance, *, first: bool) -> None:
    if not first:
        output.print()
    span = _("{since} to {until}").format(
        since=moment(found.since, found.until), until=moment(found.until, found.until)
    )
    output.print(f"[bold]{foreign(found.profile)}[/]  [dim]{span}[/]")
    if found.empty:
        output.print("  " + _("Nothing was sent in this time."))
    else:
        accepted = ngettext("{n} message accepted", "{n} messages accepted", found.accepted)
        pace = _("{rate} while at work").format(rate=rate_of(found.rate))
        output.print(f"  {accepted.format(n=number(found.accepted))}, {pace}")
        _others(found)
    if found.latency:
        times = "  ".join(f"{step_title(stage)} {delay(seconds)}" for stage, seconds in found.latency.items())
        output.print("  " + _("Answer times:") + f" {times}")
    for use in found.limits:
        what, stands = limit_words(use)
        output.print("  " + _("Limit: {what}: {stands}").format(what=what, stands=stands))
    for group in found.causes:
        title = desk.reports.meaning(group.cause).title
        output.print(f"  {number(group.people)} × {foreign(title)}  [dim]{foreign(_one_line(group.example.said))}[/]")
    for event in found.events[:_EVENTS]:
        title = desk.reports.meaning(event.cause).title if desk.reports.knows(event.cause) else ""
        said = f"  [dim]{foreign(_one_line(event.said))}[/]" if event.said else ""
        output.print(f"  {moment(event.at, found.until)} {foreign(event_words(event, title, found.until))}{said}")


def _one_line(said: str) -> str:
    return " ".join(said.splitlines())


def _others(found: ServerPerformance) -> None:
    parts = {_("deferred"): found.deferred, _("rejected"): found.rejected, _("uncertain"): found.uncertain}
    listed = ", ".join(f"{number(count)} {word}" for word, count in parts.items() if count)
    if listed:
        output.print(f"  {listed}")
