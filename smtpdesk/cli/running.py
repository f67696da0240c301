"""Runs a command's coroutine on an open desk, and turns errors into words and exit statuses."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import typer

from smtpdesk.base import logs
from smtpdesk.base.errors import DeskError, InputError
from smtpdesk.base.i18n import _
from smtpdesk.base.visible import visible_json
from smtpdesk.base.workspace_path import workspace_folder
from smtpdesk.cli.console import foreign, notes, output
from smtpdesk.desk import Desk

__all__ = [
    "INTERRUPTED",
    "finish",
    "guarded",
    "interruptible",
    "notes",
    "on_desk",
    "output",
    "reader_gone",
    "say_json",
    "show_error",
]
_log = logging.getLogger("smtpdesk.cli")
#: How a write to standard output fails when it goes to a file on a full or broken disk.
_OUTPUT_TROUBLE = {errno.ENOSPC, errno.EFBIG, errno.EIO, errno.EBADF}
#: Exit status after Ctrl+C; what was under way can be resumed.
INTERRUPTED = 130


def on_desk(
    workspace: Path | None, work: Callable[[Desk], Coroutine[Any, Any, int | None]], *, as_json: bool = False
) -> None:
    """Open the desk, do the work, close it; ends the command with the right exit status."""

    async def run() -> int:
        folder = workspace_folder(workspace)
        logs.start(folder, "cli")
        desk = await Desk.open(folder)
        try:
            return await work(desk) or 0
        finally:
            await desk.close()

    finish(guarded(run, as_json=as_json))


def guarded(run: Callable[[], Coroutine[Any, Any, int]], *, as_json: bool = False) -> int:
    """Run a coroutine; errors become words on standard error (and a JSON object where asked)."""
    try:
        return asyncio.run(run())
    except DeskError as error:
        show_error(error, as_json=as_json)
        return error.exit_status
    except KeyboardInterrupt:
        notes.print(_("Interrupted."))
        return INTERRUPTED
    except BrokenPipeError:
        reader_gone()
        return 1
    except OSError as error:
        if error.filename is None and error.errno in _OUTPUT_TROUBLE:
            _give_up_output()
        show_error(_refused(error), as_json=as_json)
        return 2
    except UnicodeEncodeError as error:
        show_error(_not_utf8(error), as_json=as_json)
        return 2
    except Exception as error:  # noqa: BLE001 - the last resort: the log gets all of it, the person a sentence
        _log.exception("unexpected")
        what = _("Something unexpected happened ({kind}). The details are in the log folder of the workspace.")
        show_error(DeskError("cli.unexpected", what.format(kind=type(error).__name__)), as_json=as_json)
        return 2


def reader_gone() -> None:
    """Standard output was closed: say so, and let nothing be written to it when the process ends."""
    notes.print(_("The reader of the output went away. A sending that was begun goes on by itself."))
    _give_up_output()


def _give_up_output() -> None:
    """A standard output that took nothing would fail again with the next word, and when the process ends."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)


def _refused(error: OSError) -> DeskError:
    _log.warning("the system refused: %r", error)
    return DeskError(
        "cli.system",
        _("The system refused: {reason}.").format(reason=error.strerror or str(error)),
        _("Check that there is room on the disk and that you may read and write there, then try again."),
        str(error.filename or ""),
    )


def _not_utf8(error: UnicodeEncodeError) -> InputError:
    shown = str(error.object)[:200].encode("utf-8", "replace").decode()
    return InputError(
        "cli.encoding",
        _("A name holds characters that cannot be written here: {name}").format(name=shown),
        _("Rename the file or folder, or run SMTPDesk with a UTF-8 locale, for example LC_ALL=C.UTF-8."),
    )


def finish(status: int) -> None:
    """End the command with this exit status."""
    if status:
        raise typer.Exit(status)


def show_error(error: DeskError, *, as_json: bool = False) -> None:
    """An error in words, with what to do next."""
    where = f"{error.where}: " if error.where else ""
    notes.print(f"[bold red]✗[/] {foreign(where + error.sentence)} [dim]({foreign(error.code)})[/]")
    if error.hint:
        notes.print(f"  {foreign(error.hint)}")
    if as_json:
        say_json({"event": "error", **error.as_dict()})


def say_json(value: dict[str, Any]) -> None:
    """One JSON object on a line of standard output."""
    sys.stdout.write(visible_json(json.dumps(value, ensure_ascii=False)) + "\n")
    sys.stdout.flush()


async def interruptible(
    work: Coroutine[Any, Any, None],
    interrupt: Callable[[], Awaitable[None]],
    leaves: Callable[[], bool] = lambda: False,
) -> bool:
    """Await ``work``; Ctrl+C and SIGTERM call ``interrupt`` once and the work is still awaited to its orderly end.

    Args:
        leaves: asked at SIGTERM (the session ends, for example); True just ends the work and interrupts nothing.

    Returns:
        True when it was interrupted.
    """
    loop = asyncio.get_running_loop()
    asked: list[asyncio.Future[None]] = []

    def ask() -> None:
        if not asked:
            asked.append(asyncio.ensure_future(interrupt()))

    doing = asyncio.ensure_future(work)
    left: list[bool] = []

    def end() -> None:
        if leaves():
            left.append(doing.cancel())
        else:
            ask()

    names = [signal.SIGINT, signal.SIGTERM] if sys.platform != "win32" else []
    for name in names:
        loop.add_signal_handler(name, end if name is signal.SIGTERM else ask)
    try:
        await doing
        for task in asked:
            await task
    except asyncio.CancelledError:
        if not any(left):
            raise
    finally:
        for name in names:
            loop.remove_signal_handler(name)
    return bool(asked)
