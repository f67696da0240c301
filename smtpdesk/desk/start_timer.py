"""Whether the system's own timer starts what is scheduled: switched on by a person, then kept up with the schedules."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from smtpdesk.base.i18n import _
from smtpdesk.desk.system_timer import SystemTimer, Unavailable, job_for, system_timer
from smtpdesk.desk.threads import StoreThread
from smtpdesk.store import Workspace

#: The setting that a person switches, and what was written into the system's timer last.
_ON, _WRITTEN = "schedule.timer", "schedule.timer.moments"


@dataclass(frozen=True, slots=True)
class TimerStatus:
    """``on``: a person wants it. ``missing``: why it cannot be had here, or "". ``conditions``: what has to be on."""

    on: bool
    missing: str
    conditions: str


class StartTimer:
    """One job of the system a workspace, there only while something is scheduled."""

    def __init__(self, store: Workspace, thread: StoreThread, timer: SystemTimer | None = None) -> None:
        self._store = store
        self._thread = thread
        self.timer = timer or system_timer()

    async def status(self) -> TimerStatus:
        """How it stands, with the sentence about what has to be on at the time."""
        on = bool(await self._get(_ON, False))
        missing = await asyncio.to_thread(self.timer.missing)
        if on and not missing:
            return TimerStatus(on, "", await asyncio.to_thread(self.timer.conditions))
        return TimerStatus(on, missing, without_timer())

    async def switch(self, on: bool, moments: Sequence[float]) -> None:
        """Use the system's timer from now on, or no longer.

        Raises:
            Unavailable: there is none; it stays off.
        """
        if on:
            missing = await asyncio.to_thread(self.timer.missing)
            if missing:
                raise Unavailable(missing)
        await self._set(_ON, on)
        await self._set(_WRITTEN, None)
        try:
            await self.keep_up(moments)
        except Unavailable:
            await self._set(_ON, False)
            raise

    async def keep_up(self, moments: Sequence[float]) -> None:
        """Let the system start something at these moments; none takes the job out.

        Raises:
            Unavailable: the system refused.
        """
        on = bool(await self._get(_ON, False))
        wanted = sorted(set(moments)) if on else []
        if wanted == await self._get(_WRITTEN, []):
            return
        job = job_for(self._store.folder, wanted)
        await asyncio.to_thread(self.timer.install if wanted else self.timer.remove, job)
        await self._set(_WRITTEN, wanted)

    async def _get(self, key: str, default: object) -> object:
        return await self._thread.call(lambda: self._store.settings.get(key, default))

    async def _set(self, key: str, value: object) -> None:
        await self._thread.call(lambda: self._store.settings.set(key, value))


def without_timer() -> str:
    """What has to be on where only SMTPDesk itself waits."""
    return _(
        "The computer has to be on and awake then, and you have to stay signed in; the window may be closed. "
        "After a restart, open SMTPDesk before that time."
    )
