"""``smtpdesk render``: the exact message for one row."""

from __future__ import annotations

from typing import Annotated

import typer

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.cli.console import write_octets
from smtpdesk.cli.options import FolderArgument, WorkspaceOption
from smtpdesk.cli.running import on_desk
from smtpdesk.desk import Desk
from smtpdesk.domain.recipient import RowState


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("render", epilog="Example: smtpdesk render spring-sale --row 3 > row-3.eml")(render)


def render(
    folder: FolderArgument,
    row: Annotated[int, typer.Option(min=1, help="Row of the recipients, 1 is the first below the header.")],
    workspace: WorkspaceOption = None,
) -> None:
    """The exact message for one row, as RFC 5322 bytes on standard output."""

    async def work(desk: Desk) -> None:
        draft = await desk.campaigns.load(folder)
        people = await desk.campaigns.people(draft)
        recipient = people.row(row)
        if recipient.state is not RowState.READY:
            raise InputError(
                "render.set-aside",
                _("Row {row} is set aside and will not be mailed: {reason}").format(row=row, reason=recipient.reason),
                where=_("line {line}").format(line=recipient.line),
            )
        raw = await desk.campaigns.build(draft, people, recipient)
        write_octets(raw)

    on_desk(workspace, work)
