"""``smtpdesk profile export`` and ``smtpdesk profile import``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.cli import profile_options as options
from smtpdesk.cli.console import foreign, write_data
from smtpdesk.cli.options import JsonOption, WorkspaceOption
from smtpdesk.cli.running import notes, on_desk, output, say_json
from smtpdesk.desk import Desk


def export(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME…", help="Which ones; all when none.")] = None,
    to: Annotated[
        Path | None, typer.Option("--output", metavar="F", help="Write this file; else standard output.")
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Write profiles as TOML, to keep or to give away. Passwords, sign-ins and signing keys are never in it."""

    async def work(desk: Desk) -> None:
        text = await desk.profiles.export(names or ())
        if to is None:
            write_data(text)
            return
        await asyncio.to_thread(to.write_text, text, encoding="utf-8", newline="\n")
        notes.print(_("Written: {file}").format(file=foreign(str(to))))

    on_desk(workspace, work)


def import_(
    file: Annotated[Path, typer.Argument(metavar="F", help="What profile export wrote.")],
    replaces: Annotated[bool, typer.Option("--replace", help="Replace profiles that have the same name.")] = False,
    trust_host: options.TrustOption = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Save the profiles of a file, all or none; says what each still needs. Asks nothing."""

    async def work(desk: Desk) -> None:
        done = await desk.profiles.import_file(file, replaces=replaces, trusted_hosts=trust_host or ())
        for one in done:
            if as_json:
                needs = [{"kind": need.kind, "sentence": need.sentence} for need in one.needs]
                say_json({"event": "imported", "name": one.profile.name, "replaced": one.replaced, "needs": needs})
                continue
            said = _("replaced") if one.replaced else _("added")
            output.print(f"[green]✓[/] {foreign(one.profile.name)} [dim]{foreign(said)}[/]")
            for need in one.needs:
                output.print(f"  [yellow]![/] {foreign(need.sentence)}")
        words = ngettext("{count} profile was imported.", "{count} profiles were imported.", len(done))
        notes.print(words.format(count=len(done)))

    on_desk(workspace, work, as_json=as_json)
