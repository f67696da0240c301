"""Numbers in findings, by the person's locale, and findings about rows."""

from __future__ import annotations

from babel.core import UnknownLocaleError
from babel.numbers import format_decimal

from smtpdesk.base.i18n import locale_name
from smtpdesk.checks._survey import Gathered
from smtpdesk.domain.finding import Finding, Severity


def number(value: float, digits: int = 0) -> str:
    """``1,536``."""
    pattern = "#,##0" if not digits else "#,##0." + "0" * digits
    try:
        return format_decimal(value, format=pattern, locale=locale_name())
    except (UnknownLocaleError, ValueError):
        return format_decimal(value, format=pattern, locale="en_US")


def megabytes(octets: int) -> str:
    """``12.4 MB``."""
    return f"{number(octets / 1_000_000, 1)} MB"


def about_rows(
    gathered: Gathered,
    code: str,
    severity: Severity,
    title: str,
    consequence: str = "",
    advice: str = "",
    where: str = "",
) -> Finding:
    """A finding that names the rows it is about."""
    return Finding(code, severity, title, consequence, advice, where, tuple(gathered.rows), gathered.count)
