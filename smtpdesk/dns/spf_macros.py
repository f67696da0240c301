"""Macros in SPF records: ``exists:%{ir}.%{v}._spf.%{d2}`` (RFC 7208 section 7)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from smtpdesk.dns.names import Address

_EXPAND = re.compile(r"%(?:\{([slodiphvSLODIPHV])([0-9]*)(r?)([.\-+,/_=]*)\}|([%_-]))")
_LONGEST = 253


@dataclass(frozen=True, slots=True)
class MacroValues:
    """What macros stand for: the envelope sender, the address of the relay, and the name that it gives itself.

    Attributes:
        validated: the relay's name from its PTR record, for ``%{p}``; nobody should use that any more (section 7.2).
    """

    local: str
    domain: str
    address: Address
    helo: str = ""
    validated: str = "unknown"

    def of(self, letter: str, current: str) -> str:
        """The value of a macro letter, while ``current`` is evaluated."""
        six = self.address.version == 6
        dotted = ".".join(self.address.exploded.replace(":", "")) if six else str(self.address)
        return {
            "s": f"{self.local}@{self.domain}", "l": self.local, "o": self.domain, "d": current, "i": dotted,
            "p": self.validated, "v": "ip6" if six else "in-addr", "h": self.helo or self.domain,
        }[letter]  # fmt: skip


def needs(spec: str, letters: str) -> bool:
    """Whether a domain-spec uses one of these macros."""
    return any(match[1] and match[1].lower() in letters for match in _EXPAND.finditer(spec))


def expand(spec: str, current: str, values: MacroValues) -> str:
    """A domain-spec with its macros filled in; labels are dropped from the left until DNS can hold it (section 7.3)."""

    def fill(match: re.Match[str]) -> str:
        letter, digits, reverse, delimiters, escape = match.groups()
        if escape:
            return {"%": "%", "_": " ", "-": "%20"}[escape]
        parts = re.split(f"[{re.escape(delimiters or '.')}]", values.of(letter.lower(), current))
        if reverse:
            parts.reverse()
        if digits:
            parts = parts[-min(int(digits[:4]) or 1, 128) :]
        text = ".".join(parts)
        return quote(text, safe="-._~") if letter.isupper() else text

    name = _EXPAND.sub(fill, spec).rstrip(".")
    while len(name) > _LONGEST and "." in name:
        name = name.partition(".")[2]
    return name.lower()
