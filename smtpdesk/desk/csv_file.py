"""CSV files for spreadsheet programs: whole or not at all, and with nothing in them that such a program would run."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _

#: Cells that a spreadsheet program would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(file: Path, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write a CSV file (UTF-8 with a byte-order mark) as a whole or not at all; returns the number of rows.

    Raises:
        InputError: ``report.file``: the file cannot be written.
    """
    try:
        target = file.resolve()
        if target.exists() and not target.is_file() and not target.is_dir():
            # A pipe or a device is written to; putting a file in its place would break it for everybody.
            return _fill(target, head, rows)
        temporary = target.with_name(f".{target.name}.part")
        try:
            count = _fill(temporary, head, rows)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(
            "report.file",
            _("The file cannot be written: {reason}.").format(reason=error.strerror or str(error)),
            _("Choose another place, or make room there."),
            str(file),
        ) from error
    return count


def _fill(file: Path, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    count = 0
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([_harmless(cell) for cell in head])
        for count, row in enumerate(rows, start=1):  # noqa: B007 - the last value is the count
            writer.writerow([_harmless(cell) for cell in row])
    return count


def _harmless(cell: Any) -> Any:
    """A server's words or an address must not become a formula when the file is opened."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
