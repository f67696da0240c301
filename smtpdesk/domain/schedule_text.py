"""Schedules as people write them: ``"2026-12-01 09:00"``, ``"09:00-17:00"``, ``"mon-fri, sun"``.

The writing is that of campaign.toml and of the command line: the same in every language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from smtpdesk.domain.schedule import DAY, moment, wall_clock

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FULL = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOURS = re.compile(r"\s*(\d{1,2})(?::(\d{2}))?\s*[-–]\s*(\d{1,2})(?::(\d{2}))?\s*\Z")
_NOON = 720


def parse_start(text: str, timezone: str = "") -> float:
    """Unix time of ``"2026-12-01 09:00"``; with an offset (``+01:00``, ``Z``) the time zone does not matter.

    A time that the zone's clock shows twice is the first of the two; one that it skips is the moment it jumps.

    Raises:
        ValueError: it is no date and time.
    """
    wall = datetime.fromisoformat(text.strip())
    if not 1 < wall.year < 9999:  # in another time zone it would be a year that has no date
        raise ValueError(text)
    try:
        return wall.timestamp() if wall.tzinfo else moment(wall, timezone)
    except (OverflowError, OSError) as error:  # a year that the system's clock does not know
        raise ValueError(text) from error


def format_start(start: float, timezone: str = "") -> str:
    """The inverse of :func:`parse_start`: with an offset only where the time alone would mean another moment."""
    wall = wall_clock(start, timezone)
    text = wall.replace(fold=0).isoformat(" ", "minutes" if not (wall.second or wall.microsecond) else "auto")
    if moment(wall.replace(fold=0), timezone) == start:
        return text
    behind = wall.replace(tzinfo=UTC, fold=0) - datetime.fromtimestamp(start, UTC)
    minutes = round(behind.total_seconds() / 60)
    return f"{text}{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def parse_hours(text: str) -> tuple[int, int]:
    """Minutes of the day, from and to, of ``"09:00-17:00"``, ``"9-17"`` or ``"22:00-06:00"``; ``24:00`` ends the day.

    Raises:
        ValueError: it is no span of hours, or an empty one; or ``"9-5"``, which may mean the afternoon or the night.
    """
    found = _HOURS.match(text)
    if not found:
        raise ValueError(text)
    first, last = (_minutes(found[at], found[at + 1] or "0", text) for at in (1, 3))
    unsaid = found[4] is None and last < first <= _NOON
    if first in (last, DAY) or unsaid:
        raise ValueError(text)
    return first, last


def _minutes(hours: str, minutes: str, text: str) -> int:
    value = int(hours) * 60 + int(minutes)
    if value > DAY or int(minutes) > 59:
        raise ValueError(text)
    return value


def format_hours(hours: tuple[int, int]) -> str:
    """The inverse of :func:`parse_hours`."""
    return "-".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in hours)


def parse_weekdays(text: str) -> tuple[int, ...]:
    """Days of ``"mon-fri, sun"`` in order, 0 is Monday; a span may go over the week's end (``"sat-mon"``).

    Raises:
        ValueError: a word is no day of the week.
    """
    days: set[int] = set()
    for part in re.split(r"[,;\s]+(?![-–])", "-".join(part.strip() for part in re.split("[-–]", text))):
        if not part:
            continue
        ends = [_day(word) for word in part.split("-")]
        if len(ends) > 2:
            raise ValueError(part)
        days.update((ends[0] + step) % 7 for step in range((ends[-1] - ends[0]) % 7 + 1))
    if not days:
        raise ValueError(text)
    return tuple(sorted(days))


def _day(word: str) -> int:
    word = word.strip().lower().rstrip(".")
    for number, full in enumerate(_FULL):
        if len(word) >= 3 and full.startswith(word):
            return number
    raise ValueError(word)


def spans(weekdays: Iterable[int]) -> list[tuple[int, int]]:
    """Days of the week as spans from and to, in order: ``(0, 4), (6, 6)``."""
    found: list[tuple[int, int]] = []
    for day in sorted(set(weekdays)):
        if found and found[-1][1] == day - 1:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def format_weekdays(weekdays: Iterable[int]) -> str:
    """The inverse of :func:`parse_weekdays`: ``"mon-fri, sun"``; two days in a row are named one by one."""
    parts: list[str] = []
    for first, last in spans(weekdays):
        if last - first >= 2:
            parts.append(f"{DAYS[first]}-{DAYS[last]}")
        else:
            parts += [DAYS[day] for day in range(first, last + 1)]
    return ", ".join(parts)
