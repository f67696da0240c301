"""What the parts of a reply's codes say: the three digits (RFC 5321) and the enhanced status code (RFC 3463, IANA).

The sentences are data (``resources/codes/*.toml``), in our own words, each code with its source.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from smtpdesk.base.i18n import _
from smtpdesk.base.paths import resources


@dataclass(frozen=True, slots=True)
class CodePart:
    """One part of a code and what it says.

    Attributes:
        shown: the part as it stands in the code, the others as dots: ``"5.·.·"``, ``"550"``.
        means: a sentence for people.
        source: where that is laid down, or "".
    """

    shown: str
    means: str
    source: str = ""


def basic_parts(code: int) -> tuple[CodePart, ...]:
    """The parts of a three-digit code: the whole (if a standard names it), its first and its second digit."""
    text = f"{code:03d}"
    if not 200 <= code <= 599:
        return ()
    table = _table("basic")
    found = [
        _part(text, table["codes"].get(text)),
        _part(f"{text[0]}··", table["first"].get(text[0])),
        _part(f"·{text[1]}·", table["second"].get(text[1])),
    ]
    return tuple(part for part in found if part is not None)


def enhanced_parts(code: str) -> tuple[CodePart, ...]:
    """The parts of an enhanced status code: class, subject, detail; a detail outside the registry is left out."""
    digits = code.split(".")
    if len(digits) != 3:
        return ()
    table = _table("enhanced")
    found = [
        _part(f"{digits[0]}.·.·", table["class"].get(digits[0])),
        _part(f"·.{digits[1]}.·", table["subject"].get(digits[1])),
        _part(f"·.{digits[1]}.{digits[2]}", table["codes"].get(f"{digits[1]}.{digits[2]}")),
    ]
    return tuple(part for part in found if part is not None)


def _part(shown: str, entry: Mapping[str, str] | None) -> CodePart | None:
    return CodePart(shown, _(entry["means"]), entry.get("source", "")) if entry else None


@lru_cache(maxsize=2)
def _table(name: str) -> Mapping[str, Any]:
    return tomllib.loads((resources() / "codes" / f"{name}.toml").read_text(encoding="utf-8"))
