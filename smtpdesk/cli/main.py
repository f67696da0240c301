"""The command line: ``smtpdesk COMMAND``."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.main
from typer.core import TyperGroup

from smtpdesk import __version__
from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import use_language
from smtpdesk.base.registry import members
from smtpdesk.base.visible import visible
from smtpdesk.cli.options import WorkspaceOption
from smtpdesk.cli.running import reader_gone, show_error

#: Opens the window on a workspace and returns the exit status; given by the entry point, since the window and the
#: command line do not know each other.
Opener = Callable[[Path | None], int]


class _Commands(TyperGroup):
    """The group of all commands. What it quotes in words about wrong usage may be anything, such as a file name."""

    def invoke(self, ctx: Any) -> Any:
        """As usual, with signs for what is not seen in the words of an error."""
        with _visible_errors():
            return super().invoke(ctx)

    def make_context(self, *arguments: Any, **settings: Any) -> Any:
        """As usual, with signs for what is not seen in the words of an error."""
        with _visible_errors():
            return super().make_context(*arguments, **settings)


@contextlib.contextmanager
def _visible_errors() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if isinstance(getattr(error, "message", None), str) and hasattr(error, "format_message"):
            words = visible(error.format_message(), lines=True)
            error.format_message = lambda: words
        raise


def build() -> typer.Typer:
    """The command line with every command of ``smtpdesk.cli.commands``; ``obj`` is what opens the window, if any."""
    app = typer.Typer(
        name="smtpdesk",
        help="Send a personalised e-mail campaign from your own computer, through your own SMTP account.",
        no_args_is_help=False,
        invoke_without_command=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        cls=_Commands,
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
        open_window: Opener | None = context.obj
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


@functools.cache
def command() -> Any:
    """``app`` as the command that is run: made once, since reading the options of all commands takes a while."""
    return typer.main.get_command(app)


def main(argv: list[str] | None = None, open_window: Opener | None = None) -> int:
    """Run one command; returns its exit status."""
    use_language()
    try:
        words = sys.argv[1:] if argv is None else argv
        command()(args=words, prog_name="smtpdesk", standalone_mode=True, obj=open_window)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    except BrokenPipeError:
        reader_gone()
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
