"""``smtpdesk sandbox``: the built-in SMTP server, in the foreground."""

from __future__ import annotations

import contextlib
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from smtpdesk.base import private
from smtpdesk.base.errors import DeskError, InputError
from smtpdesk.base.i18n import _
from smtpdesk.base.secret import Secret
from smtpdesk.base.secret_variables import SANDBOX_PASSWORD, environment
from smtpdesk.base.workspace_path import local_folder, workspace_folder
from smtpdesk.cli.console import foreign
from smtpdesk.cli.options import WorkspaceOption
from smtpdesk.cli.running import finish, notes, show_error
from smtpdesk.sandbox import SandboxServer
from smtpdesk.sandbox.certificate import server_context


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sandbox", epilog="Example: smtpdesk sandbox --port 2525 --dir caught-mail")(sandbox)


def sandbox(
    port: Annotated[int, typer.Option(metavar="P", min=0, max=65535, help="0 takes a free one.")] = 2525,
    folder: Annotated[
        Path | None, typer.Option("--dir", metavar="D", help="Where the mail is kept as .eml files.")
    ] = None,
    tls: Annotated[bool, typer.Option("--tls", help="Offer STARTTLS with a certificate of its own.")] = False,
    user: Annotated[
        str, typer.Option(metavar="U", help="Ask for this user name; the password is in SMTPDESK_SANDBOX_PASSWORD.")
    ] = "",
    workspace: WorkspaceOption = None,
) -> None:
    """The built-in SMTP server: keeps every message as an .eml file and delivers none. Ends with Ctrl+C."""
    try:
        where = local_folder(folder) if folder else workspace_folder(workspace) / "sandbox"
        _serve(where, port, tls, user)
    except DeskError as error:
        show_error(error)
        finish(error.exit_status)


def _serve(where: Path, port: int, tls: bool, user: str) -> None:
    users = None
    if user:
        password = environment().get(SANDBOX_PASSWORD, "")
        if not password:
            raise InputError(
                "sandbox.no-password",
                _("There is no password for “{user}”.").format(user=user),
                _("Put it into the environment variable SMTPDESK_SANDBOX_PASSWORD."),
            )
        users = {user: Secret(password)}
    private.start_private()  # mail is the person's alone, in whatever folder
    private.make_folder(where)
    context = server_context(where) if tls else None
    server = SandboxServer(where, port=port, tls_context=context, users=users)
    taken = server.start()
    notes.print(
        _("Listening on 127.0.0.1, port {port}. Mail is kept in {folder}.").format(
            port=taken, folder=foreign(str(where))
        )
    )
    ended = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_arguments: ended.set())
    with contextlib.suppress(KeyboardInterrupt):
        while not ended.wait(1.0):
            pass
    server.stop()
    notes.print(_("Stopped."))
