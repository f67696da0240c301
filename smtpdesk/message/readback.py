"""Reads a message back out of its very bytes, with the standard library's parser: what the preview shows was sent."""

from __future__ import annotations

import email
import email.message
import email.policy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.header import decode_header, make_header
from typing import Any, TypeVar

_Value = TypeVar("_Value")
_ADDRESSES = frozenset({"from", "to", "cc", "bcc", "reply-to", "sender"})
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
        source: the bytes as text. ``size``: of the bytes.
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
    try:
        message: Any = email.message_from_bytes(raw, policy=email.policy.default)
    except Exception:  # noqa: BLE001 - the parser raises many things on broken input; an older policy reads anything
        message = email.message_from_bytes(raw, policy=email.policy.compat32)
    headers = [(name, _header(message, position)) for position, name in enumerate(message.keys())]
    found: dict[str, str | None] = {"text/html": None, "text/plain": None}
    parts: list[AttachedFile] = []
    inline: dict[str, tuple[str, bytes]] = {}
    for part in _leaves(message):
        kind = _try(part.get_content_type, "application/octet-stream")
        name = _try(part.get_filename, None)
        cid = _content_id(part)
        disposition = _try(part.get_content_disposition, None)
        if found.get(kind, "") is None and disposition != "attachment" and not name:
            found[kind] = _text(part)
        elif cid and disposition != "attachment":
            inline[cid] = (kind, _payload(part))
        else:
            data = _payload(part)
            parts.append(AttachedFile(str(name or ""), kind, len(data), data))
    subject = next((value for name, value in headers if name.lower() == "subject"), "")
    source = raw.decode("utf-8", "replace")
    return ReadBack(found["text/html"], found["text/plain"], subject, headers, parts, inline, source, len(raw))


def _content_id(part: Any) -> str:
    return _try(lambda: str(part.get("Content-ID", "")).strip().strip("<>"), "")


def _leaves(message: Any) -> Iterator[Any]:
    """The parts that hold content; a message within the message counts as one part."""
    if message.get_content_maintype() == "multipart" and isinstance(message.get_payload(), list):
        for part in message.get_payload():
            yield from _leaves(part)
    else:
        yield message


def _header(message: Any, position: int) -> str:
    # The raw pairs are parsed one by one: a header that cannot be parsed is shown as it stands.
    name, value = list(message.raw_items())[position]
    if name.lower() in _ADDRESSES:
        # The newer parser puts a blank between two encoded-words of one name (RFC 2047 section 6.2 says not to).
        return _try(lambda: str(make_header(decode_header(_UNFOLD.sub("", str(value))))), str(value))
    return _try(lambda: str(message.policy.header_fetch_parse(name, value)), str(value))


def _text(part: Any) -> str:
    data = _payload(part)
    charset = _try(lambda: part.get_content_charset("utf-8"), "utf-8")
    try:
        text = data.decode(charset, "replace")
    except (LookupError, UnicodeError):
        text = data.decode("utf-8", "replace")
    return text.replace("\r\n", "\n")


def _payload(part: Any) -> bytes:
    if isinstance(part.get_payload(), list):  # message/rfc822 and the like
        return _try(lambda: b"".join(inner.as_bytes() for inner in part.get_payload()), b"")
    data = _try(lambda: part.get_payload(decode=True), b"")
    return data if isinstance(data, bytes) else b""


def _try(read: Callable[[], _Value], otherwise: _Value) -> _Value:
    try:
        return read()
    except Exception:  # noqa: BLE001 - broken messages make the parser raise IndexError, KeyError, ValueError and more
        return otherwise
