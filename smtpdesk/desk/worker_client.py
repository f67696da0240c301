"""Starts a worker process and speaks with it; the one client of window and command line."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from smtpdesk.base import private
from smtpdesk.base.secret import Secret
from smtpdesk.base.secret_variables import without_secrets
from smtpdesk.desk.cut_off import forget_exit, keep_exit
from smtpdesk.worker.assembly import run_folder
from smtpdesk.worker.locks import LOCK
from smtpdesk.worker.protocol import line, parse

_log = logging.getLogger("smtpdesk.desk")


class WorkerClient:
    """One started worker. It does not need us: when this process ends, it goes on sending.

    ``subprocess`` with a reading thread, not asyncio's subprocess: that one kills its child when it is collected.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        run: str,
        folder: Path,
        changed: Callable[[str, Secret], None] = lambda ref, secret: None,
    ) -> None:
        self.run = run
        self._folder = folder
        self._changed = changed
        self._process = process
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        #: The last ``ended`` or ``failed`` message, once it came.
        self.last: dict[str, Any] | None = None
        #: Set at every message; whoever waits for news clears it.
        self.news = asyncio.Event()
        #: What keeps the ledger from being written just now (a ``trouble`` message), or None.
        self.trouble: dict[str, Any] | None = None
        threading.Thread(target=self._read, name=f"worker {run}", daemon=True).start()

    @classmethod
    async def start(
        cls,
        workspace: Path,
        run: str,
        secrets: Mapping[str, Secret],
        *,
        limit: int | None = None,
        patience: float | None = None,
        take_over: bool = False,
        changed: Callable[[str, Secret], None] = lambda ref, secret: None,
    ) -> WorkerClient:
        """Start a worker for a run.

        Args:
            workspace: the workspace folder.
            run: the run to send.
            secrets: secrets by reference that only this process knows; they go through the pipe, never on a
                command line or into the environment.
            limit: begin at most so many rows.
            patience: seconds to wait for deferred rows; None waits as long as it takes.
            take_over: a person says that no other place sends this run.
            changed: called with a reference and the secret that is to be kept in place of the former one.
        """
        arguments = [sys.executable, "-m", "smtpdesk.worker", "--workspace", str(workspace), "--run", run, "--listen"]
        if limit is not None:
            arguments += ["--limit", str(limit)]
        if patience is not None:
            arguments += ["--patience", str(patience)]
        if take_over:
            arguments.append("--take-over")
        folder = run_folder(workspace, run)
        process = await asyncio.to_thread(_spawn, folder, arguments)
        client = cls(process, run, folder, changed)
        client.hand_over(secrets)
        return client

    @property
    def running(self) -> bool:
        """True while the process lives, or its last words are still being read."""
        return not self._ended.is_set()

    def want(self, wanted: str) -> None:
        """Nudge the worker; the ledger says the same, this is only quicker."""
        self._say("want", wanted=wanted)

    def hand_over(self, secrets: Mapping[str, Secret]) -> None:
        """Give it the secrets that it cannot read itself, at its start or when one was changed."""
        self._say("secrets", secrets={ref: secret.reveal() for ref, secret in secrets.items()})

    def look(self) -> None:
        """The ledger says something new about what is wanted."""
        self._say("look")

    async def wait(self) -> int:
        """Wait for the process to end and return its exit status."""
        await self._ended.wait()
        return self._process.wait()

    def let_go(self) -> None:
        """Say nothing more; the worker goes on, and falls silent when this process ends."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _say(self, event: str, **values: Any) -> None:
        """One short line: it fits the pipe's buffer, so this never waits for the worker."""
        stdin = self._process.stdin
        if stdin is None or stdin.closed or not self.running:
            return
        try:
            stdin.write(line(event, **values).encode())
            stdin.flush()
        except OSError as error:
            _log.info("the worker of %s does not listen any more: %s", self.run, error)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(RuntimeError):  # our event loop is closed: nobody wants to know any more
            told = False
            for raw in self._process.stdout:
                message = parse(raw.decode("utf-8", "replace"))
                if message is None:
                    _log.info("worker said: %r", raw[:200])
                else:
                    told = told or message["event"] in {"ended", "failed"}
                    self._loop.call_soon_threadsafe(self._hear, message)
            status = self._process.wait()
            if not told:
                keep_exit(self._folder, status)
            self._loop.call_soon_threadsafe(self._end)

    def _hear(self, message: dict[str, Any]) -> None:
        if message["event"] in {"ended", "failed"}:
            self.last = message
        elif message["event"] == "trouble":
            self.trouble = message if message.get("code") else None
        elif message["event"] == "secret":
            self._changed(message["ref"], Secret(message["secret"]))
        self.news.set()

    def _end(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None and not pipe.closed:
                with contextlib.suppress(OSError):  # a last nudge may still sit in the buffer of a closed pipe
                    pipe.close()
        self._ended.set()
        self.news.set()


def _spawn(folder: Path, arguments: list[str]) -> subprocess.Popen[bytes]:
    private.make_folder(folder.parent)
    private.make_folder(folder)
    forget_exit(folder)
    with open(folder / "worker.err", "ab", opener=private.opener) as errors:
        return subprocess.Popen(
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            # Its secrets come through the pipe, and it lives for hours.
            env=without_secrets(os.environ),
            # Ctrl+C in a terminal and the end of the window are not the worker's end.
            start_new_session=sys.platform != "win32",
        )


def has_worker(workspace: Path, run: str) -> bool:
    """True when some worker process holds this run, whoever started it."""
    lock = run_folder(workspace, run) / LOCK
    try:
        if not lock.exists():
            return False
        with FileLock(lock, timeout=0):
            return False
    except Timeout:
        return True
    except OSError as error:  # a disk that became read-only, or that fails
        _log.info("the lock of %s cannot be taken: %s", run, error)
        return _is_locked(lock)


def _is_locked(lock: Path) -> bool:
    """Whether somebody holds a lock file that may not be written to."""
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except BlockingIOError:
        return True
    except OSError:
        return False
