"""One sandbox process for each folder, shared by everybody who uses it: found when it runs, started when not."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

import smtpdesk
from smtpdesk.base import private
from smtpdesk.base.errors import RelayUnusable
from smtpdesk.base.i18n import _
from smtpdesk.base.secret_variables import without_secrets

SERVER_FILE = "server.json"
LOG_FILE = "server.log"
_LOCK_FILE = "server.lock"
_HOST = "127.0.0.1"
#: Seconds a sandbox may take to start (a cold disk, a busy computer), and to greet.
_START_PATIENCE = 30.0
_GREETING_PATIENCE = 3.0


@dataclass(frozen=True, slots=True)
class Running:
    """The sandbox process of a folder: process id, port, and the word its greeting contains."""

    pid: int
    port: int
    token: str


def ensure(folder: Path, *, command: Sequence[str] | None = None) -> int:
    """The port of the folder's sandbox on loopback; starts the process when none answers. Blocks, at most 30 s.

    The process outlives the caller and ends by itself when nobody has connected for a while. Callers that ask at the
    same time, in whatever process, get the same one.

    Args:
        command: how to start ``python -m smtpdesk.sandbox``; a packaged program names its own executable.

    Raises:
        RelayUnusable: ``sandbox.not-started``.
    """
    port = running_port(folder)
    if port:
        return port
    try:
        private.make_folder(folder)
        with FileLock(str(folder / _LOCK_FILE), timeout=_START_PATIENCE, mode=private.FILE):
            return running_port(folder) or _start(folder, command or [sys.executable, "-m", "smtpdesk.sandbox"])
    except (OSError, Timeout) as error:
        raise _not_started(folder) from error


def dismiss(folder: Path) -> None:
    """Let the folder's sandbox end: within about a second, once no connection is open. Nothing happens without one."""
    (folder / SERVER_FILE).unlink(missing_ok=True)


def running_port(folder: Path) -> int:
    """The port when the folder's sandbox answers there with its own greeting, else 0."""
    running = read_running(folder)
    return running.port if running is not None and _greets(running) else 0


def read_running(folder: Path) -> Running | None:
    """What server.json says; None when there is nothing readable."""
    try:
        stated = json.loads((folder / SERVER_FILE).read_text(encoding="utf-8"))
        return Running(int(stated["pid"]), int(stated["port"]), str(stated["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_running(folder: Path, running: Running) -> None:
    """Say where the sandbox of this folder is; never half-written."""
    half = folder / f".{SERVER_FILE}.{running.pid}.tmp"
    half.write_text(json.dumps(asdict(running)), encoding="utf-8")
    half.replace(folder / SERVER_FILE)


def _greets(running: Running) -> bool:
    try:
        with socket.create_connection((_HOST, running.port), timeout=_GREETING_PATIENCE) as link:
            greeting = link.makefile("rb").readline(512).decode("ascii", "replace")
            link.sendall(b"QUIT\r\n")
    except OSError:
        return False
    return greeting.startswith("220") and running.token in greeting.split()


def _start(folder: Path, command: Sequence[str]) -> int:
    folder = folder.resolve()
    with open(folder / LOG_FILE, "ab", opener=private.opener) as log:
        process = subprocess.Popen(
            [*command, "--dir", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            cwd=folder,
            env=_environment(),
            start_new_session=True,
            creationflags=_detached_flags(),
        )
    # Reaps the process when it ends before this one does.
    threading.Thread(target=process.wait, name="sandbox-reaper", daemon=True).start()
    deadline = time.monotonic() + _START_PATIENCE
    while time.monotonic() < deadline:
        port = running_port(folder)
        if port:
            return port
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise _not_started(folder)


def _environment() -> dict[str, str]:
    """Ours without secrets, and the place of this very package first, so that the child runs the same code."""
    home = str(Path(smtpdesk.__file__).resolve().parent.parent)
    return without_secrets(os.environ) | {
        "PYTHONPATH": os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))
    }


def _detached_flags() -> int:
    if sys.platform == "win32":
        return subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    return 0


def _not_started(folder: Path) -> RelayUnusable:
    return RelayUnusable(
        "sandbox.not-started",
        _("The sandbox did not start."),
        _("Its reasons may stand in {file}.").format(file=folder / LOG_FILE),
    )
