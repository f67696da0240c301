"""Signatures in the headers of a message, received or kept by the sandbox: whose, and with which selector."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.errors import MessageError
from email.parser import HeaderParser
from email.policy import compat32

from smtpdesk.base.errors import InputError
from smtpdesk.dns.names import as_domain
from smtpdesk.dns.tags import read_tags

_SELECTOR = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\Z")
#: Characters that are read; headers are far shorter.
_MOST = 200_000


@dataclass(frozen=True, slots=True)
class Signature:
    """``d=`` and ``s=`` of one DKIM-Signature, ASCII and in lower case."""

    domain: str
    selector: str


@dataclass(frozen=True, slots=True)
class Headers:
    """What headers tell: the signatures, topmost first, and the domain of the Return-Path, "" when there is none."""

    signatures: tuple[Signature, ...] = ()
    envelope: str = ""


def read_headers(text: str) -> Headers:
    """Read pasted headers or a whole message; what cannot be read is passed over."""
    # What people paste often begins with empty lines, and a mail program's own words.
    lines = text[:_MOST].lstrip().replace("\r\n", "\n")
    try:
        message = HeaderParser(policy=compat32).parsestr(lines, headersonly=True)
        fields = [(name.lower(), str(value)) for name, value in message.items()]
    except (MessageError, ValueError):
        return Headers()
    signatures = [found for name, value in fields if name == "dkim-signature" and (found := _signature(value))]
    paths = [value for name, value in fields if name == "return-path"]
    return Headers(tuple(dict.fromkeys(signatures)), _domain(paths[0].strip(" <>")) if paths else "")


def _signature(value: str) -> Signature | None:
    tags = read_tags(re.sub(r"\r?\n[ \t]+", " ", value).replace("\n", " ")) or {}
    domain, selector = _domain("x@" + tags.get("d", "")), tags.get("s", "").lower()
    return Signature(domain, selector) if domain and _SELECTOR.match(selector) else None


def _domain(address: str) -> str:
    try:
        return as_domain(address.rpartition("@")[2])
    except InputError:
        return ""
