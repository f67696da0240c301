"""Reads a message back out of its very bytes, with the standard library's parser: what the preview shows was sent."""

from __future__ import annotations

import binascii
import email
import email.message
import email.policy
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.header import decode_header, make_header
from typing import Any, TypeVar

_Value = TypeVar("_Value")
_ADDRESSES = frozenset({"from", "to", "cc", "bcc", "reply-to", "sender"})
#: Octets of a body in base64 that is not given to the parser, which would copy it seven times.
_LARGE = 200_000
#: Octets of a message that are shown as its source.
SOURCE_SHOWN = 1_000_000
_BASE64 = re.compile(rb"^content-transfer-encoding:[ \t]{0,20}base64[ \t]{0,20}\r?$", re.IGNORECASE | re.MULTILINE)
_NO_BASE64 = bytes(sorted(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n"))
_BLANK = re.compile(rb"\n\r?\n")
_UNFOLD = re.compile(r"\r?\n(?=[ \t])")


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """An attachment as the recipient gets it; ``size`` in bytes, decoded."""

    name: str
    type: str
    size: int
    data: bytes


@dataclass(frozen=True, slots=True)
class ReadBack:
    """A message as a mail program reads it.

    Attributes:
        html, text: the bodies, None when there is none. ``subject``: decoded.
        headers: all headers in their order, decoded.
        parts: the attachments. ``inline``: Content-ID (without brackets) to (type, data).
        source: the bytes as text, the first :data:`SOURCE_SHOWN` of them. ``size``: of the bytes.
    """

    html: str | None
    text: str | None
    subject: str
    headers: list[tuple[str, str]]
    parts: list[AttachedFile]
    inline: dict[str, tuple[str, bytes]]
    source: str
    size: int


def read_back(raw: bytes) -> ReadBack:
    """Take a message apart. Nothing in ``raw`` makes it fail; what cannot be read is left out or shown as it stands."""
    large = _Large(raw)
    try:
        message: Any = email.message_from_bytes(large.rest, policy=email.policy.default)
    except Exception:  # noqa: BLE001 - the parser raises many things on broken input; an older policy reads anything
        message = email.message_from_bytes(large.rest, policy=email.policy.compat32)
    headers = [(name, _header(message, name, value)) for name, value in list(message.raw_items())]
    found: dict[str, str | None] = {"text/html": None, "text/plain": None}
    parts: list[AttachedFile] = []
    inline: dict[str, tuple[str, bytes]] = {}
    for part in _leaves(message):
        kind = _try(part.get_content_type, "application/octet-stream")
        name = _try(part.get_filename, None)
        cid = _content_id(part)
        disposition = _try(part.get_content_disposition, None)
        if found.get(kind, "") is None and disposition != "attachment" and not name:
            found[kind] = _text(part, large)
        elif cid and disposition != "attachment":
            inline[cid] = (kind, _payload(part, large))
        else:
            data = _payload(part, large)
            parts.append(AttachedFile(str(name or ""), kind, len(data), data))
    subject = next((value for name, value in headers if name.lower() == "subject"), "")
    source = raw[:SOURCE_SHOWN].decode("utf-8", "replace")
    return ReadBack(found["text/html"], found["text/plain"], subject, headers, parts, inline, source, len(raw))


class _Large:
    """A message without its large bodies in base64: each is a mark in ``rest``, and decoded once, when asked for."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._secret = secrets.token_hex(16).encode()
        self._places: list[tuple[int, int]] = []
        self.rest = raw if len(raw) <= _LARGE else b"".join(self._pieces())

    def _pieces(self) -> Iterator[bytes]:
        raw, done, position = self._raw, 0, 0
        while head := _BASE64.search(raw, position):
            start = max(raw.rfind(b"\n--", position, head.start()), 0)
            if (position and not start) or _BLANK.search(raw, start, head.start()):
                position = head.end()  # words in a body, not a header
                continue
            blank = b"\r\n\r\n" if head[0].endswith(b"\r") else b"\n\n"
            begin = raw.find(blank, head.end() - 1)
            if begin < 0:
                break
            begin += len(blank)
            end = raw.find(b"\n--", begin)
            position = end = len(raw) if end < 0 else end + 1
            if end - begin > _LARGE and self._is_base64(begin, end):
                mark = b"%s-%d" % (self._secret, len(self._places))
                self._places.append((begin, end))
                yield raw[done:begin] + binascii.b2a_base64(mark).replace(b"\n", b"\r\n")
                done = end
        yield raw[done:]

    def _is_base64(self, begin: int, end: int) -> bool:
        return not any(
            self._raw[place : min(place + _LARGE, end)].translate(None, _NO_BASE64)
            for place in range(begin, end, _LARGE)
        )

    def restored(self, data: bytes) -> bytes:
        """The decoded body behind a mark; anything else as it is."""
        if not self._places or not data.startswith(self._secret):
            return data
        begin, end = self._places[int(data.rpartition(b"-")[2])]
        return _try(lambda: binascii.a2b_base64(memoryview(self._raw)[begin:end]), b"")


def _content_id(part: Any) -> str:
    return _try(lambda: str(part.get("Content-ID", "")).strip().strip("<>"), "")


def _leaves(message: Any) -> Iterator[Any]:
    """The parts that hold content; a message within the message counts as one part."""
    if message.get_content_maintype() == "multipart" and isinstance(message.get_payload(), list):
        for part in message.get_payload():
            yield from _leaves(part)
    else:
        yield message


def _header(message: Any, name: str, value: Any) -> str:
    # The raw pairs are parsed one by one: a header that cannot be parsed is shown as it stands.
    if name.lower() in _ADDRESSES:
        # The newer parser puts a blank between two encoded-words of one name (RFC 2047 section 6.2 says not to).
        return _try(lambda: str(make_header(decode_header(_UNFOLD.sub("", str(value))))), str(value))
    return _try(lambda: str(message.policy.header_fetch_parse(name, value)), str(value))


def _text(part: Any, large: _Large) -> str:
    data = _payload(part, large)
    charset = _try(lambda: part.get_content_charset("utf-8"), "utf-8")
    try:
        text = data.decode(charset, "replace")
    except (LookupError, UnicodeError):
        text = data.decode("utf-8", "replace")
    return text.replace("\r\n", "\n")


def _payload(part: Any, large: _Large) -> bytes:
    if isinstance(part.get_payload(), list):  # message/rfc822 and the like
        return _try(lambda: b"".join(inner.as_bytes() for inner in part.get_payload()), b"")
    data = _try(lambda: part.get_payload(decode=True), b"")
    return large.restored(data) if isinstance(data, bytes) else b""


def _try(read: Callable[[], _Value], otherwise: _Value) -> _Value:
    try:
        return read()
    except Exception:  # noqa: BLE001 - broken messages make the parser raise IndexError, KeyError, ValueError and more
        return otherwise
