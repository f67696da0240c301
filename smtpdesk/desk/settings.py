"""Small values that the window remembers."""

from __future__ import annotations

from typing import Any

from smtpdesk.desk.threads import StoreThread
from smtpdesk.store import Workspace


class Settings:
    """JSON values by name, kept in the workspace."""

    def __init__(self, store: Workspace, thread: StoreThread) -> None:
        self._store = store
        self._thread = thread

    async def get(self, key: str, default: Any = None) -> Any:
        """The value of ``key``, or ``default``."""
        return await self._thread.call(lambda: self._store.settings.get(key, default))

    async def set(self, key: str, value: Any) -> None:
        """Remember a value that JSON can hold."""
        await self._thread.call(lambda: self._store.settings.set(key, value))
