"""The worker process: takes one run from the ledger, sends it, and writes down what came of it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import sys
import threading
from pathlib import Path
from typing import Any

from smtpdesk.base import logs, private
from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _, use_language
from smtpdesk.base.secret import Secret
from smtpdesk.store import Workspace
from smtpdesk.worker.assembly import run_folder
from smtpdesk.worker.locks import Running, run_lock
from smtpdesk.worker.protocol import Speaker, parse
from smtpdesk.worker.rollback_retention import clear_old
from smtpdesk.worker.sending import Stretch

_log = logging.getLogger("smtpdesk.worker")
#: Exit status when another worker has this run already.
BUSY = 5


def main(argv: list[str] | None = None) -> int:
    """Entry point of ``python -m smtpdesk.worker``; returns the exit status."""
    options = _options(argv)
    use_language()
    private.start_private()
    logs.start(options.workspace, "worker")
    speaker = Speaker()
    folder = run_folder(options.workspace, options.run)
    try:
        with run_lock(folder, options.companion):
            status = asyncio.run(_work(options, speaker))
        if not options.companion:
            clear_old()
        return status
    except Running as error:
        speaker.say("failed", **error.as_dict())
        return BUSY
    except DeskError as error:
        _log.warning("ended by %s", error.code)
        speaker.say("failed", **error.as_dict())
        return error.exit_status
    except Exception:  # noqa: BLE001 - the last resort of a process: the log gets all of it, the person a sentence
        _log.exception("unexpected")
        sentence = _("Something unexpected stopped the sending.")
        hint = _("Nothing is lost. The details are in the log folder of the workspace; try to continue.")
        speaker.say("failed", code="worker.unexpected", error=sentence, hint=hint, where="")
        return 1


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="smtpdesk.worker", description="Sends one run. Started by SMTPDesk itself.")
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--patience", type=float, default=float("inf"))
    parser.add_argument("--take-over", action="store_true", help="a person says that no other place sends this run")
    parser.add_argument("--companion", type=int, default=0, help="send beside the run's worker, under its lease")
    parser.add_argument("--token", type=int, default=0, help="the number of that lease")
    parser.add_argument("--listen", action="store_true", help="read secrets and wishes from standard input")
    return parser.parse_args(argv)


async def _work(options: argparse.Namespace, speaker: Speaker) -> int:
    loop = asyncio.get_running_loop()
    wishes: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    secrets: dict[str, Secret] = {}
    if options.listen:
        _listen(loop, wishes)
        first = await wishes.get()
        secrets = {ref: Secret(value) for ref, value in first.get("secrets", {}).items()}
    workspace = await asyncio.to_thread(Workspace.open, options.workspace)
    try:
        stretch = Stretch(options, speaker, workspace, secrets, wishes)
        await (stretch.help() if options.companion else stretch.send())
    finally:
        workspace.close()
    return 0


def _listen(loop: asyncio.AbstractEventLoop, wishes: asyncio.Queue[dict[str, Any]]) -> None:
    """Read standard input on a thread of its own: it may stay silent for hours, and its end means nothing."""

    def read() -> None:
        for text in sys.stdin:
            wish = parse(text)
            if wish is not None:
                loop.call_soon_threadsafe(wishes.put_nowait, wish)
        with contextlib.suppress(RuntimeError):  # the loop may be closed by then
            loop.call_soon_threadsafe(wishes.put_nowait, {})

    threading.Thread(target=read, name="stdin", daemon=True).start()
