"""``smtpdesk send``: preflight, then send; resumes a run that was cut off."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from smtpdesk.base.clock import iso, now
from smtpdesk.base.i18n import _
from smtpdesk.cli.answers import Answer
from smtpdesk.cli.commands.check import show_findings
from smtpdesk.cli.console import foreign
from smtpdesk.cli.following import Follower
from smtpdesk.cli.options import FolderArgument, JsonOption, ProfilesOption, WorkspaceOption
from smtpdesk.cli.running import notes, on_desk, say_json
from smtpdesk.cli.scheduled import scheduled_json
from smtpdesk.cli.wishes import Wish, kept_words
from smtpdesk.desk import Desk
from smtpdesk.desk.campaigns import CheckResult
from smtpdesk.desk.schedule_words import sentence
from smtpdesk.desk.sending import ChecksFailed
from smtpdesk.domain.delivery import OutcomeKind, RunInfo

#: Seconds that the terminal waits for deferred messages before it leaves them for another time.
PATIENCE = 300.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("send", epilog="Example: smtpdesk send spring-sale --profile office --yes")(send)


def send(
    folder: FolderArgument,
    profile: ProfilesOption = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Send at most so many now; call again for the rest.")] = None,
    to: Annotated[
        str, typer.Option(metavar="ADDRESS", help="A test: send row 1 (or the first --limit rows) here.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    again: Annotated[bool, typer.Option(help="Send also to those who have this campaign already.")] = False,
    only_new: Annotated[
        bool,
        typer.Option("--only-new", help="After a change of the message: only to those who have not had the campaign."),
    ] = False,
    resume: Annotated[
        bool, typer.Option("--continue", help="Finish a cut-off run with the message as it was.")
    ] = False,
    new: Annotated[
        bool, typer.Option("--new", help="Give a cut-off run up and begin with the changed message.")
    ] = False,
    patience: Annotated[float, typer.Option(min=0, help="Seconds to wait for deferred messages.")] = PATIENCE,
    at: Annotated[str, typer.Option(metavar="TIME", help='Begin at this time, for example "2026-12-01 09:00".')] = "",
    hours: Annotated[
        str, typer.Option(metavar="FROM-TO", help='Send only in these hours: 09:00-17:00; "none": at any.')
    ] = "",
    weekdays: Annotated[
        str, typer.Option(metavar="DAYS", help='Send only on these days: mon-fri, or sat, sun; "none": on any.')
    ] = "",
    timezone: Annotated[str, typer.Option(metavar="ZONE", help="Time zone of these: Europe/Berlin.")] = "",
    grace: Annotated[str, typer.Option(metavar="SPAN", help="Ask when the start was missed by more: 1h.")] = "",
    at_once: Annotated[
        bool, typer.Option("--now", help="Do not wait for the start; hours and weekdays still hold.")
    ] = False,
    take_over: Annotated[
        bool,
        typer.Option(
            "--take-over",
            help="Go on here with a run of another computer or of a newer copy of the workspace that is lost for good.",
        ),
    ] = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Check every row, then send. Nobody gets the same message twice; a run that was cut off goes on.

    Once people have the campaign and its message was changed, it asks whether they get it again; where nobody can be
    asked, --only-new or --again has to be given.

    Asks before it sends when it runs in a terminal. Ctrl+C pauses in order; the same command goes on later.
    With --at it checks now and waits for the start; a time in the campaign's [schedule] does the same.
    """
    unfinished = "continue" if resume else "new" if new else "ask"
    given = {"start": at, "hours": hours, "weekdays": weekdays, "timezone": timezone, "grace": grace}
    wish = Wish({key: value for key, value in given.items() if value}, at_once, ask=not yes and sys.stdin.isatty())

    asked = now()

    async def work(desk: Desk) -> int:
        if to:
            return await _tests(desk, folder, to, limit or 1, (profile or [""])[0], as_json)
        await desk.erasing.delete_old()
        answer = Answer(again, only_new, ask=not yes and sys.stdin.isatty())
        try:
            earlier = None if new else await desk.sending.unfinished(folder)
            schedule = await wish.schedule(desk, folder, earlier)
            checked = None if earlier else await _checked(desk, folder, profile or [], as_json)
            asks = checked is not None and checked.passed
            if asks and not await answer.settled(desk, folder, schedule, profile or ()):
                notes.print(_("Nothing was sent."))
                return 2
            if schedule is not None:
                await desk.scheduling.adopt(folder, schedule, any_version=resume)
            run = await desk.sending.start(
                folder,
                profile or (),
                limit=limit,
                again=answer.again,
                unfinished=unfinished,
                patience=patience,
                take_over=take_over,
                checked=checked,
                schedule=schedule,
                asked=asked,
            )
        except ChecksFailed as error:
            if as_json:
                show_findings(error.result, as_json=True)
            raise
        said = _say_start(desk, run, as_json, kept=earlier is not None and schedule is None)
        return await Follower(desk, run.id, as_json=as_json).follow(said)

    on_desk(workspace, work, as_json=as_json)


async def _checked(desk: Desk, folder: Path, profiles: list[str], as_json: bool) -> CheckResult:
    """A check of the whole campaign. A run that goes on needs none: it was checked when it began."""
    checked = await desk.campaigns.check(folder, profiles=profiles)
    if not as_json:
        show_findings(checked, brief=True)
    return checked


async def _say_start(desk: Desk, run: RunInfo, as_json: bool, *, kept: bool) -> None:
    """Which run it is, and when it begins if that is later. ``kept``: by the times of an earlier command."""
    standing = await desk.scheduling.standing(run.id)
    if as_json:
        said = {"event": "run", "run": run.id, "campaign": run.campaign, "profiles": list(run.profiles)}
        say_json({**said, "opens": iso(standing.opens), "kept": kept and not standing.schedule.immediate})
        view = await desk.sending.view(run.id)
        if view.waits_until is not None:
            say_json(scheduled_json(view))
    elif standing.opens is not None:
        notes.print(f"{sentence(standing.schedule, now())} {kept_words(standing.schedule) if kept else ''}".rstrip())
        notes.print(_("It waits until then. Ctrl+C pauses it; the same command goes on later."))
        notes.print(foreign((await desk.scheduling.timer()).conditions))
    await desk.scheduling.take_up()  # others that wait


async def _tests(desk: Desk, folder: Path, to: str, count: int, profile: str, as_json: bool) -> int:
    """Send the first rows to one address; they are no part of any run."""
    status = 0
    draft = await desk.campaigns.load(folder)
    people = await desk.campaigns.people(draft)
    accepted = 0
    for index in range(min(count, max(people.ready, 1))):
        sent = await desk.tests.send(folder, index, to, profile)
        reply = sent.outcome.reply
        good = sent.outcome.kind is OutcomeKind.ACCEPTED
        accepted += good
        if as_json:
            say_json(
                {
                    "event": "test",
                    "row_of": sent.recipient.address,
                    "to": sent.to,
                    "outcome": sent.outcome.kind,
                    "stage": sent.outcome.stage,
                    "code": reply.code,
                    "enhanced": reply.enhanced,
                    "text": reply.text,
                    "cause": sent.outcome.cause,
                    "title": sent.meaning.title if sent.meaning else "",
                    "advice": sent.meaning.advice if sent.meaning else "",
                }
            )
        else:
            notes.print(f"{'[green]✓[/]' if good else '[red]✗[/]'} {foreign(sent.to)} [dim]{foreign(reply.said)}[/]")
        if sent.meaning is not None:
            if not as_json:
                notes.print(f"  {foreign(sent.meaning.title)}.")
                if sent.outcome.kind is OutcomeKind.DEFERRED:
                    notes.print("  " + _("A test is not tried again by itself: repeat it in a few minutes."))
                else:
                    notes.print(f"  {foreign(sent.meaning.advice)}")
            nothing = not accepted and sent.outcome.stage not in {"mail", "rcpt", "data", "body", "render"}
            status = 4 if nothing else 1
            break
    return status
