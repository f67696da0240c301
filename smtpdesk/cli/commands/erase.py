"""``smtpdesk erase``: one person's data, everywhere."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.prompt import Confirm

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.cli.console import foreign
from smtpdesk.cli.options import JsonOption, WorkspaceOption
from smtpdesk.cli.running import notes, on_desk, output, say_json
from smtpdesk.desk import Desk
from smtpdesk.desk.erasing import PersonErased


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("erase", epilog="Example: smtpdesk erase ana@example.com")(erase)


def erase(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Whose data.")],
    suppress: Annotated[
        bool, typer.Option("--suppress/--no-suppress", help="Put them on Never mail, which keeps the address.")
    ] = True,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Erase one person from lists, runs, logs and copies; the counts stay. It cannot be undone."""

    async def work(desk: Desk) -> int:
        rows, deliveries = await desk.erasing.find_person(address)
        if not yes and not _agreed(address, rows, deliveries):
            notes.print(_("Nothing was erased."))
            return 2
        erased = await desk.erasing.erase_person(address, suppress=suppress)
        if as_json:
            say_json({"event": "erased", **asdict(erased)})
        else:
            _people(erased)
        return 0

    on_desk(workspace, work, as_json=as_json)


def _agreed(address: str, rows: int, deliveries: int) -> bool:
    if not sys.stdin.isatty():
        raise InputError(
            "runs.not-asked", _("Erasing was not confirmed, so nothing was erased."), _("Say so with --yes.")
        )
    question = _("Erase {address} ({rows} in lists, {deliveries} in runs) for good?").format(
        address=foreign(address), rows=rows, deliveries=deliveries
    )
    return Confirm.ask(question, console=notes, default=False)


def _people(erased: PersonErased) -> None:
    rows = ngettext("{n} row of lists", "{n} rows of lists", erased.rows).format(n=erased.rows)
    to = ngettext("{n} delivery", "{n} deliveries", erased.deliveries).format(n=erased.deliveries)
    output.print(_("Erased: {rows}, {deliveries}.").format(rows=rows, deliveries=to))
    if erased.suppressed:
        output.print(_("The address stays on Never mail, so that nobody writes to it again."))
    for source in erased.sources:
        output.print(_("Delete it yourself in: {file}").format(file=foreign(source)))
    if not erased.clean:
        output.print(_("Another program holds the workspace. Close it, then repeat this to clear the last traces."))
