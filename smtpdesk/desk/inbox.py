"""The mail that the built-in sandbox server kept, and how that server behaves."""

from __future__ import annotations

import asyncio
from pathlib import Path

from smtpdesk.message import ReadBack, read_back
from smtpdesk.sandbox import Behaviour, Inbox, InboxItem
from smtpdesk.sandbox.behaviour import load_behaviour, save_behaviour


class SandboxInbox:
    """The sandbox of this workspace."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._inbox = Inbox(folder)

    async def inbox(self) -> list[InboxItem]:
        """The kept messages, newest first."""
        return await asyncio.to_thread(self._inbox.messages)

    async def read(self, file: str) -> bytes:
        """The very bytes that the server received."""
        return await asyncio.to_thread(self._inbox.read, file)

    async def show(self, file: str) -> ReadBack:
        """A kept message, read back for showing."""
        return await asyncio.to_thread(lambda: read_back(self._inbox.read(file)))

    async def clear(self) -> None:
        """Throw the kept messages away."""
        await asyncio.to_thread(self._inbox.clear)

    async def behaviour(self) -> Behaviour:
        """How the server treats mail: shares of refusals, slowness."""
        return await asyncio.to_thread(load_behaviour, self.folder)

    async def set_behaviour(self, behaviour: Behaviour) -> None:
        """Make the server behave differently from the next message on."""
        await asyncio.to_thread(save_behaviour, self.folder, behaviour)
