"""Keeps the computer awake while mail is being sent.

Where that cannot be done (no session bus, a server, a locked-down desktop) sending goes on all the same: a computer
that falls asleep meanwhile loses nothing either.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import sys
import threading
from collections.abc import Iterator

_log = logging.getLogger("smtpdesk.worker")
#: Seconds between the last message and the moment the computer may sleep: pauses between messages are short.
LINGER = 30.0
#: The session bus, over which the desktops of Linux and the BSDs are asked.
_BUS = "DBUS_SESSION_BUS_ADDRESS"


class Awake:
    """Tells the system that work is going on, from a thread of its own: the system may take its time to answer.

    Every method returns at once, whatever the system does.
    """

    def __init__(self, linger: float = LINGER) -> None:
        self._linger = linger
        self._wishes: queue.SimpleQueue[bool | None] = queue.SimpleQueue()
        self._wanted = False
        self._thread: threading.Thread | None = None
        self._closed = False

    def set(self, active: bool) -> None:
        """Say whether mail is being sent right now; the same word again costs nothing."""
        if active == self._wanted or self._closed:
            return
        self._wanted = active
        if self._thread is None:
            self._thread = threading.Thread(target=self._keep, name="awake", daemon=True)
            self._thread.start()
        self._wishes.put(active)

    def close(self) -> None:
        """Let the computer sleep again; nothing can be set afterwards."""
        self._closed = True
        self._wishes.put(None)

    def _keep(self) -> None:
        if not _possible():
            _log.info("the computer is not kept awake: there is no session bus to ask")
            return
        try:
            while self._wait_for(True):
                with _mode() as kept:
                    if not kept:
                        return
                    self._wait_for_rest()
        except Exception:  # noqa: BLE001 - the libraries behind it may raise anything; sending does not depend on it
            _log.warning("the computer is not kept awake", exc_info=True)

    def _wait_for(self, wanted: bool) -> bool:
        """Wait until this is wanted; False once nothing is any more."""
        while True:
            wish = self._wishes.get()
            if wish is None:
                return False
            if wish is wanted:
                return True

    def _wait_for_rest(self) -> None:
        """Wait until mail has not been sent for a while, or until the end."""
        active = True
        while True:
            try:
                wish = self._wishes.get(timeout=None if active else self._linger)
            except queue.Empty:
                return
            if wish is None:
                self._wishes.put(None)  # for whoever waits next
                return
            active = wish


def _possible() -> bool:
    return sys.platform in {"win32", "darwin"} or bool(os.environ.get(_BUS))


@contextlib.contextmanager
def _mode() -> Iterator[bool]:
    from wakepy import keep  # only where mail is being sent, and a system is there that can be asked

    with keep.running(on_fail="pass") as mode:
        if mode.active:
            _log.info("the computer is kept awake by %s", mode.method.name if mode.method else "?")
        else:
            _log.info("the computer is not kept awake: %s", mode.result.get_failure_text(style="inline"))
        yield mode.active


@contextlib.contextmanager
def kept() -> Iterator[Awake]:
    """Keep the computer awake for as long as this lasts."""
    awake = Awake()
    awake.set(True)
    try:
        yield awake
    finally:
        awake.close()
