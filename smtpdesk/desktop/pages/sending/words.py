"""Figures, times and states in words. Values in, sentences out."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from babel.dates import format_date
from babel.numbers import format_decimal
from PySide6.QtGui import QGuiApplication

from smtpdesk.base.clock import now
from smtpdesk.base.i18n import _, locale_name, ngettext
from smtpdesk.domain.delivery import DeliveryState, OutcomeKind, Reply, Stage
from smtpdesk.smtp.step_words import step_name, step_title

#: From this many messages a second on the rate is told by the second, below by the minute.
_BY_SECOND = 5.0
_MINUTE, _HOUR = 60.0, 3600.0

#: Tone of an outcome or a delivery's state, as chips and glyphs name it.
TONES = {
    "accepted": "ok",
    "deferred": "warn",
    "rejected": "bad",
    "uncertain": "unsure",
}


def number(value: float, digits: int = 0) -> str:
    """``1,536`` as the person's locale writes it."""
    return str(format_decimal(round(value, digits), format="#,##0.#" if digits else "#,##0", locale=locale_name()))


def people(count: int) -> str:
    """``9 people``."""
    return ngettext("{n} person", "{n} people", count).format(n=number(count))


def still_wait(count: int) -> str:
    """``9 people still wait``."""
    return ngettext("{n} person still waits", "{n} people still wait", count).format(n=number(count))


def percent(share: float) -> str:
    """``63 %`` rounded down, so that only all of it is 100 %."""
    return _("{n} %").format(n=int(min(max(share, 0.0), 1.0) * 100))


def minute(stamp: float) -> str:
    """``14:31`` on this computer's clock."""
    return datetime.fromtimestamp(stamp).strftime("%H:%M")


def day(stamp: float, today: date | None = None) -> str:
    """``today``, ``yesterday``, ``tomorrow``, or a date with month and, if it is another, year."""
    that, today = datetime.fromtimestamp(stamp).date(), today or datetime.fromtimestamp(now()).date()
    named = {
        today: _("today"),
        today - timedelta(days=1): _("yesterday"),
        today + timedelta(days=1): _("tomorrow"),
    }
    if that in named:
        return named[that]
    return str(format_date(that, "medium", locale=locale_name()))


def moment(stamp: float, today: date | None = None) -> str:
    """``14:31`` when it is today, else with its day: ``tomorrow 09:10``, ``Nov 26, 2026 09:10``."""
    today = today or datetime.fromtimestamp(now()).date()
    time = minute(stamp)
    return time if datetime.fromtimestamp(stamp).date() == today else f"{day(stamp, today)} {time}"


def duration(seconds: float) -> str:
    """A length of time, roughly: ``12 seconds``, ``24 minutes``, ``2 hours 5 minutes``."""
    if seconds < _MINUTE:
        count = max(1, round(seconds))
        return ngettext("{n} second", "{n} seconds", count).format(n=count)
    minutes = round(seconds / _MINUTE)
    if minutes < 60:
        return ngettext("{n} minute", "{n} minutes", minutes).format(n=minutes)
    hours, rest = divmod(minutes, 60)
    if hours >= 24:
        return ngettext("{n} day", "{n} days", round(hours / 24)).format(n=round(hours / 24))
    words = ngettext("{n} hour", "{n} hours", hours).format(n=hours)
    further = ngettext("{n} minute", "{n} minutes", rest).format(n=rest)
    return f"{words} {further}" if rest else words


def time_left(seconds: float) -> str:
    """``About 24 minutes left``."""
    if seconds < _MINUTE:
        return _("Less than a minute left")
    return _("About {time} left").format(time=duration(seconds))


def rate(per_second: float) -> tuple[str, str]:
    """A rate as (figure, unit): ("37", "per minute"), ("840", "per second")."""
    if per_second >= _BY_SECOND:
        return number(per_second), _("per second")
    per_minute = per_second * _MINUTE
    return number(per_minute, 1 if 0 < per_minute < 10 else 0), _("per minute")


def stage(value: Stage | str) -> str:
    """Where in the dialogue it happened, for people who never read an RFC."""
    return step_name(value) if value else ""


def stage_title(value: Stage | str) -> str:
    """The same with the protocol's word for it."""
    return step_title(value) if value else ""


def outcome(kind: OutcomeKind | str) -> str:
    """The word for an outcome."""
    words = {
        OutcomeKind.ACCEPTED: _("Accepted"),
        OutcomeKind.DEFERRED: _("Deferred"),
        OutcomeKind.REJECTED: _("Rejected"),
        OutcomeKind.UNCERTAIN: _("Uncertain"),
    }
    return words[OutcomeKind(kind)]


def delivery_state(state: DeliveryState, attempts: int) -> tuple[str, str]:
    """Where one person stands, as (word, tone)."""
    if state is DeliveryState.PENDING:
        return (_("Deferred"), "warn") if attempts else (_("Waiting"), "")
    words = {
        DeliveryState.SENDING: (_("Sending"), "accent"),
        DeliveryState.ACCEPTED: (_("Accepted"), "ok"),
        DeliveryState.REJECTED: (_("Rejected"), "bad"),
        DeliveryState.UNCERTAIN: (_("Uncertain"), "unsure"),
        DeliveryState.SKIPPED: (_("Skipped"), ""),
        DeliveryState.CANCELLED: (_("Not sent"), ""),
    }
    return words[state]


def connections(count: int) -> str:
    """``3 connections``."""
    return ngettext("{n} connection", "{n} connections", count).format(n=count) if count else _("not connected")


def said(code: int, enhanced: str, text: str, one_line: bool = False) -> str:
    """The server's words as it said them: ``550 5.1.1 No such user``. Without a code they are ours."""
    lines = " ".join(text.split()) if one_line else text.strip()
    return Reply(code, lines, enhanced).said


def quoted(code: int, enhanced: str, text: str, one_line: bool = False) -> str:
    """The server's words for a place that is named so; "" where no server said anything, but we saw something."""
    return said(code, enhanced, text, one_line) if code else ""


def who_said(code: int, value: Stage | str, count: int | None = None) -> str:
    """Whose words follow, at which step, and for how many people."""
    if not code:
        return _("No server said this; we saw it ourselves")
    if count is None:
        return _("The server said, at the step “{stage}”").format(stage=stage_title(value))
    return _("The server said, at the step “{stage}”, for {people}").format(
        stage=stage_title(value), people=people(count)
    )


def isolated(text: str) -> str:
    """Text that reads left to right (an address, a host) within a sentence that may not."""
    return f"\u2066{text}\u2069" if QGuiApplication.isRightToLeft() and text else text
