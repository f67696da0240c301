"""Bytes from a server to replies (RFC 5321 section 4.2, enhanced codes RFC 2034 and 3463)."""

from __future__ import annotations

import re
from collections.abc import Callable

from smtpdesk.domain.delivery import Reply

#: More than any honest server sends for one reply; beyond it the connection is given up.
MAX_REPLY_BYTES = 1_000_000
#: Replies of one line that are remembered: a server says the same to every MAIL, RCPT and RSET.
_REMEMBERED = 64
#: Lines of a reply that are kept as its text; the rest is counted, not stored.
KEPT_LINES = 20
_LINE = re.compile(rb"([2-5][0-9][0-9])([ -]|$)(.*)", re.DOTALL)
#: Control characters but the line break: a server could steer the terminal or the log viewer with them.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")


class NotSmtp(ValueError):
    """What arrived is no SMTP reply; ``shown`` is its beginning, made printable."""

    def __init__(self, line: str) -> None:
        self.shown = printable(line[:120]).strip()
        super().__init__(self.shown)


def printable(text: str) -> str:
    """A server's words with every control character shown as ``\ufffd``; line breaks stay, tabs become spaces."""
    return _CONTROL.sub("\ufffd", text.replace("\r\n", "\n").replace("\t", " "))


def make_reply(code: int, text: str) -> Reply:
    """A reply, printable, with its enhanced code taken out of the text, where the text begins with one."""
    text = printable(text)
    lines = text.splitlines() or [""]
    found = _ENHANCED.match(lines[0])
    if found is None or found[1][0] != str(code)[0]:
        return Reply(code, text)
    enhanced = found[1]
    stripped = [line[len(enhanced) :].lstrip() if line.startswith(enhanced) else line for line in lines]
    return Reply(code, "\n".join(stripped), enhanced)


class ReplyParser:
    """Collects lines into replies. One per connection; feed it whatever arrives, in any pieces.

    ``masked`` takes secrets out of a text: a server may repeat what it was told, and its words are written down.
    """

    def __init__(self, masked: Callable[[str], str] = str) -> None:
        self._masked = masked
        self._buffer = b""
        self._lines: list[bytes] = []
        self._size = 0
        self._known: dict[bytes, Reply] = {}
        #: What arrived that is no reply; nothing after it can be understood.
        self.fault: NotSmtp | None = None

    @property
    def empty(self) -> bool:
        """True when no part of a further reply has arrived yet."""
        return not self._buffer and not self._lines and self.fault is None

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that ``data`` completes, in order, up to a :attr:`fault`."""
        self._size += len(data)
        lines = (self._buffer + data if self._buffer else data).split(b"\n")
        self._buffer = lines.pop()
        replies = []
        try:
            for line in lines:
                reply = None if self._lines else self._known.get(line)
                if reply is None:
                    reply = self._take(line)
                if reply is not None:
                    replies.append(reply)
                    self._size = len(self._buffer)
            if self._size > MAX_REPLY_BYTES:
                raise NotSmtp(self._words(self._lines[0] if self._lines else self._buffer))
        except NotSmtp as error:
            self.fault = error
        return replies

    def _take(self, line: bytes) -> Reply | None:
        said = line.rstrip(b"\r")
        match = _LINE.match(said)
        if match is None:
            raise NotSmtp(self._words(said))
        alone = not self._lines
        if len(self._lines) < KEPT_LINES:
            self._lines.append(match[3])
        if match[2] == b"-":
            return None
        text = self._words(b"\n".join(self._lines))
        self._lines = []
        reply = make_reply(int(match[1]), text)
        if alone and reply.code < 400:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[line] = reply
        return reply

    def _words(self, raw: bytes) -> str:
        return self._masked(raw.decode("utf-8", "replace"))
