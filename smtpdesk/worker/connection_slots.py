"""How many connections a profile has open at once, over every run and process of a workspace.

A provider counts the connections of an account, not those of a campaign. Each connection holds a locked file, one of
as many as the profile may have; the system frees the lock with the process, so a killed worker leaves none behind.
"""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

from filelock import FileLock, Timeout

#: Seconds after which a connection makes room when another run waits for one.
TURN = 10.0
#: A run that waits says so this often (seconds), and is heard for so long.
SAYS, HEARD = 1.0, 3.0


class ConnectionSlot:
    """The right to one connection, until :meth:`free`."""

    def __init__(self, lock: FileLock, slots: ConnectionSlots) -> None:
        self._lock = lock
        self._slots = slots
        self._since = time.monotonic()

    @property
    def turn_is_over(self) -> bool:
        """True when it was held for a while and another run waits: finish the message, close, let the other begin."""
        return time.monotonic() - self._since > TURN and self._slots.others_wait()

    def free(self) -> None:
        """The connection is closed, or was never opened. Harmless when called again."""
        if self._lock.is_locked and self.turn_is_over:
            self._slots.give_way()
        self._lock.release(force=True)


class ConnectionSlots:
    """The connections of one profile of a workspace.

    Args:
        folder: the workspace. ``profile``: its name.
    """

    def __init__(self, folder: Path, profile: str) -> None:
        self._folder = folder / "connections"
        self._key = hashlib.sha256(profile.encode()).hexdigest()[:16]
        self._waits = self._folder / f"{self._key}-{os.getpid()}.waits"
        self._said = float("-inf")
        self._looked, self._others = float("-inf"), False
        self._yields_until = float("-inf")

    def take(self, most: int) -> ConnectionSlot | None:
        """The right to one more connection; None while the profile has ``most`` open, whoever opened them.

        Raises:
            OSError: the workspace cannot be written to.
        """
        if time.monotonic() < self._yields_until:
            return None
        self._folder.mkdir(mode=0o700, exist_ok=True)
        for number in range(most):
            # "thread_local": taken and freed by whatever thread; a lock object of its own for each connection.
            lock = FileLock(self._folder / f"{self._key}-{number}.lock", timeout=0, mode=0o600, thread_local=False)
            try:
                lock.acquire()
            except Timeout:
                continue
            return ConnectionSlot(lock, self)
        return None

    def wait(self, waits: bool) -> None:
        """Say that this run has no connection and wants one, so that others make room; or that it does not wait."""
        moment = time.monotonic()
        if waits and moment - self._said >= SAYS:
            self._said = moment
            self._waits.touch(mode=0o600)
        elif not waits and self._said > float("-inf"):
            self._said = float("-inf")
            self._waits.unlink(missing_ok=True)

    def give_way(self) -> None:
        """Take none for a moment: the run that waits looks a few times a second."""
        self._yields_until = time.monotonic() + SAYS

    def others_wait(self) -> bool:
        """True while another process wants a connection of this profile; looked at once a second."""
        moment = time.monotonic()
        if moment - self._looked >= SAYS:
            self._looked = moment
            self._others = any(self._heard(path) for path in self._folder.glob(f"{self._key}-*.waits"))
        return self._others

    def _heard(self, path: Path) -> bool:
        if path == self._waits:
            return False
        try:
            age = time.time() - path.stat().st_mtime
        except FileNotFoundError:
            return False
        if abs(age) > 60 * HEARD:
            path.unlink(missing_ok=True)  # of a process that was killed
        return abs(age) < HEARD
