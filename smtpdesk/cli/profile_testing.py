"""``smtpdesk profile test``: the steps of a connection test, as words or JSON lines."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from smtpdesk.base.i18n import _
from smtpdesk.cli.options import JsonOption, WorkspaceOption
from smtpdesk.cli.profile_editing import NameArgument
from smtpdesk.cli.running import notes, on_desk, output, say_json
from smtpdesk.desk import Desk
from smtpdesk.smtp.probe import ProbeStep


def test(
    name: NameArgument,
    to: Annotated[str, typer.Option(metavar="ADDRESS", help="Ask about this recipient; nothing is sent.")] = "",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Connect, greet, secure, sign in, try sender and recipient; shows the dialogue. Sends nothing."""

    async def work(desk: Desk) -> int:
        profile = await desk.profiles.get(name)
        failed: ProbeStep | None = None
        async for step in desk.profiles.test(profile, to=to):
            if as_json:
                say_json(_step(step))
            else:
                _show_step(step)
            if step.state == "failed":
                failed = step
        if as_json:
            say_json({"event": "done", "profile": name, "ok": failed is None, "stage": failed.stage if failed else ""})
        elif failed is None:
            notes.print("[green]✓[/] " + _("This profile works. Nothing was sent."))
        return 0 if failed is None else 4

    on_desk(workspace, work, as_json=as_json)


def _show_step(step: ProbeStep) -> None:
    mark = {"ok": "[green]✓[/]", "failed": "[red]✗[/]", "skipped": "[dim]·[/]"}[step.state]
    if step.state == "skipped":
        output.print(f"{mark} [dim]{step.stage}[/]")
        return
    output.print(f"{mark} {step.stage:9} {escape(step.detail)} [dim]{step.seconds * 1000:,.0f} ms[/]")
    for line in step.lines:
        output.print(f"    [dim]{escape(str(line))}[/]")
    if step.meaning is not None:
        output.print(f"  {escape(step.meaning.explanation)}")
        output.print(f"  [bold]{escape(step.meaning.advice)}[/]")


def _step(step: ProbeStep) -> dict[str, object]:
    found = step.meaning
    return {
        "event": "step",
        "stage": step.stage,
        "state": step.state,
        "detail": step.detail,
        "seconds": round(step.seconds, 4),
        "code": step.reply.code if step.reply else 0,
        "enhanced": step.reply.enhanced if step.reply else "",
        "text": step.reply.text if step.reply else "",
        "cause": found.cause if found else "",
        "blame": found.blame if found else "",
        "title": found.title if found else "",
        "explanation": found.explanation if found else "",
        "advice": found.advice if found else "",
        "transcript": [str(line) for line in step.lines],
    }
