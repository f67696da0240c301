"""``smtpdesk schedule``: what is scheduled, another time, taking it back, and the system's own timer."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from smtpdesk.base.clock import now
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.cli.console import foreign
from smtpdesk.cli.options import JsonOption, WorkspaceOption
from smtpdesk.cli.running import notes, on_desk, output, say_json, show_error
from smtpdesk.cli.scheduled import scheduled_json, waiting_words
from smtpdesk.cli.wishes import Wish
from smtpdesk.desk import Desk
from smtpdesk.desk.schedule_words import sentence

RunArgument = Annotated[str, typer.Argument(metavar="FOLDER|RUN", help="A campaign folder (its latest run), or a run.")]
#: Seconds before its time within which the system's timer may come for a run.
_SOON = 90.0


class Switch(StrEnum):
    """What to do with the system's own timer."""

    ON = "on"
    OFF = "off"
    STATUS = "status"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Campaigns that wait for their time.")
    group.command("list", epilog="Example: smtpdesk schedule list --json")(show)
    group.command("change", epilog='Example: smtpdesk schedule change spring-sale --at "2026-12-02 10:00"')(change)
    group.command("cancel", epilog="Example: smtpdesk schedule cancel spring-sale")(cancel)
    group.command("timer", epilog="Example: smtpdesk schedule timer on")(timer)
    group.command("run", epilog="Example: smtpdesk schedule run")(run_due)
    app.add_typer(group, name="schedule")


def show(as_json: JsonOption = False, workspace: WorkspaceOption = None) -> None:
    """What waits for its time, what missed it, and what has to be on."""

    async def work(desk: Desk) -> None:
        await desk.scheduling.take_up()
        views, missed = await desk.scheduling.scheduled(), await desk.scheduling.missed()
        status = await desk.scheduling.timer()
        if as_json:
            for view in views:
                say_json(scheduled_json(view))
            for run in missed:
                say_json({"event": "missed", "run": run.id, "campaign": run.campaign, "folder": run.folder})
            say_json({"event": "timer", "on": status.on, "missing": status.missing, "conditions": status.conditions})
            return
        for view in views:
            output.print(f"[bold]{foreign(view.run.campaign)}[/]  {view.run.id}  {foreign(waiting_words(view))}")
        for run in missed:
            badge = _("start missed")
            output.print(f"[bold]{foreign(run.campaign)}[/]  {run.id}  [yellow]{badge}[/]")
        if not views and not missed:
            output.print(_("Nothing is scheduled."))
        if views:
            output.print(foreign(status.conditions))

    on_desk(workspace, work, as_json=as_json)


def change(
    run: RunArgument,
    at: Annotated[str, typer.Option(metavar="TIME", help='Begin at this time: "2026-12-01 09:00".')] = "",
    hours: Annotated[str, typer.Option(metavar="FROM-TO", help='Only in these hours; "none": at any.')] = "",
    weekdays: Annotated[str, typer.Option(metavar="DAYS", help='Only on these days; "none": on any.')] = "",
    timezone: Annotated[str, typer.Option(metavar="ZONE", help="Time zone of these: Europe/Berlin.")] = "",
    grace: Annotated[str, typer.Option(metavar="SPAN", help="Ask when the start was missed by more: 1h.")] = "",
    at_once: Annotated[bool, typer.Option("--now", help="Do not wait for the start any more.")] = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Let a scheduled campaign begin at another time; it waits for that by itself."""
    given = {"start": at, "hours": hours, "weekdays": weekdays, "timezone": timezone, "grace": grace}
    wish = Wish({key: value for key, value in given.items() if value}, at_once, ask=False)

    async def work(desk: Desk) -> None:
        found = await desk.reports.find(run)
        chosen = await wish.for_run(desk, found)
        await desk.scheduling.reschedule(found.id, chosen)
        await desk.sending.taken(found.id)
        view = await desk.sending.view(found.id)
        if as_json:
            say_json(scheduled_json(view))
        else:
            output.print(foreign(sentence(chosen, now())))

    on_desk(workspace, work, as_json=as_json)


def cancel(run: RunArgument, as_json: JsonOption = False, workspace: WorkspaceOption = None) -> None:
    """Take a scheduled campaign back: nobody is sent to."""

    async def work(desk: Desk) -> None:
        found = await desk.reports.find(run)
        await desk.scheduling.cancel(found.id)
        if as_json:
            say_json({"event": "cancelled", "run": found.id, "campaign": found.campaign})
        else:
            output.print(_("“{name}” is not sent.").format(name=foreign(found.campaign)))

    on_desk(workspace, work, as_json=as_json)


def timer(
    switch: Annotated[Switch, typer.Argument(help="on, off or status.")] = Switch.STATUS,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Let the system's own timer start what is scheduled, also while SMTPDesk is closed.

    systemd on Linux, launchd on macOS, the Task Scheduler on Windows. Passwords are read from the keyring then.
    """

    async def work(desk: Desk) -> None:
        if switch is not Switch.STATUS:
            await desk.scheduling.use_timer(switch is Switch.ON)
        status = await desk.scheduling.timer()
        if as_json:
            say_json({"event": "timer", "on": status.on, "missing": status.missing, "conditions": status.conditions})
            return
        said = _("Your system starts what is scheduled.") if status.on else _("SMTPDesk itself waits.")
        output.print(said)
        if status.missing:
            output.print(foreign(status.missing))
        output.print(foreign(status.conditions))

    on_desk(workspace, work, as_json=as_json)


def run_due(as_json: JsonOption = False, workspace: WorkspaceOption = None) -> None:
    """Send what is due, and stay until that is done: what the system's timer starts.

    A start that was missed by more than its grace is not caught up without asking.
    """

    async def work(desk: Desk) -> int:
        found = await desk.scheduling.take_up(soon=_SOON)
        for run, error in found.failed:
            notes.print(f"{foreign(run.campaign)}:")
            show_error(error, as_json=as_json)
        for run in found.missed:
            _say(as_json, "missed", run.id, run.campaign, _("the start was missed; nothing was sent"))
        for run in found.waiting:
            _say(as_json, "started", run.id, run.campaign, _("is being sent"))
        for run in found.waiting:
            await desk.sending.finished(run.id)
            counts = await desk.reports.counts(run.id)
            said = ngettext("{accepted} of {n} accepted", "{accepted} of {n} accepted", counts.recipients)
            words = said.format(accepted=f"{counts.accepted:,}", n=f"{counts.recipients:,}")
            _say(as_json, "ended", run.id, run.campaign, words)
        await desk.scheduling.keep_up()
        return 1 if found.failed else 0

    on_desk(workspace, work, as_json=as_json)


def _say(as_json: bool, event: str, run: str, campaign: str, words: str) -> None:
    if as_json:
        say_json({"event": event, "run": run, "campaign": campaign})
    else:
        notes.print(f"{foreign(campaign)}  {run}: {words}")
