"""``smtpdesk runs``: what was sent, deleted one by one, by campaign, or by age."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.prompt import Confirm

from smtpdesk.base.clock import iso, local_minute
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.cli.console import foreign
from smtpdesk.cli.options import JsonOption, WorkspaceOption
from smtpdesk.cli.running import notes, on_desk, output, say_json
from smtpdesk.cli.scheduled import state_word
from smtpdesk.desk import Desk
from smtpdesk.domain.delivery import RunInfo


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="What was sent: list it, delete it.")
    group.command("list", epilog="Example: smtpdesk runs list --json")(show)
    group.command("delete", epilog="Example: smtpdesk runs delete spring-sale --all")(delete)
    group.command("keep", epilog="Example: smtpdesk runs keep 24")(keep)
    app.add_typer(group, name="runs")


def show(
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """The newest runs."""

    async def work(desk: Desk) -> None:
        for run in await desk.reports.runs(limit):
            view = await desk.sending.view(run.id)
            counts = view.counts
            if as_json:
                said = {"event": "run", "run": run.id, "campaign": run.campaign, "folder": run.folder}
                figures = {"accepted": counts.accepted, "recipients": counts.recipients, "state": state_word(view)}
                say_json({**said, **figures, "created": iso(run.created_at), "finished": iso(run.finished_at)})
            else:
                figure = _("{accepted} of {n} accepted").format(
                    accepted=f"{counts.accepted:,}", n=f"{counts.recipients:,}"
                )
                when = local_minute(run.started_at or run.created_at)
                output.print(f"{run.id}  {when}  [bold]{foreign(run.campaign)}[/]  {state_word(view)}  {figure}")

    on_desk(workspace, work, as_json=as_json)


def delete(
    run: Annotated[str, typer.Argument(metavar="FOLDER|RUN", help="A campaign folder (its latest run), or a run.")],
    whole: Annotated[bool, typer.Option("--all", help="All runs of the campaign.")] = False,
    unfinished: Annotated[
        bool, typer.Option("--unfinished", help="Also one that is scheduled, or not sent to everybody.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Delete what was sent: its people, its log and its copy of the message.

    Who has the campaign does not get it again: that is remembered without names.
    """

    async def work(desk: Desk) -> int:
        found = await desk.reports.find(run)
        runs = await desk.erasing.runs_of(found) if whole else [found]
        if not _agreed(runs, yes):
            notes.print(_("Nothing was deleted."))
            return 2
        if not whole:
            await desk.erasing.delete_run(found.id, unfinished=unfinished)
            gone = 1
        else:
            gone = await desk.erasing.delete_runs(runs, unfinished=unfinished)
        if as_json:
            say_json({"event": "deleted", "runs": gone, "left": len(runs) - gone})
        else:
            output.print(ngettext("{n} run deleted.", "{n} runs deleted.", gone).format(n=gone))
            if gone < len(runs):
                output.print(_("What is being sent or is not finished was left."))
        return 0 if gone == len(runs) else 1

    on_desk(workspace, work, as_json=as_json)


def _agreed(runs: list[RunInfo], yes: bool) -> bool:
    if yes:
        return True
    if not sys.stdin.isatty():
        raise InputError(
            "runs.not-asked", _("Deleting was not confirmed, so nothing was deleted."), _("Say so with --yes.")
        )
    question = ngettext(
        "Delete {n} run of “{name}” for good?", "Delete {n} runs of “{name}” for good?", len(runs)
    ).format(n=len(runs), name=foreign(runs[0].campaign))
    return Confirm.ask(question, console=notes, default=False)


def keep(
    months: Annotated[str, typer.Argument(metavar="[MONTHS|off]", help="Delete runs that ended before that.")] = "",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """How long what was sent is kept: for so many months, or until you delete it (off, the default).

    Looked at whenever SMTPDesk starts. Runs that are not finished stay.
    """

    async def work(desk: Desk) -> None:
        gone = 0
        if months:
            await desk.erasing.set_keep_months(_months(months))
            gone = await desk.erasing.delete_old()
        kept = await desk.erasing.keep_months()
        if as_json:
            say_json({"event": "keep", "months": kept, "deleted": gone})
            return
        words = ngettext("What was sent is kept for {n} month.", "What was sent is kept for {n} months.", kept)
        output.print(words.format(n=kept) if kept else _("What was sent is kept until you delete it."))
        if gone:
            output.print(ngettext("{n} run deleted.", "{n} runs deleted.", gone).format(n=gone))

    on_desk(workspace, work, as_json=as_json)


def _months(text: str) -> int:
    if text.strip().lower() in {"off", "0"}:
        return 0
    if not text.strip().isdecimal() or not 0 < int(text) <= 1200:
        raise InputError("runs.months", _("“{text}” is no number of months.").format(text=text), _("Write 24, or off."))
    return int(text)
