"""A source once opened: rows of cells, each with the line it starts on. What every format yields."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from smtpdesk.domain.finding import Finding
from smtpdesk.recipients.notes import Notes

#: Line (1-based, as an editor or a spreadsheet shows it) and cells, as text.
Row = tuple[int, list[str]]

#: How many rows are looked at to find headings and columns.
HEAD_ROWS = 500


@dataclass(frozen=True, slots=True)
class About:
    """What a format knows of a source before its rows are read; see :class:`smtpdesk.recipients.Shape`."""

    kind: str
    name: str
    encoding: str = ""
    delimiter: str = ""
    sheets: tuple[str, ...] = ()
    sheet: str = ""
    findings: tuple[Finding, ...] = ()


class Table(ABC):
    """Rows of cells from one source. :meth:`rows` may be called again and starts from the top each time."""

    def __init__(self, about: About) -> None:
        self.about = about

    @abstractmethod
    def rows(self, notes: Notes) -> Iterator[Row]:
        """All rows from the top, blank ones left out; what is odd about a row goes into ``notes``.

        Raises:
            InputError: from some row on the source cannot be read; its place is told.
        """

    @property
    @abstractmethod
    def share(self) -> float | None:
        """How much of the source the latest :meth:`rows` has read, 0 to 1; None when that is not known."""

    def head(self) -> list[Row]:
        """The first rows."""
        return list(islice(self.rows(Notes()), HEAD_ROWS))

    def shown_as_codes(self, labels: list[str], first_line: int) -> list[str]:
        """Labels of columns whose numbers lost how they were shown (00042); none in text. ``first_line``: of data."""
        del labels, first_line
        return []


class FixedTable(Table):
    """A table that is already in memory."""

    def __init__(self, about: About, rows: list[Row]) -> None:
        super().__init__(about)
        self._rows = rows

    def rows(self, notes: Notes) -> Iterator[Row]:
        """See :meth:`Table.rows`."""
        del notes
        return iter(self._rows)

    @property
    def share(self) -> float | None:
        """Unknown: it is too short to matter."""
        return None


def blank(cells: list[str]) -> bool:
    """No cell holds anything but white space."""
    return not any(cell and not cell.isspace() for cell in cells)
