"""The sandbox as a process: listens until it is told to stop, or until nobody has used it for a while."""

from __future__ import annotations

import os
import secrets
import signal
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from smtpdesk.base.secret import Secret
from smtpdesk.domain.loopback import is_loopback
from smtpdesk.sandbox.behaviour import Behaviour
from smtpdesk.sandbox.certificate import server_context
from smtpdesk.sandbox.process import SERVER_FILE, Running, read_running, running_port, write_running
from smtpdesk.sandbox.server import SandboxServer

#: Seconds without a connection after which a sandbox that nobody watches ends.
IDLE = 90.0


def serve(
    folder: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    idle: float | None = None,
    security: str = "none",
    users: Mapping[str, Secret] | None = None,
    behaviour: Behaviour | None = None,
    started: Callable[[int], None] | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Run a sandbox; returns after SIGINT, SIGTERM, ``stop``, or ``idle`` seconds without a connection.

    Args:
        security: ``none``, ``starttls`` or ``tls``, with the folder's own certificate.
        started: called with the port as soon as connections are taken.

    Raises:
        RelayUnusable: the address cannot be listened on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ending = stop or threading.Event()
    context = None if security == "none" else server_context(folder, host)
    token = secrets.token_hex(8)
    server = SandboxServer(folder, host, port, context, users, behaviour, implicit_tls=security == "tls", banner=token)
    # Only a sandbox that anybody can use as it is may answer for the folder.
    shared = context is None and not users and is_loopback(host) and not running_port(folder)
    with _signals(ending), server:
        running = Running(os.getpid(), server.port, token)
        if shared:
            write_running(folder, running)
        if started is not None:
            started(server.port)
        _wait(server, ending, idle, folder if shared else None, running)
        if shared and read_running(folder) == running:
            (folder / SERVER_FILE).unlink(missing_ok=True)


def _wait(
    server: SandboxServer, ending: threading.Event, idle: float | None, folder: Path | None, running: Running
) -> None:
    pace = min(1.0, idle / 4) if idle else 1.0
    while not ending.wait(pace):
        quiet = server.idle_for()
        if idle is not None and quiet >= idle:
            return
        # The folder was deleted, or another sandbox answers for it: nobody will find this one again.
        if idle is not None and folder is not None and quiet > 0 and read_running(folder) != running:
            return


class _signals:
    """Sets an event on SIGINT and SIGTERM within the block; does nothing outside the main thread."""

    def __init__(self, event: threading.Event) -> None:
        self._event = event
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, lambda *_: self._event.set())

    def __exit__(self, *_exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
