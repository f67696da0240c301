"""The ``[schedule]`` table of campaign.toml: read with a sentence for every mistake, and written as people write it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.schedule import Schedule, zone
from smtpdesk.domain.schedule_text import (
    format_hours,
    format_start,
    format_weekdays,
    parse_hours,
    parse_start,
    parse_weekdays,
)
from smtpdesk.message.durations import format_duration, parse_duration

KEYS = ("start", "hours", "weekdays", "timezone", "grace")


def read_schedule(
    table: Mapping[str, Any], where: Callable[[str], str] = lambda _key: "", base: Schedule | None = None
) -> Schedule:
    """A schedule from texts by key, as they stand in campaign.toml or are given on the command line.

    Args:
        table: ``start`` may also be a date or time of TOML, ``weekdays`` a list of texts.
        where: the place of a key, for the error.
        base: what holds for keys that are not in the table.

    Raises:
        InputError: ``campaign.bad-start``, ``campaign.bad-hours``, ``campaign.bad-weekdays``,
            ``campaign.bad-timezone``, ``campaign.bad-duration``.
    """
    known = base or Schedule()
    timezone = _timezone(table["timezone"], where("timezone")) if "timezone" in table else known.timezone
    return Schedule(
        _start(table["start"], timezone, where("start")) if "start" in table else known.start,
        _hours(table["hours"], where("hours")) if "hours" in table else known.hours,
        _weekdays(table["weekdays"], where("weekdays")) if "weekdays" in table else known.weekdays,
        timezone,
        _grace(table["grace"], where("grace")) if "grace" in table else known.grace,
    )


def _timezone(value: Any, where: str) -> str:
    name = str(value).strip()
    try:
        zone(name)
    except ValueError:
        near = difflib.get_close_matches(name, available_timezones(), 1, 0.6)
        near = near or [place for place in sorted(available_timezones()) if place.endswith(f"/{name.title()}")][:1]
        hint = _("Did you mean “{name}”?").format(name=near[0]) if near else _("Write it like Europe/Berlin.")
        sentence = _("There is no time zone “{name}”.").format(name=name)
        raise InputError("campaign.bad-timezone", sentence, hint, where) from None
    return name


def _start(value: Any, timezone: str, where: str) -> float | None:
    text = value.isoformat() if isinstance(value, date) else str(value)  # a datetime is a date
    if not text.strip():
        return None
    try:
        return parse_start(text, timezone)
    except ValueError:
        sentence = _("“{text}” is not a date and time.").format(text=text)
        raise InputError("campaign.bad-start", sentence, _("Write it like 2026-12-01 09:00."), where) from None


def _hours(value: Any, where: str) -> tuple[int, int] | None:
    if not str(value).strip():
        return None
    try:
        return parse_hours(str(value))
    except ValueError:
        sentence = _("“{text}” are not hours of the day.").format(text=value)
        raise InputError("campaign.bad-hours", sentence, _("Write them like 09:00-17:00."), where) from None


def _weekdays(value: Any, where: str) -> tuple[int, ...]:
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    if not text.strip():
        return ()
    try:
        return parse_weekdays(text)
    except ValueError:
        sentence = _("“{text}” are not days of the week.").format(text=text)
        raise InputError("campaign.bad-weekdays", sentence, _("Write them like mon-fri, or sat, sun."), where) from None


def _grace(value: Any, where: str) -> float:
    try:
        return parse_duration(str(value))
    except ValueError:
        sentence = _("“{span}” is not a span of time.").format(span=value)
        hint = _("Write it like 15s, 5m, 2h or 1d.")
        raise InputError("campaign.bad-duration", sentence, hint, where) from None


def schedule_table(schedule: Schedule) -> dict[str, str]:
    """The texts of a schedule by key; what is as usual is left out. The inverse of :func:`read_schedule`."""
    usual = Schedule()
    table: dict[str, str] = {}
    if schedule.start is not None:
        table["start"] = format_start(schedule.start, schedule.timezone)
    if schedule.hours is not None:
        table["hours"] = format_hours(schedule.hours)
    if schedule.weekdays:
        table["weekdays"] = format_weekdays(schedule.weekdays)
    if schedule.timezone:
        table["timezone"] = schedule.timezone
    if schedule.grace != usual.grace:
        table["grace"] = format_duration(schedule.grace)
    return table


def unchanged(before: Schedule, after: Schedule) -> set[str]:
    """The keys whose text in the file still means the same, however it is spelled there."""
    same = {key for key in KEYS if getattr(before, key) == getattr(after, key)}
    return same if "timezone" in same else same - {"start"}
