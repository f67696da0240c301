"""Quotation marks that are opened and never properly closed (RFC 4180, section 2)."""

from __future__ import annotations

import re
from functools import lru_cache


def unclosed(record: str, delimiter: str, skip_blanks: bool) -> int | None:
    """The offset of a quotation mark that swallows line breaks and is not closed before a delimiter or a line's end.

    A lenient reader would take all rows up to the next quotation mark for one cell. Quotation marks in odd places of
    a single line do no such harm and are let pass.
    """
    quoted, plain, end = _patterns(delimiter, skip_blanks)
    place = 0
    while place < len(record):
        match = quoted.match(record, place)
        if match is not None:
            ends_well = match[2] is not None and end.match(record, match.end()) is not None
            if not ends_well and ("\n" in match[1] or "\r" in match[1] or match[2] is None):
                return match.start(1)
            place = match.end()
        rest = plain.match(record, place)
        place = (rest.end() if rest else place) + 1
    return None


@lru_cache(maxsize=16)
def _patterns(delimiter: str, skip_blanks: bool) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    blanks = " *" if skip_blanks else ""
    mark = re.escape(delimiter)
    quoted = re.compile(rf'{blanks}("[^"]*(?:""[^"]*)*)(")?')
    plain = re.compile(rf"[^{mark}\r\n]*")
    end = re.compile(rf" *(?:[{mark}\r\n]|\Z)")
    return quoted, plain, end
