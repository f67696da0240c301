"""Looks again when it is time: of several wishes the earliest counts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


class KickTimer:
    """Calls ``kick`` on the event loop."""

    def __init__(self, kick: Callable[[], None]) -> None:
        self._kick = kick
        self._timer: asyncio.TimerHandle | None = None
        self._at = 0.0

    def later(self, wait: float) -> None:
        """Look again after so many seconds; an earlier time goes before a later one."""
        at = time.monotonic() + wait
        if self._timer is not None:
            if self._at <= at:
                return
            self._timer.cancel()
        self._at = at
        self._timer = asyncio.get_running_loop().call_later(wait, self._now)

    def stop(self) -> None:
        """Do not look any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _now(self) -> None:
        self._timer = None
        self._kick()
