"""Numbers, times and states of lists in words."""

from __future__ import annotations

from datetime import datetime, timedelta

from babel.dates import format_date
from babel.numbers import format_decimal

from smtpdesk.base.clock import now
from smtpdesk.base.i18n import _, locale_name, ngettext
from smtpdesk.domain.recipient import ListInfo, RowState


def number(value: int) -> str:
    """``2,418`` as the person's locale writes it."""
    return str(format_decimal(value, format="#,##0", locale=locale_name()))


def people(count: int) -> str:
    """``2,418 people``."""
    return ngettext("{n} person", "{n} people", count).format(n=number(count))


def rows(count: int) -> str:
    """``13 rows``."""
    return ngettext("{n} row", "{n} rows", count).format(n=number(count))


def day_and_time(stamp: float) -> str:
    """``today 13:40``, ``yesterday 09:12``, ``17 Oct 2026``."""
    then, today = datetime.fromtimestamp(stamp), datetime.fromtimestamp(now()).date()
    if then.date() == today:
        return _("today {time}").format(time=then.strftime("%H:%M"))
    if then.date() == today - timedelta(days=1):
        return _("yesterday {time}").format(time=then.strftime("%H:%M"))
    return str(format_date(then.date(), "medium", locale=locale_name()))


def label(field: str) -> str:
    """A field name as a heading: ``first_name`` to ``First name``."""
    words = field.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def origin(info: ListInfo) -> str:
    """Where a list came from and when, in one line."""
    when = day_and_time(info.imported_at)
    if info.sheet:
        return _("{file}, sheet “{sheet}”, imported {when}").format(file=info.source, sheet=info.sheet, when=when)
    return _("{file}, imported {when}").format(file=info.source, when=when)


def set_aside_title(info: ListInfo) -> str:
    """The title of the banner about rows that are not mailed."""
    return ngettext(
        "{n} of {total} rows is set aside and will not be mailed",
        "{n} of {total} rows are set aside and will not be mailed",
        info.set_aside,
    ).format(n=number(info.set_aside), total=number(info.ready + info.set_aside))


def set_aside_reasons(counts: dict[RowState, int]) -> str:
    """Why, in one line, and that nothing happened to the file."""
    invalid, twice, empty = (counts.get(s, 0) for s in (RowState.INVALID, RowState.DUPLICATE, RowState.EMPTY))
    told = []
    if invalid:
        told.append(
            ngettext("{n} address cannot be delivered", "{n} addresses cannot be delivered", invalid).format(
                n=number(invalid)
            )
        )
    if twice:
        told.append(ngettext("{n} appears twice", "{n} appear twice", twice).format(n=number(twice)))
    if empty:
        told.append(ngettext("{n} has no address", "{n} have no address", empty).format(n=number(empty)))
    untouched = _("Your file is untouched.")
    return f"{', '.join(told)}. {untouched}" if told else untouched
