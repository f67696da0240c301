"""What kind of thing a column holds, guessed from its first rows; only for the table's header and alignment."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from smtpdesk.base.i18n import _

_NUMBER = re.compile(r"[-+]?\d{1,3}(?:[.,' ]?\d{3})*(?:[.,]\d+)?\s*(?:%|€|\$|£|kr|zł)?\Z|[-+]?\d+(?:[.,]\d+)?\Z")
_CODE = re.compile(r"0\d+\Z|\+?\d[\d ()/-]{6,}\Z")
_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?")
_YES_NO = frozenset(
    ["yes", "no", "y", "n", "true", "false", "ja", "nein", "oui", "non", "sí", "si", "x", "da", "nie", "tak", "0", "1"]
)
_LINK = re.compile(r"https?://\S+\Z", re.I)


@dataclass(frozen=True, slots=True)
class Kind:
    """What is written under a column's name; ``right``: its cells stand right."""

    words: str
    icon: str
    right: bool = False


def kind_of(values: Iterable[str]) -> Kind:
    """The kind that all values have in common; text when there is none. Empty cells say nothing."""
    filled = [value.strip() for value in values if value.strip()]
    if not filled:
        return Kind(_("empty"), "minus")
    if all(value.lower() in _YES_NO for value in filled) and len({value.lower() for value in filled}) <= 2:
        return Kind(_("yes / no"), "toggle-left")
    if all(_DATE.fullmatch(value) for value in filled):
        return Kind(_("date"), "calendar")
    if all(_LINK.match(value) for value in filled):
        return Kind(_("link"), "link")
    if any(_CODE.match(value) for value in filled):
        return Kind(_("text"), "type")
    if all(_NUMBER.match(value) for value in filled):
        return Kind(_("number"), "hash", right=True)
    return Kind(_("text"), "type")
