"""What the sandbox has kept, for the window: newest first, thousands of messages without reading them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from pathlib import Path

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.sandbox.mailbag import INDEX_FILE, subject_of

_NAME = re.compile(r"(\d{20})-[0-9a-f]+\.eml\Z")
_HEAD_LIMIT = 65536


@dataclass(frozen=True, slots=True)
class InboxItem:
    """One kept message: its file's name, when it came (epoch seconds), the envelope, the subject, bytes."""

    file: str
    at: float
    sender: str
    recipients: tuple[str, ...]
    subject: str
    size: int


class Inbox:
    """Reads a sandbox folder while a sandbox writes to it. Calls block on the disk; use it off the event loop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._items: dict[str, InboxItem] = {}
        self._offset = 0

    def messages(self, limit: int | None = None) -> list[InboxItem]:
        """The kept messages, newest first; only what is new since the last call is read."""
        self._catch_up()
        names = sorted(self._names(), reverse=True)[:limit]
        return [item for item in map(self._item, names) if item is not None]

    def count(self) -> int:
        """How many messages are kept."""
        return sum(1 for _name in self._names())

    def read(self, file: str) -> bytes:
        """The message exactly as it was received.

        Raises:
            InputError: ``sandbox.no-message``, there is no such message.
        """
        try:
            if not _NAME.fullmatch(file):  # a name from outside never leads out of the folder
                raise FileNotFoundError(file)
            return (self._folder / file).read_bytes()
        except OSError as error:
            raise InputError("sandbox.no-message", _("This message is not in the sandbox any more.")) from error

    def clear(self) -> int:
        """Delete every kept message; how many there were.

        Raises:
            InputError: ``sandbox.clear``, a file could not be deleted.
        """
        gone = 0
        try:
            for name in list(self._names()):
                (self._folder / name).unlink(missing_ok=True)
                gone += 1
            if (self._folder / INDEX_FILE).exists():
                os.truncate(self._folder / INDEX_FILE, 0)
        except OSError as error:
            raise InputError("sandbox.clear", _("The sandbox could not be emptied."), str(error)) from error
        self._items.clear()
        self._offset = 0
        return gone

    def remove_to(self, address: str) -> int:
        """Delete the kept messages to an address; how many there were. Calls of others are not disturbed.

        Raises:
            InputError: ``sandbox.clear``, a file could not be deleted.
        """
        wanted = [item.file for item in self.messages() if any(_same(to, address) for to in item.recipients)]
        try:
            for name in wanted:
                (self._folder / name).unlink(missing_ok=True)
                self._items.pop(name, None)
            if wanted:  # the others are found by their files
                os.truncate(self._folder / INDEX_FILE, 0)
                self._offset = 0
        except OSError as error:
            raise InputError("sandbox.clear", _("The sandbox could not be emptied."), str(error)) from error
        return len(wanted)

    def _names(self) -> Iterator[str]:
        try:
            with os.scandir(self._folder) as entries:
                yield from [entry.name for entry in entries if _NAME.fullmatch(entry.name)]
        except FileNotFoundError:
            return

    def _item(self, name: str) -> InboxItem | None:
        item = self._items.get(name)
        if item is None:
            item = self._look_inside(name)
            if item is not None:
                self._items[name] = item
        return item

    def _look_inside(self, name: str) -> InboxItem | None:
        """A file without a line in the index: the sandbox was ended between the two, or the index was deleted."""
        path = self._folder / name
        try:
            size = path.stat().st_size
            with path.open("rb") as file:
                head = file.read(_HEAD_LIMIT)
        except OSError:
            return None
        headers = BytesHeaderParser().parsebytes(head)
        sender, to = str(headers.get("From", "")), str(headers.get("To", ""))
        return InboxItem(name, int(name[:20]) / 1e9, sender, (to,) if to else (), subject_of(head), size)

    def _catch_up(self) -> None:
        try:
            with (self._folder / INDEX_FILE).open("rb") as index:
                if index.seek(0, os.SEEK_END) < self._offset:  # emptied by somebody else
                    self._items.clear()
                    self._offset = 0
                index.seek(self._offset)
                new = index.read()
        except FileNotFoundError:
            self._offset = 0
            return
        whole = new[: new.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.splitlines():
            item = _parse(line)
            if item is not None:
                self._items[item.file] = item


def _same(recipient: str, address: str) -> bool:
    return parseaddr(recipient)[1].casefold() == address.casefold()


def _parse(line: bytes) -> InboxItem | None:
    try:
        record = json.loads(line)
        return InboxItem(
            record["file"],
            float(record["at"]),
            record["from"],
            tuple(record["to"]),
            record["subject"],
            int(record["size"]),
        )
    except (ValueError, KeyError, TypeError):
        return None  # a line torn by a full disk or a kill; its message is found by its file if it is there
