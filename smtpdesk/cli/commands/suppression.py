"""``smtpdesk suppression``: whom never to mail."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from smtpdesk.base.clock import iso, local_minute
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.cli.console import foreign
from smtpdesk.cli.options import JsonOption, WorkspaceOption
from smtpdesk.cli.running import notes, on_desk, output, say_json
from smtpdesk.desk import Desk
from smtpdesk.domain.recipient import Suppression

suppression = typer.Typer(
    help="Never mail: addresses and whole domains that no campaign is sent to. Add, remove, list, import, export.",
    no_args_is_help=True,
)
#: Rows of a file that are named one by one for people; ``--json`` has all.
_NAMED = 50

TargetsArgument = Annotated[
    list[str], typer.Argument(metavar="ADDRESS|DOMAIN …", help="ana@example.com, or example.com for all of it.")
]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="R", help="Why; kept with the entry.")]


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    app.add_typer(suppression, name="suppression")


@suppression.command("add", epilog='Example: smtpdesk suppression add ana@example.com --reason "asked us to stop"')
def add(
    targets: TargetsArgument,
    reason: ReasonOption = "",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Never mail these again. It holds at once, also for campaigns that are scheduled, paused or being sent."""

    async def work(desk: Desk) -> None:
        new = await desk.lists.suppress(targets, reason or _("added by hand"))
        if as_json:
            say_json({"event": "added", "new": new, "known": len(targets) - new})
            return
        notes.print(ngettext("{n} entry is new.", "{n} entries are new.", new).format(n=f"{new:,}"))

    on_desk(workspace, work, as_json=as_json)


@suppression.command("remove", epilog="Example: smtpdesk suppression remove ana@example.com")
def remove(targets: TargetsArgument, as_json: JsonOption = False, workspace: WorkspaceOption = None) -> None:
    """Allow these again. Exit status 1 when one of them was not on the list."""

    async def work(desk: Desk) -> int:
        removed = await desk.lists.unsuppress(*targets)
        if as_json:
            say_json({"event": "removed", "removed": removed, "unknown": len(targets) - removed})
        else:
            words = ngettext("{n} entry may be mailed again.", "{n} entries may be mailed again.", removed)
            notes.print(words.format(n=f"{removed:,}"))
        return 0 if removed == len(targets) else 1

    on_desk(workspace, work, as_json=as_json)


@suppression.command("list", epilog="Example: smtpdesk suppression list --json")
def list_(as_json: JsonOption = False, workspace: WorkspaceOption = None) -> None:
    """Everybody who is never mailed, why, and since when."""

    async def work(desk: Desk) -> None:
        entries = await desk.lists.suppressions()
        if as_json:
            for entry in entries:
                say_json(_as_dict(entry))
            return
        table = Table(_("Address or domain"), _("Reason"), _("Since"), box=None, header_style="bold")
        for entry in entries:
            table.add_row(foreign(entry.target), foreign(entry.reason), local_minute(entry.since))
        output.print(table if entries else _("Nobody is on this list."))

    on_desk(workspace, work, as_json=as_json)


@suppression.command("import", epilog="Example: smtpdesk suppression import unsubscribed.csv --reason unsubscribed")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV: one column, or with a heading.")],
    reason: ReasonOption = "",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Add whoever a CSV file names. Exit status 1 when some rows name nobody; they are told with their line."""

    async def work(desk: Desk) -> int:
        done = await desk.lists.import_suppressions(file, reason or _("imported from {file}").format(file=file.name))
        for number, row in enumerate(done.bad):
            if as_json:
                say_json({"event": "bad-row", "line": row.line, "value": row.value})
            elif number < _NAMED:
                where = _("line {line}").format(line=row.line)
                sentence = _("“{text}” is neither an address nor a domain.").format(text=row.value)
                notes.print(f"[yellow]![/] {where}: {foreign(sentence)}")
        if len(done.bad) > _NAMED and not as_json:
            notes.print(_("… and {n} more").format(n=f"{len(done.bad) - _NAMED:,}"))
        if as_json:
            say_json({"event": "imported", "new": done.new, "known": done.known, "bad": len(done.bad)})
        else:
            words = _("{new} new, {known} were on the list already, {bad} could not be read.")
            notes.print(words.format(new=f"{done.new:,}", known=f"{done.known:,}", bad=f"{len(done.bad):,}"))
        return 1 if done.bad else 0

    on_desk(workspace, work, as_json=as_json)


@suppression.command("export", epilog="Example: smtpdesk suppression export never-mail.csv")
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with address, reason and since.")],
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Write the list as CSV; importing it gives the same list."""

    async def work(desk: Desk) -> None:
        count = await desk.lists.export_suppressions(file)
        if as_json:
            say_json({"event": "exported", "file": str(file), "rows": count})
            return
        words = ngettext("{n} entry is in {file}.", "{n} entries are in {file}.", count)
        notes.print(words.format(n=f"{count:,}", file=foreign(str(file))))

    on_desk(workspace, work, as_json=as_json)


def _as_dict(entry: Suppression) -> dict[str, object]:
    return {
        "target": entry.target,
        "kind": "domain" if entry.target.startswith("@") else "address",
        "reason": entry.reason,
        "since": iso(entry.since),
        "source": entry.source,
    }
