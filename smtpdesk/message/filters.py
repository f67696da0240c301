"""Filters for people who write messages, besides Jinja's own: ``fallback``, ``date``, ``number``, ``money``, ``br``.

Dates and amounts are written by the rules of a locale (Babel). A cell is read in one spelling only, 2026-11-24 and
1234.50: guessing whether 03.04. is in March or in April would be wrong for half of the world.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from jinja2 import Undefined
from jinja2.exceptions import FilterArgumentError
from markupsafe import Markup, escape

from smtpdesk.base.i18n import _, locale_name


class Quoted(str):
    """Text that already is part of a web address, so that it is not percent-encoded a second time."""

    __slots__ = ()


def fallback(value: Any, other: Any = "") -> Any:
    """``{{ first_name | fallback("friend") }}``: the other text when the field is empty, blank or not there."""
    if isinstance(value, Undefined) or not value or (isinstance(value, str) and not value.strip()):
        return other
    return value


def date_text(value: Any, format: str = "long", locale: str = "") -> str:
    """``{{ when | date }}``: 2026-11-24 as "November 24, 2026"; ``short``, ``medium``, ``long``, ``full`` or a pattern.

    Raises:
        FilterArgumentError: the cell holds no date.
    """
    from babel.dates import format_date

    if not str(value).strip():
        return ""
    return format_date(_date(value), format=format, locale=locale or locale_name())


def time_text(value: Any, format: str = "short", locale: str = "") -> str:
    """``{{ begins | time }}``: 18:30 as "6:30 PM".

    Raises:
        FilterArgumentError: the cell holds no time of day.
    """
    from babel.dates import format_time

    text = str(value).strip()
    if not text:
        return ""
    try:
        moment = datetime.fromisoformat(text).time() if len(text) > 8 else time.fromisoformat(text)
    except ValueError:
        raise FilterArgumentError(_("“{value}” is not a time such as 18:30.").format(value=text[:40])) from None
    return format_time(moment, format=format, locale=locale or locale_name())


def number_text(value: Any, digits: int | None = None, locale: str = "") -> str:
    """``{{ points | number }}``: 1234.5 as "1,234.5"; ``digits`` fixes the number of decimals.

    Raises:
        FilterArgumentError: the cell holds no number.
    """
    from babel.numbers import format_decimal

    if not str(value).strip():
        return ""
    pattern = None if digits is None else "#,##0" + ("." + "0" * min(digits, 20) if digits > 0 else "")
    return format_decimal(_number(value), format=pattern, locale=locale or locale_name())


def money_text(value: Any, currency: str, locale: str = "") -> str:
    """``{{ total | money("EUR") }}``: 1234.5 as "€1,234.50"; the currency is an ISO 4217 code.

    Raises:
        FilterArgumentError: the cell holds no number, or there is no such currency.
    """
    from babel.numbers import UnknownCurrencyError, format_currency, validate_currency

    if not str(value).strip():
        return ""
    try:
        validate_currency(currency)
    except UnknownCurrencyError:
        raise FilterArgumentError(_("“{code}” is not a currency such as EUR.").format(code=currency)) from None
    return format_currency(_number(value), currency, locale=locale or locale_name())


def line_breaks(value: Any) -> Markup:
    """``{{ address | br }}``: several lines of a cell as lines in HTML."""
    return Markup("<br>\n").join(escape(line) for line in str(value).splitlines())


def url_part(value: Any) -> Quoted:
    """``{{ token | urlencode }}``: percent-encoded, to stand in a web address."""
    return Quoted(quote(str(value), safe="@-._~"))


def _date(value: Any) -> date:
    if isinstance(value, date):
        return value
    text = str(value).strip()
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        raise FilterArgumentError(_("“{value}” is not a date such as 2026-11-24.").format(value=text[:40])) from None


def _number(value: Any) -> Decimal:
    text = str(value).strip()
    try:
        number = Decimal(text) if len(text) <= 40 else Decimal("nan")
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or abs(number.adjusted()) > 40:
        raise FilterArgumentError(_("“{value}” is not a number such as 1234.50.").format(value=text[:40]))
    return number


FILTERS: dict[str, Callable[..., Any]] = {
    "fallback": fallback,
    "date": date_text,
    "time": time_text,
    "number": number_text,
    "money": money_text,
    "br": line_breaks,
    "urlencode": url_part,
}
