"""``smtpdesk retry``: send again what a person chose."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.base.shell import quoted
from smtpdesk.cli.commands.send import PATIENCE
from smtpdesk.cli.console import foreign
from smtpdesk.cli.following import Follower
from smtpdesk.cli.options import JsonOption, WorkspaceOption
from smtpdesk.cli.running import notes, on_desk, say_json
from smtpdesk.desk import Desk
from smtpdesk.desk.sent_before import left_out_words


class Kind(StrEnum):
    """What can be sent again."""

    DEFERRED = "deferred"
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("retry", epilog="Example: smtpdesk retry 3f2a91c0-1 --only rejected")(retry)


def retry(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run (or its campaign folder).")],
    only: Annotated[
        list[Kind] | None, typer.Option(help="What to send again; deferred and rejected when not given.")
    ] = None,
    patience: Annotated[float, typer.Option(min=0, help="Seconds to wait for deferred messages.")] = PATIENCE,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Send again. Uncertain messages may have arrived: they are sent again only when named with --only.

    Whoever is on Never mail, or has the campaign from another run, is left out.
    """
    kinds = [str(kind) for kind in only or [Kind.DEFERRED, Kind.REJECTED]]

    async def work(desk: Desk) -> int:
        found = await desk.reports.find(run)
        left_out = await desk.reports.left_out(found.id, kinds)
        count = await desk.sending.retry(found.id, kinds, patience=patience)
        if as_json and left_out:
            say_json({"event": "left-out", "run": found.id, **left_out})
        for sentence in left_out_words(left_out):
            notes.print(sentence)
        if not count:
            notes.print(_("There is nothing of this kind to send again."))
            left = (await desk.reports.counts(found.id)).open
            if left:
                words = ngettext("{n} person is still to be sent to", "{n} people are still to be sent to", left)
                said = _("{people}: smtpdesk send {folder}").format(
                    people=words.format(n=left), folder=quoted(found.folder)
                )
                notes.print(foreign(said))
            return 0
        return await Follower(desk, found.id, as_json=as_json).follow()

    on_desk(workspace, work, as_json=as_json)
