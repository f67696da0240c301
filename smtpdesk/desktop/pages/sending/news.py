"""What was written to the log since the last look; everything here runs in a thread."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from smtpdesk.desktop.components.tables import PAGE
from smtpdesk.domain.delivery import LogRow

if TYPE_CHECKING:
    from smtpdesk.desk.reports import Reports

#: So many of the newest rows are read together with their ids: more than a table shows.
_READ_AHEAD = 2 * PAGE


@dataclass(frozen=True, slots=True)
class News:
    """What was written since the last look: the newest id of all, the ids that fit, and the last rows of them."""

    newest: int
    ids: array[int]
    rows: Mapping[int, LogRow]


def news(reports: Reports, run: str, mark: int, chosen: dict[str, Any]) -> News | None:
    """In a thread: what is newer than ``mark``; None when nothing is. Rows are read here, not while painting."""
    fresh = reports.log_ids_now(run, after=mark)
    if not fresh and mark:
        return None
    newest = fresh[-1] if fresh else 0
    fitting = fresh
    if chosen and fresh:
        fitting = reports.log_ids_now(run, after=mark, **chosen)
        while fitting and fitting[-1] > newest:  # written between the two looks; the next one brings it
            fitting.pop()
    rows = reports.log_rows_now(fitting[-_READ_AHEAD:])
    return News(newest, fitting, {row.id: row for row in rows})
