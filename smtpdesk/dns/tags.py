"""Lists of ``tag=value`` parted by semicolons, as DKIM keys, DMARC, MTA-STS, TLS-RPT and BIMI records are written.

RFC 6376 section 3.2: blanks around tags and values mean nothing, a tag that occurs twice makes the list invalid.
"""

from __future__ import annotations

import re

_TAG = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")


def read_tags(text: str) -> dict[str, str] | None:
    """The tags in their order, in lower case, values as written; None when this is no such list."""
    tags: dict[str, str] = {}
    parts = text.split(";")
    if parts and not parts[-1].strip():
        parts.pop()
    for part in parts:
        name, equals, value = part.partition("=")
        name = name.strip().lower()
        if not equals or not _TAG.match(name) or name in tags:
            return None
        tags[name] = value.strip()
    return tags or None


def begins(text: str, version: str) -> bool:
    """Whether a record begins with ``v=VERSION`` as its first tag; the version is compared as it is written."""
    first, _semicolon, _rest = text.partition(";")
    name, equals, value = first.partition("=")
    return bool(equals) and name.strip().lower() == "v" and value.strip() == version
