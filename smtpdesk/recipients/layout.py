"""Where the headings are, which columns there are, and which of them holds the addresses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.finding import Finding
from smtpdesk.recipients import remarks
from smtpdesk.recipients.columns import find_address_column, heading_rank
from smtpdesk.recipients.headings import field_names, shown_labels
from smtpdesk.recipients.shape import Choices
from smtpdesk.recipients.table import Row, blank

#: Something on both sides of an @: no heading, even when it is no valid address.
_DATA = re.compile(r"\S@\S")
#: No list of people has more; every row carries a cell for each.
_MOST_COLUMNS = 1000


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows of a table are to be taken.

    ``heading_lines``: lines that are no rows of the list (titles and headings); ``address_index``: None when no
    column with addresses was found; ``labels`` as they stand in the file, "" where there is none.
    """

    has_header: bool
    heading_lines: frozenset[int]
    labels: tuple[str, ...]
    columns: tuple[str, ...]
    address_index: int | None
    findings: tuple[Finding, ...]

    @property
    def shown(self) -> tuple[str, ...]:
        """The headings for people."""
        return shown_labels(self.labels)

    @property
    def first_line(self) -> int:
        """The first line after the headings."""
        return max(self.heading_lines, default=0) + 1


def find_layout(head: Sequence[Row], choices: Choices) -> Layout:
    """Find the layout of a table from its first rows (not empty), with what a person chose.

    Raises:
        InputError: ``recipients.no-such-column``: the chosen address column is not there;
            ``recipients.too-many-columns``.
    """
    heading, skipped = _headings(head, choices.has_header)
    heading_lines = frozenset(skipped if heading is None else (*skipped, head[heading][0]))
    data = [cells for line, cells in head if line not in heading_lines]
    labels = _labels(head, heading, data)
    if choices.address_column:
        index: int | None = _chosen(choices.address_column, labels, data)
        others: tuple[int, ...] = ()
    else:
        index, others = find_address_column(labels, data)
    columns = field_names(labels, index)
    shown = shown_labels(labels)
    findings = [
        *remarks.above_headings(skipped),
        *(
            remarks.several_address_columns(shown[index], [shown[other] for other in others])
            if index is not None
            else ()
        ),
        *(remarks.no_address_column() if index is None else ()),
        *(remarks.no_rows() if not data else ()),
    ]
    return Layout(heading is not None, heading_lines, labels, columns, index, tuple(findings))


def _headings(head: Sequence[Row], wanted: bool | None) -> tuple[int | None, list[int]]:
    """The index of the row with the headings (None: there is none), and the lines of titles and second headings."""
    if wanted is False:
        return None, []
    rows = [cells for _line, cells in head]
    first_data = next((index for index, cells in enumerate(rows) if any(map(_DATA.search, cells))), None)
    if first_data == 0:
        return (0, []) if wanted else (None, [])
    above = rows[:first_data] if first_data is not None else rows[: _named_heading(rows[:10]) + 1]
    index = _heading_among(above)
    second = [
        head[other][0]
        for other in range(index + 1, len(above))
        if max(map(heading_rank, above[other]), default=0) == 3 and max(map(heading_rank, above[index])) == 3
    ]
    return index, [line for line, _cells in head[:index]] + second


def _heading_among(above: Sequence[Sequence[str]]) -> int:
    """The row that names an address column, else the first that is more than a title."""
    named = _named_heading(above)
    if max(map(heading_rank, above[named]), default=0) >= 2:
        return named
    return next((index for index, cells in enumerate(above) if _more_than_title(cells, above)), 0)


def _named_heading(rows: Sequence[Sequence[str]]) -> int:
    """The first row in which a cell says "e-mail address", or else speaks of one and is no title; 0 when none does."""
    ranks = [max(map(heading_rank, cells), default=0) for cells in rows]
    if 3 in ranks:
        return ranks.index(3)
    return next((index for index, cells in enumerate(rows) if ranks[index] == 2 and _more_than_title(cells, rows)), 0)


def _more_than_title(cells: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """A title fills one cell of a table that has several."""
    return max(map(len, rows)) == 1 or sum(1 for cell in cells if cell.strip()) > 1


def _labels(head: Sequence[Row], heading: int | None, data: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The headings, as many as there are columns: blank columns at the end are none."""
    labels = [cell.strip() for cell in head[heading][1]] if heading is not None else []
    usual = Counter(map(_filled_width, data)).most_common(1)
    if heading is None:
        width = max(map(_filled_width, data), default=1) if usual else 1
    else:
        width = max(_filled_width(labels), usual[0][0] if usual else 0)
    if width > _MOST_COLUMNS:
        raise InputError(
            "recipients.too-many-columns",
            _("There are {n} columns; a list has at most {most}.").format(n=width, most=_MOST_COLUMNS),
            _("Delete what stands far to the right of the list, or look whether this is the right file."),
        )
    return tuple((labels + [""] * width)[: max(width, 1)])


def _filled_width(cells: Sequence[str]) -> int:
    width = len(cells)
    while width and blank([cells[width - 1]]):
        width -= 1
    return width


def _chosen(wanted: str, labels: tuple[str, ...], data: Sequence[Sequence[str]]) -> int:
    """The column that a person named, by heading or by a field name it has had, whatever the case."""
    for names in _spellings(labels, data):
        for index, name in enumerate(names):
            if name and _alike(name, wanted):
                return index
    raise InputError(
        "recipients.no-such-column",
        _("There is no column “{name}”.").format(name=wanted),
        _("The columns are: {names}.").format(names=", ".join(shown_labels(labels))),
    )


def _spellings(labels: tuple[str, ...], data: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Names of all columns. Field names depend on which column holds the addresses, so each is tried."""
    yield labels
    yield shown_labels(labels)
    yield field_names(labels, None)
    yield field_names(labels, find_address_column(labels, data)[0])
    for index in range(min(len(labels), 100)):
        yield field_names(labels, index)


def _alike(name: str, wanted: str) -> bool:
    return " ".join(name.split()).casefold() == " ".join(wanted.split()).casefold()
