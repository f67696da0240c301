"""Where accepted messages are put: one .eml file each, byte for byte, and one line with its envelope in an index."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import time
from collections.abc import Sequence
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from pathlib import Path

INDEX_FILE = "index.jsonl"
_SUBJECT = re.compile(rb"^subject:[ \t]*(.*(?:\r?\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)
_FOLD = re.compile(r"\r?\n(?=[ \t])")
#: Headers longer than this are not looked through for a subject.
_HEAD_LIMIT = 65536


class Mailbag:
    """Keeps messages in a folder. Several processes may keep into the same folder at the same time."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        # The name begins with the time, so that names sort; the mark keeps processes apart, the clock never repeats.
        self._mark = secrets.token_hex(3)
        self._last = 0
        self._torn = False

    def keep(self, content: bytes, sender: str, recipients: Sequence[str]) -> str:
        """Write one message and its envelope; the name of its file.

        Raises:
            OSError: it could not be written whole (a full disk); nothing of it is left then.
        """
        self._last = max(self._last + 1, time.time_ns())
        name = f"{self._last:020d}-{self._mark}.eml"
        half = self._folder / f".{name}.tmp"
        record = {
            "file": name,
            "at": self._last / 1e9,
            "from": sender,
            "to": list(recipients),
            "subject": subject_of(content),
            "size": len(content),
        }
        try:
            half.write_bytes(content)
            self._append(json.dumps(record))
            # Last, because a line of the index without a file is ignored, and a file without a line is slow to list.
            half.replace(self._folder / name)
        except OSError:
            with contextlib.suppress(OSError):
                half.unlink()
            raise
        return name

    def _append(self, line: str) -> None:
        # After a write that broke off, the next line must not be glued to the torn one.
        raw = ("\n" if self._torn else "").encode() + line.encode() + b"\n"
        self._torn = True
        handle = os.open(
            self._folder / INDEX_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600
        )
        try:
            if os.write(handle, raw) != len(raw):
                raise OSError("the index was not written whole")
        finally:
            os.close(handle)
        self._torn = False


def subject_of(content: bytes) -> str:
    """The decoded subject of a message (RFC 2047), or ""; never raises, whatever the bytes are."""
    end = content.find(b"\r\n\r\n")
    head = content[: min(end if end >= 0 else _HEAD_LIMIT, _HEAD_LIMIT)]
    found = _SUBJECT.search(head)
    if found is None:
        return ""
    text = _FOLD.sub("", found[1].decode("utf-8", "replace")).strip()
    if "=?" not in text:
        return text
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, UnicodeError, LookupError, ValueError):
        return text
