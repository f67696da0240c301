"""``smtpdesk leave-out``: go on without those who wait because of a cause."""

from __future__ import annotations

from typing import Annotated

import typer

from smtpdesk.base.i18n import _
from smtpdesk.cli.commands.send import PATIENCE
from smtpdesk.cli.following import Follower
from smtpdesk.cli.options import JsonOption, WorkspaceOption
from smtpdesk.cli.running import notes, on_desk
from smtpdesk.desk import Desk


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("leave-out", epilog="Example: smtpdesk leave-out 3f2a91c0-1 profile.domain-authentication")(leave_out)


def leave_out(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run (or its campaign folder).")],
    cause: Annotated[
        str, typer.Argument(metavar="CAUSE", help="Why they wait, as the report names it; the run's own when left out.")
    ] = "",
    patience: Annotated[float, typer.Option(min=0, help="Seconds to wait for deferred messages.")] = PATIENCE,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Go on without the people who wait because of a cause. They are cancelled: a retry sends to them later."""

    async def work(desk: Desk) -> int:
        found = await desk.reports.find(run)
        count = await desk.sending.leave_out(found.id, cause or found.note, patience=patience)
        if not count:
            notes.print(_("Nobody waits because of this."))
            return 0
        return await Follower(desk, found.id, as_json=as_json).follow()

    on_desk(workspace, work, as_json=as_json)
