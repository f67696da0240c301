"""Names that machines give: short, sortable by eye, safe in file names and Message-IDs."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_UNSAFE = re.compile(r"[^a-z0-9]+")


def slug(name: str, fallback: str = "untitled") -> str:
    """A file-name-safe form of a name: ``"Spring sale!"`` becomes ``"spring-sale"``; at most 60 characters."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return _UNSAFE.sub("-", plain).strip("-")[:60].strip("-") or fallback


def digest(*parts: str | bytes) -> str:
    """Hex SHA-256 over length-prefixed parts, so that no two different part lists collide."""
    hasher = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        hasher.update(len(raw).to_bytes(8, "big"))
        hasher.update(raw)
    return hasher.hexdigest()
