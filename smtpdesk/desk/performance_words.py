"""A server's performance in sentences, for window and command line: rates, delays, limits, events."""

from __future__ import annotations

from datetime import datetime

from babel.dates import format_date
from babel.numbers import format_decimal

from smtpdesk.base.i18n import _, locale_name, ngettext
from smtpdesk.desk.performance import LimitUse, Span
from smtpdesk.domain.delivery import LaneChange, LaneEvent

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0


def number(value: float, digits: int = 0) -> str:
    """``1,536`` as the person's locale writes it."""
    pattern = "#,##0." + "#" * digits if digits else "#,##0"
    return str(format_decimal(round(value, digits), format=pattern, locale=locale_name()))


def rate_of(per_second: float) -> str:
    """A rate as exactly as people set it, in the unit in which it is no fraction: ``14/s``, ``30/min``, ``20/h``."""
    if per_second <= 0:
        return _("{n}/s").format(n=number(0))
    for seconds, pattern in ((1.0, _("{n}/s")), (_MINUTE, _("{n}/min")), (_HOUR, _("{n}/h"))):
        figure = per_second * seconds
        if figure >= 1 or seconds == _HOUR:
            return pattern.format(n=number(figure, 0 if figure >= 10 or abs(figure - round(figure)) < 0.05 else 1))
    return ""


def delay(seconds: float) -> str:
    """``0.4 ms``, ``18 ms``, ``1.2 s``."""
    if seconds < 1:
        milliseconds = seconds * 1000
        return _("{n} ms").format(n=number(milliseconds, 1 if milliseconds < 10 else 0))
    return _("{n} s").format(n=number(seconds, 1))


def span_name(span: Span) -> str:
    """How a stretch of time is called."""
    names = {
        Span.RUN: _("This run"),
        Span.TODAY: _("Today"),
        Span.WEEK: _("7 days"),
        Span.MONTH: _("30 days"),
    }
    return names[span]


def window_name(seconds: float) -> str:
    """``in a minute``, ``in an hour``, ``in 24 hours``."""
    names = {_MINUTE: _("in a minute"), _HOUR: _("in an hour"), _DAY: _("in 24 hours")}
    return names.get(seconds) or _("in {n} seconds").format(n=number(seconds))


def limit_words(use: LimitUse) -> tuple[str, str]:
    """A limit and where it stands: ("10,000 in 24 hours", "9,214 used, 786 left")."""
    what = _("{n} {window}").format(n=number(use.most), window=window_name(use.seconds))
    stands = ngettext("{used} used, {n} left", "{used} used, {n} left", use.left)
    return what, stands.format(used=number(use.used), n=number(use.left))


def moment(stamp: float, today: float) -> str:
    """``14:02`` on the day of ``today``, else ``Nov 22 14:02``."""
    at = datetime.fromtimestamp(stamp)
    time = at.strftime("%H:%M")
    if at.date() == datetime.fromtimestamp(today).date():
        return time
    return f"{format_date(at.date(), 'MMM d', locale=locale_name())} {time}"


def event_words(event: LaneEvent, title: str, now: float) -> str:
    """What happened to a lane: ``Slowed to 3/s: The server asked us to slow down``.

    Args:
        title: of the event's cause, "" without one.
        now: to tell times of today without their day.
    """
    rate = rate_of(event.allowed) if event.allowed else ""
    until = moment(event.until, now) if event.until else ""
    plain = {
        LaneChange.SLOWER: _("Slowed to {rate}").format(rate=rate) if rate else _("Slowed down"),
        LaneChange.FASTER: _("Faster again: {rate}").format(rate=rate) if rate else _("At full speed again"),
        LaneChange.RESTING: _("Rests until {time}").format(time=until) if until else _("Rests"),
        LaneChange.LIMIT: _("Limit used up, goes on at {time}").format(time=until) if until else _("Limit used up"),
        LaneChange.FAILED: _("Stopped"),
        LaneChange.BACK: _("Back at work"),
    }
    words = plain[event.change]
    tells = title and event.change in {LaneChange.SLOWER, LaneChange.RESTING, LaneChange.FAILED}
    return _("{what}: {why}").format(what=words, why=title) if tells else words
