"""The worker process: takes one run from the ledger, sends it, and writes down what came of it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from smtpdesk.base import logs
from smtpdesk.base.clock import now
from smtpdesk.base.errors import DeskError, StoreError
from smtpdesk.base.i18n import _, use_language
from smtpdesk.base.secret import Secret
from smtpdesk.delivery.engine import Ending, Engine
from smtpdesk.domain.delivery import RunState, Wanted
from smtpdesk.store import Workspace
from smtpdesk.worker.assembly import Assembly, run_folder, vault_for
from smtpdesk.worker.book import LedgerBook
from smtpdesk.worker.marks import MarkFile
from smtpdesk.worker.protocol import Speaker, parse

_log = logging.getLogger("smtpdesk.worker")
#: Held by the one worker of a run; the file stays, the lock does not outlive the process.
LOCK = "worker.lock"
#: Exit status when another worker has this run already.
BUSY = 5


def main(argv: list[str] | None = None) -> int:
    """Entry point of ``python -m smtpdesk.worker``; returns the exit status."""
    options = _options(argv)
    use_language()
    logs.start(options.workspace, "worker")
    speaker = Speaker()
    folder = run_folder(options.workspace, options.run)
    try:
        with FileLock(folder / LOCK, timeout=2):
            return asyncio.run(_work(options, speaker))
    except Timeout:
        speaker.say("failed", code="worker.running", error=_("This run is being sent already."), hint="")
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
        return await _send(options, speaker, workspace, secrets, wishes)
    finally:
        workspace.close()


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


async def _send(
    options: argparse.Namespace,
    speaker: Speaker,
    workspace: Workspace,
    secrets: dict[str, Secret],
    wishes: asyncio.Queue[dict[str, Any]],
) -> int:
    run = workspace.runs.get(options.run)
    trouble = lambda error: speaker.say("trouble", **(error.as_dict() if error else {"code": ""}))  # noqa: E731
    book = LedgerBook(workspace, run.id, trouble)
    counts = workspace.ledger.counts(run.id)
    marks = MarkFile(run_folder(workspace.folder, run.id) / "marks", counts.total)
    try:
        recovery = await book.call(lambda: workspace.ledger.recover(run.id, marks.begun()))
        marks.start()
        assembly = Assembly(workspace, vault_for(workspace), secrets)
        work = [await assembly.assignment(run, name) for name in run.profiles]
        engine = Engine(
            work,
            book,
            marks,
            limit=options.limit,
            patience=options.patience,
            beat=lambda lanes: speaker.say("beat", lanes=[asdict(lane) for lane in lanes]),
        )
        workspace.runs.set_state(run.id, RunState.RUNNING, "")
        speaker.say("ready", run=run.id, pid=os.getpid(), recovered=asdict(recovery))
        ending = await _obeying(engine, wishes)
        await book.call(lambda: _close_run(workspace, run.id, ending))
        speaker.say("ended", state=ending.state, note=ending.note, reached=ending.reached)
        return 0
    except DeskError as error:
        await asyncio.to_thread(_pause_run, workspace, run.id, error)
        raise
    finally:
        book.close()
        marks.close()


def _close_run(workspace: Workspace, run: str, ending: Ending) -> None:
    if ending.state is RunState.STOPPED:
        workspace.ledger.cancel_open(run)
    workspace.runs.seen(run, now())
    workspace.runs.set_state(run, ending.state, ending.note)


def _pause_run(workspace: Workspace, run: str, error: DeskError) -> None:
    """Leave a truthful state behind; when even that cannot be written, the ledger's rows still tell."""
    try:
        workspace.runs.set_state(run, RunState.PAUSED, error.code)
    except StoreError as further:
        _log.warning("the run's state could not be written: %s", further.code)


async def _obeying(engine: Engine, wishes: asyncio.Queue[dict[str, Any]]) -> Ending:
    """Send while listening to wishes from the pipe and to signals; both only nudge, the ledger's word is the same."""
    loop = asyncio.get_running_loop()
    if sys.platform != "win32":
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, engine.want, Wanted.PAUSE)

    async def obey() -> None:
        while True:
            wish = await wishes.get()
            if wish.get("event") == "want":
                engine.want(Wanted(wish["wanted"]))

    obeying = asyncio.create_task(obey())
    try:
        return await engine.run()
    finally:
        obeying.cancel()
        await asyncio.wait({obeying})
