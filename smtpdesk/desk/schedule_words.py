"""When a campaign is sent, in a sentence: "Starts tomorrow at 09:00, sends Monday to Friday 09:00-17:00."."""

from __future__ import annotations

from datetime import timedelta

from babel.dates import format_date, format_skeleton, get_day_names

from smtpdesk.base.i18n import _, locale_name
from smtpdesk.domain.schedule import DAY, Schedule, wall_clock
from smtpdesk.domain.schedule_text import format_hours, spans

#: Note of a run that was paused because its start was missed, and code of the error that asks about it.
MISSED = "schedule.missed"


def scheduled_words(starts: float, now: float) -> str:
    """``Scheduled for tomorrow 09:00``, by this computer's clock."""
    return _("Scheduled for {when}").format(when=short_moment(starts, now))


def short_moment(at: float, now: float) -> str:
    """``today 17:00``, ``tomorrow 09:00``, ``Tue, Dec 15, 09:00``, with the year where it is another."""
    then, today = wall_clock(at), wall_clock(now).date()
    near = {today: _("today"), today + timedelta(days=1): _("tomorrow")}
    time = then.strftime("%H:%M")
    if then.date() in near:
        return _("{day} {time}").format(day=near[then.date()], time=time)
    skeleton = "MMMEd" if then.year == today.year else "yMMMEd"
    day = format_skeleton(skeleton, then, locale=locale_name())
    return _("{day}, {time}").format(day=day, time=time)


def sentence(schedule: Schedule, now: float) -> str:
    """What the schedule means from now on; "Starts now." when it holds nothing back."""
    at = schedule.opens(now)
    starts = moment_words(now if at is None else at, now, schedule.timezone) if at is not None else _("now")
    held = "" if schedule.always else hours_words(schedule)
    words = _("Starts {when}, sends {hours}") if held else _("Starts {when}")
    words = words.format(when=starts, hours=held)
    if schedule.timezone and not schedule.immediate:
        words = _("{words} ({zone})").format(words=words, zone=schedule.timezone)
    return _("{sentence}.").format(sentence=words)


def missed_sentence(schedule: Schedule, now: float) -> str:
    """That the start is past, for a run that has sent nothing; "" without a start."""
    begins = schedule.begins
    if begins is None:
        return ""
    when = moment_words(begins, now, schedule.timezone)
    return _("It was to start {when}, and that was missed.").format(when=when)


def moment_words(at: float, now: float, timezone: str = "") -> str:
    """``today at 17:00``, ``tomorrow at 09:00``, ``on Tuesday, December 1, 2026 at 09:00``, by the zone's clock."""
    then, today = wall_clock(at, timezone), wall_clock(now, timezone).date()
    time = then.strftime("%H:%M")
    near = {
        today: _("today at {time}"),
        today + timedelta(days=1): _("tomorrow at {time}"),
        today - timedelta(days=1): _("yesterday at {time}"),
    }
    if then.date() in near:
        return near[then.date()].format(time=time)
    day = format_date(then.date(), "full", locale=locale_name())
    return _("on {day} at {time}").format(day=day, time=time)


def hours_words(schedule: Schedule) -> str:
    """``Monday to Friday 09:00-17:00``, ``every day 22:00-06:00``, ``Saturday, Sunday``."""
    days = days_words(schedule.weekdays)
    if schedule.hours is None or schedule.hours == (0, DAY):
        return days
    return f"{days} {format_hours(schedule.hours).replace('-', '–')}"


def days_words(weekdays: tuple[int, ...]) -> str:
    """``Monday to Friday, Sunday``; every day when there is nothing to tell apart."""
    if not weekdays or len(set(weekdays)) == 7:
        return _("every day")
    names = get_day_names("wide", context="stand-alone", locale=locale_name())
    parts: list[str] = []
    for first, last in spans(weekdays):
        if last - first >= 2:
            parts.append(_("{first} to {last}").format(first=names[first], last=names[last]))
        else:
            parts += [names[day] for day in range(first, last + 1)]
    return ", ".join(parts)
