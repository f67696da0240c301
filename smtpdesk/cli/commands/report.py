"""``smtpdesk report``: counts, results per recipient, errors by cause."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from smtpdesk.base.clock import iso
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.base.shell import quoted
from smtpdesk.cli.console import foreign, foreign_lines
from smtpdesk.cli.following import summary, why
from smtpdesk.cli.options import JsonOption, WorkspaceOption
from smtpdesk.cli.running import notes, on_desk, output, say_json
from smtpdesk.cli.scheduled import state_word, waiting_words
from smtpdesk.desk import Desk
from smtpdesk.desk.runs import with_reason
from smtpdesk.desk.sending import RunView
from smtpdesk.domain.delivery import ReportRow


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report", epilog="Example: smtpdesk report spring-sale --csv results.csv")(report)


def report(
    run: Annotated[str, typer.Argument(metavar="FOLDER|RUN", help="A campaign folder (its latest run), or a run.")],
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write every recipient's result here.")
    ] = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """What became of every message, with the server's own words."""

    async def work(desk: Desk) -> None:
        await desk.scheduling.take_up()
        found = await desk.reports.find(run)
        await desk.sending.recover(found.id)
        if csv is not None:
            rows = await desk.reports.export_csv(found.id, csv, view=await desk.sending.view(found.id))
            notes.print(
                ngettext("{n} row written to {file}.", "{n} rows written to {file}.", rows).format(
                    n=rows, file=foreign(csv)
                )
            )
        if as_json:
            await _json(desk, found.id)
        else:
            await _people(desk, found.id)

    on_desk(workspace, work, as_json=as_json)


async def _json(desk: Desk, run_id: str) -> None:
    view = await desk.sending.view(run_id)
    for row in await desk.reports.rows(run_id):
        say_json(_row(with_reason(row, view)))
    for group in await desk.reports.causes(run_id):
        known = desk.reports.meaning(group.cause)
        say_json(
            {
                "event": "cause",
                "cause": group.cause,
                "outcome": group.kind,
                "blame": group.blame,
                "stage": group.stage,
                "people": group.people,
                "title": known.title,
                "explanation": known.explanation,
                "advice": known.advice,
                "example": asdict(group.example),
            }
        )
    for lane in await desk.reports.lanes(run_id):
        say_json({**lane.as_dict(), "run": run_id})
    said = {"event": "report", "run": run_id, "state": state_word(view), "note": view.run.note, **why(desk, view)}
    say_json({**said, **asdict(view.counts), "starts": iso(view.starts), "goes_on": iso(view.goes_on)})


def _row(row: ReportRow) -> dict[str, object]:
    return {
        "event": "recipient",
        "line": row.line,
        "address": row.address,
        "state": row.state,
        "attempts": row.attempts,
        "due": iso(row.due),
        "profile": row.profile,
        "stage": row.stage,
        "code": row.code,
        "enhanced": row.enhanced,
        "text": row.text,
        "cause": row.cause,
        "updated": iso(row.updated_at),
    }


async def _people(desk: Desk, run_id: str) -> None:
    view = await desk.sending.view(run_id)
    state = waiting_words(view) if view.waits_until is not None else view.state
    output.print(f"[bold]{foreign(view.run.campaign)}[/]  {foreign(view.run.id)}  {foreign(state)}")
    summary(desk, view, await desk.reports.lanes(run_id), pointer=False)
    for group in await desk.reports.causes(run_id):
        known = desk.reports.meaning(group.cause)
        people = ngettext("{n} person", "{n} people", group.people).format(n=f"{group.people:,}")
        output.print(f"\n[bold]{foreign(known.title)}[/]  {people}, {group.kind}")
        output.print(f"  {foreign(known.explanation)}")
        output.print(f"  {foreign(known.advice)}")
        reply = group.example
        if reply.said:
            who = _("The server's words:") if reply.code else _("No server said this; we saw it ourselves:")
            output.print(f"  {who} [dim]{foreign_lines(reply.said, '    ')}[/]")
    _say_next(view)


def _say_next(view: RunView) -> None:
    """The commands that help with what was not accepted."""
    counts, run_id = view.counts, view.run.id
    if view.waits_until is not None:
        output.print()
        output.print(foreign(_("Another time: smtpdesk schedule change {run} --at TIME").format(run=run_id)))
        output.print(foreign(_("Take it back: smtpdesk schedule cancel {run}").format(run=run_id)))
        return
    waits = not view.alive and (counts.pending or counts.sending)
    again = counts.rejected or counts.deferred or counts.uncertain or counts.cancelled
    if not (waits or again):
        return
    output.print()
    output.print(foreign(_("Every result as a file: smtpdesk report {run} --csv FILE").format(run=run_id)))
    if waits:
        output.print(foreign(_("Go on with the rest: smtpdesk send {folder}").format(folder=quoted(view.run.folder))))
    if not again:
        return
    if counts.rejected or counts.deferred:
        said = _("Send again what was put off or refused: smtpdesk retry {run}").format(run=run_id)
    else:
        kind = "uncertain" if counts.uncertain else "cancelled"
        said = _("Send it again: smtpdesk retry {run} --only {kind}").format(run=run_id, kind=kind)
    output.print(foreign(said))
