"""The command line: ``smtpdesk COMMAND``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from smtpdesk import __version__
from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import use_language
from smtpdesk.base.registry import members
from smtpdesk.cli.options import WorkspaceOption
from smtpdesk.cli.running import reader_gone, show_error

#: Opens the window on a workspace and returns the exit status; given by the entry point, since the window and the
#: command line do not know each other.
Opener = Callable[[Path | None], int]


def build(open_window: Opener | None = None) -> typer.Typer:
    """The command line with every command of ``smtpdesk.cli.commands``."""
    app = typer.Typer(
        name="smtpdesk",
        help="Send a personalised e-mail campaign from your own computer, through your own SMTP account.",
        no_args_is_help=False,
        invoke_without_command=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
        add_completion=False,
    )

    @app.callback()
    def start(
        context: typer.Context,
        workspace: WorkspaceOption = None,
        version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    ) -> None:
        """Without a command: open the window."""
        context.obj = open_window
        if version:
            typer.echo(f"smtpdesk {__version__}")
            raise typer.Exit
        if context.invoked_subcommand is None:
            if open_window is None:
                typer.echo(context.get_help())
                raise typer.Exit(2)
            try:
                status = open_window(workspace)
            except DeskError as error:
                show_error(error)
                status = error.exit_status
            raise typer.Exit(status)

    for module in members("smtpdesk.cli.commands"):
        module.register(app)
    return app


#: The command line without a window, for documentation and tests.
app = build()


def main(argv: list[str] | None = None, open_window: Opener | None = None) -> int:
    """Run one command; returns its exit status."""
    use_language()
    try:
        build(open_window)(args=sys.argv[1:] if argv is None else argv, prog_name="smtpdesk", standalone_mode=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    except BrokenPipeError:
        reader_gone()
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
