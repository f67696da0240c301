"""Cells of a workbook as text: numbers as they are written down, dates by ISO 8601."""

from __future__ import annotations

import datetime as dt

#: What a cell of a workbook holds.
Cell = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta

#: Beyond this a float no longer holds every integer exactly; below it, spreadsheets write no exponent.
_WHOLE = 1e21


def text(cell: Cell) -> str:
    """A cell as text.

    Whole numbers have no ``.0``, others at most 15 digits as spreadsheets show them; booleans are TRUE and FALSE as
    in every spreadsheet's CSV; a date at midnight is a date only.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return _number(cell)
    if isinstance(cell, dt.datetime):
        return _moment(cell)
    if isinstance(cell, dt.timedelta):
        return _duration(cell)
    if isinstance(cell, dt.time):
        return cell.isoformat(timespec="seconds")
    return str(cell)  # int, and date as 2026-01-31


def is_number(cell: Cell) -> bool:
    """A number, and neither a boolean nor a date."""
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _number(number: float) -> str:
    if abs(number) < _WHOLE and number == int(number):
        return str(int(number))
    short = f"{number:.15g}"
    if "e" not in short or abs(number) >= _WHOLE:
        return short
    return f"{number:.20f}".rstrip("0").rstrip(".")


def _moment(moment: dt.datetime) -> str:
    if moment.microsecond >= 500_000:  # a time of day is a fraction of a day and seldom exact
        moment += dt.timedelta(seconds=1)
    moment = moment.replace(microsecond=0)
    if moment.time() == dt.time():
        return moment.date().isoformat()
    return moment.isoformat(sep=" ", timespec="seconds")


def _duration(duration: dt.timedelta) -> str:
    seconds = round(duration.total_seconds())
    minutes, second = divmod(abs(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{'-' if seconds < 0 else ''}{hour:02d}:{minute:02d}:{second:02d}"
