"""How the cells of a text are divided: the delimiter, found by trying each on the first lines."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.recipients.judge import is_address
from smtpdesk.recipients.table import blank

_CANDIDATES = (",", ";", "\t", "|")
#: Stands for "no delimiter" where one is asked for: a noncharacter of Unicode, in no text.
_NONE = "\U0010fffe"
#: Excel's own way to state the delimiter, as the first line of a file; what cannot be one states nothing.
_SEP_LINE = re.compile(r'\ufeff?"?sep=([^"\r\n\0])"?\r?\n?\Z', re.IGNORECASE)
_ROWS = 200


@dataclass(frozen=True, slots=True)
class Dialect:
    """The delimiter ("" for a single column), whether blanks before a quotation mark are skipped, and whether the
    first line only states the delimiter."""

    delimiter: str
    skip_blanks: bool = False
    sep_line: bool = False

    @property
    def mark(self) -> str:
        """The delimiter as the csv module takes it: never empty."""
        return self.delimiter or _NONE


def find_dialect(lines: Sequence[str], wanted: str | None) -> Dialect:
    """The dialect of a text, from its first lines.

    Raises:
        InputError: ``recipients.delimiter``: the wanted one cannot be one.
    """
    stated = _SEP_LINE.match(lines[0]) if lines else None
    body = lines[1:] if stated else lines
    if wanted is not None:
        delimiter = _checked(wanted)
    elif stated:
        delimiter = stated[1]
    else:
        delimiter = _best(body)
    return Dialect(delimiter, _blanks_before_quotes(body, delimiter), stated is not None)


def _checked(wanted: str) -> str:
    delimiter = {"tab": "\t", "\\t": "\t"}.get(wanted.lower(), wanted)
    if len(delimiter) > 1 or delimiter in ('"', "\r", "\n", "\0"):
        raise InputError(
            "recipients.delimiter",
            _("“{text}” cannot divide cells.").format(text=wanted),
            _("Give one character: a comma, a semicolon, a tab or a vertical bar."),
        )
    return delimiter


def _best(lines: Sequence[str]) -> str:
    scores = {delimiter: _score(lines, delimiter) for delimiter in _CANDIDATES}
    best = max(_CANDIDATES, key=lambda delimiter: scores[delimiter])
    return best if scores[best] > _score(lines, "") else ""


def _score(lines: Sequence[str], delimiter: str) -> tuple[float, float, int]:
    """How well a delimiter fits: rows with an address in a cell of its own, rows as wide as most, and that width."""
    rows = _split(lines, delimiter)
    if not rows:
        return (0.0, 0.0, 0)
    width, as_wide = max(Counter(map(len, rows)).items(), key=lambda pair: (pair[1], pair[0]))
    if delimiter and width < 2:
        return (0.0, 0.0, 0)
    with_address = sum(1 for row in rows if any(map(is_address, row)))
    evenness = round(as_wide / len(rows), 1) if delimiter else 0.3
    return (round(with_address / len(rows), 1), evenness, width)


def _split(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(lines, delimiter=delimiter or _NONE):
            if not blank(row):
                rows.append(row)
            if len(rows) == _ROWS:
                break
    except csv.Error:
        pass  # a quotation mark that is never closed ends the sample; reading tells its place
    return rows


def _blanks_before_quotes(lines: Sequence[str], delimiter: str) -> bool:
    """``a, "b, c"``: written by hand; the blank does not belong to the cell."""
    if not delimiter:
        return False
    mark = re.escape(delimiter)
    pattern = re.compile(rf'{mark} +"[^"]*"(?:{mark}|\s*\Z)')
    return any(pattern.search(line) for line in lines)
