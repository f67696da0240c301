"""*Never mail* as a CSV file: written so that reading it back gives the same, and read from whatever programs write."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from smtpdesk.base.clock import now, utc
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.desk.csv_file import write_csv
from smtpdesk.domain.recipient import Suppression
from smtpdesk.store import suppression_target

HEAD = ("address", "reason", "since")
#: A file of a million addresses has some 30 MB.
_MOST = 200_000_000
_SOURCE = "import"
_TARGET = re.compile(r"mail|address|adresse|domain|target|recipient|empf", re.IGNORECASE)
_REASON = re.compile(r"reason|grund|cause|why|note|comment", re.IGNORECASE)
_SINCE = re.compile(r"since|date|datum|time|added|seit", re.IGNORECASE)
#: What a spreadsheet program would run; written with an apostrophe before it (see csv_file.py).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line of the file that names nobody."""

    line: int
    value: str


@dataclass(frozen=True, slots=True)
class ImportedSuppressions:
    """What an import did: how many are new, how many were there already, and what could not be read."""

    new: int
    known: int
    bad: tuple[BadRow, ...]


@dataclass(frozen=True, slots=True)
class _Columns:
    target: int
    reason: int | None = None
    since: int | None = None


def write_suppression_file(file: Path, entries: Sequence[Suppression]) -> int:
    """Write the file as a whole or not at all; returns the number of rows.

    Raises:
        InputError: ``report.file``.
    """
    rows = ([_kept(entry.target.lstrip("@")), _kept(entry.reason), utc(entry.since).isoformat()] for entry in entries)
    return write_csv(file, HEAD, rows)


def read_suppressions(file: Path, reason: str) -> tuple[list[Suppression], tuple[BadRow, ...]]:
    """The entries of a file, the first of each target, and the rows that name nobody.

    Args:
        reason: of rows that give none.

    Raises:
        InputError: ``suppression.file``: it cannot be read.
    """
    rows = _rows(_text(file), file)
    first = next(rows, None)
    if first is None:
        return [], ()
    columns, headed = _columns(first[1])
    found: dict[str, Suppression] = {}
    bad: list[BadRow] = []
    at = now()
    for line, row in rows if headed else _chain(first, rows):
        value = _read(row, columns.target)
        try:
            target = suppression_target(value)
        except InputError:
            bad.append(BadRow(line, value or ", ".join(row).strip()))
            continue
        since = _moment(_read(row, columns.since), at)
        found.setdefault(target, Suppression(target, _read(row, columns.reason) or reason, since, _SOURCE))
    return list(found.values()), tuple(bad)


def _chain(first: tuple[int, list[str]], rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    yield first
    yield from rows


def _text(file: Path) -> str:
    try:
        if not file.is_file():
            raise _unreadable(file, _("it is not a file"))
        if file.stat().st_size > _MOST:
            raise _unreadable(file, _("it is too large"))
        raw = file.read_bytes()
    except OSError as error:
        raise _unreadable(file, error.strerror or str(error)) from error
    for start, codec in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"", "utf-8-sig")):
        if raw.startswith(start):
            try:
                return raw.decode(codec)
            except UnicodeDecodeError:
                break
    return raw.decode("cp1252", "replace")


def _rows(text: str, file: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold something, with the line on which each begins."""
    if "\0" in text:
        raise _unreadable(file, _("it is not a text file"))
    head = text[:4096].partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    line = 1
    try:
        for row in reader:
            begins, line = line, reader.line_num + 1
            if any(cell.strip() for cell in row):
                yield begins, row
    except csv.Error as error:
        raise _unreadable(file, str(error)) from error


def _columns(first: list[str]) -> tuple[_Columns, bool]:
    """Where what stands, and whether the first row says so."""
    names = [cell.strip() for cell in first]
    targets = [place for place, cell in enumerate(names) if _is_target(cell)]
    if targets or any("@" in cell for cell in names):
        found = targets[0] if targets else 0
        # Without a heading, what stands behind the address is taken for the reason, as the export writes it.
        rest = [place for place in range(len(names)) if place > found]
        return _Columns(found, rest[0] if rest else None, rest[1] if rest[1:] else None), False
    target = _named(names, _TARGET)
    return _Columns(target or 0, _named(names, _REASON), _named(names, _SINCE)), True


def _named(names: Sequence[str], pattern: re.Pattern[str]) -> int | None:
    return next((place for place, name in enumerate(names) if pattern.search(name)), None)


def _is_target(cell: str) -> bool:
    try:
        suppression_target(_plain(cell))
    except InputError:
        return False
    return True


def _read(row: Sequence[str], place: int | None) -> str:
    return _plain(row[place].strip()) if place is not None and place < len(row) else ""


def _moment(text: str, otherwise: float) -> float:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, OSError):
        return otherwise


def _kept(text: str) -> str:
    """An apostrophe at the beginning is written twice, so that it is not taken for the one of :mod:`csv_file`."""
    return f"'{text}" if text.startswith("'") else text


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _unreadable(file: Path, reason: str) -> InputError:
    return InputError(
        "suppression.file",
        _("“{name}” cannot be read: {reason}.").format(name=file.name, reason=reason.rstrip(".")),
        _("Choose a CSV file with one address or domain a line, with or without a heading."),
        str(file),
    )
