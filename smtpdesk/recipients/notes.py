"""What is odd about single rows, gathered while they are read, told as findings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.domain.finding import Finding, Row, Severity

#: Rows kept with a finding; the count goes on.
_KEPT = 1000


@dataclass(slots=True)
class _Seen:
    count: int = 0
    rows: list[Row] = field(default_factory=list)


class Notes:
    """Gathers rows under the code of a finding."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def add(self, code: str, line: int, address: str = "", detail: str = "") -> None:
        """The row at ``line`` is odd in the way that ``code`` names; one of the functions below tells about it."""
        seen = self._seen.setdefault(code, _Seen())
        seen.count += 1
        if len(seen.rows) < _KEPT:
            seen.rows.append(Row(line, address, detail))

    def findings(self) -> tuple[Finding, ...]:
        """One finding for each kind of oddity seen so far."""
        return tuple(_TELLERS[code](seen) for code, seen in sorted(self._seen.items()))


def _short(seen: _Seen) -> Finding:
    return Finding(
        "recipients.short-rows",
        Severity.INFO,
        ngettext(
            "{n} row has fewer cells than there are columns.",
            "{n} rows have fewer cells than there are columns.",
            seen.count,
        ).format(n=seen.count),
        _("The missing cells are read as empty."),
        rows=tuple(seen.rows),
        count=seen.count,
    )


def _long(seen: _Seen) -> Finding:
    return Finding(
        "recipients.long-rows",
        Severity.WARNING,
        ngettext(
            "{n} row has more cells than there are columns.",
            "{n} rows have more cells than there are columns.",
            seen.count,
        ).format(n=seen.count),
        _("The cells too many are left out, and the ones before them may stand in the wrong column."),
        _("Often a comma inside a cell is the cause: put such a cell in quotation marks."),
        rows=tuple(seen.rows),
        count=seen.count,
    )


def _nul(seen: _Seen) -> Finding:
    return Finding(
        "recipients.nul",
        Severity.WARNING,
        ngettext(
            "{n} line holds characters that are no text (NUL).",
            "{n} lines hold characters that are no text (NUL).",
            seen.count,
        ).format(n=seen.count),
        _("They are left out; the rest of the line is read."),
        rows=tuple(seen.rows),
        count=seen.count,
    )


_TELLERS: dict[str, Callable[[_Seen], Finding]] = {"short": _short, "long": _long, "nul": _nul}
