"""Sheets of a workbook, read by python-calamine. What it raises, and what would end the process, is refused here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.finding import Finding
from smtpdesk.recipients import remarks
from smtpdesk.recipients.archive import locked
from smtpdesk.recipients.cells import is_number, text
from smtpdesk.recipients.codes import speaks_of_codes
from smtpdesk.recipients.notes import Notes
from smtpdesk.recipients.probe import Probe, corrupt, empty, unreadable
from smtpdesk.recipients.shape import Choices
from smtpdesk.recipients.table import HEAD_ROWS, About, Row, Table, blank

#: Looks at a sheet, by its name, before it is read: findings, and the letters of columns whose numbers are codes.
Inspect = Callable[[Path, str], tuple[list[Finding], frozenset[int]]]


def open_sheet(source: Probe, choices: Choices, kind: str, inspect: Inspect | None = None) -> SheetTable:
    """The chosen sheet of a workbook, or its first that is not empty (visible ones first).

    Raises:
        InputError: ``recipients.password``, ``recipients.corrupt``, ``recipients.empty``,
            ``recipients.no-such-sheet`` or what ``inspect`` raises.
    """
    path = source.path
    with refusing(path), path.open("rb") as file:
        workbook = CalamineWorkbook.from_filelike(file)
    names = tuple(meta.name for meta in workbook.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet)
    found: frozenset[int] = frozenset()
    findings: list[Finding] = []
    for name in _in_order(workbook, names, choices.sheet):
        if inspect is not None:
            findings, found = inspect(path, name)
        with refusing(path):
            sheet = workbook.get_sheet_by_name(name)
        if sheet.height and sheet.width:
            findings = [*remarks.several_sheets(name, names), *findings]
            return SheetTable(About(kind, str(path), sheets=names, sheet=name, findings=tuple(findings)), sheet, found)
    raise empty(path)


class SheetTable(Table):
    """The rows of one sheet, numbered as the spreadsheet program numbers them.

    ``code_columns`` counts from the sheet's first column (A is 0).
    """

    def __init__(self, about: About, sheet: CalamineSheet, code_columns: frozenset[int] = frozenset()) -> None:
        super().__init__(about)
        self._sheet = sheet
        self._first_column = sheet.start[1] if sheet.start else 0
        self._codes = code_columns
        self._read = 0

    def rows(self, notes: Notes) -> Iterator[Row]:
        """See :meth:`Table.rows`."""
        del notes
        with refusing(Path(self.about.name)):
            # calamine's rows start at the sheet's first row even when that is empty, so the count is the row's number
            for number, cells in enumerate(self._sheet.iter_rows(), 1):
                self._read = number
                if cells.count("") == len(cells):
                    continue  # a million of these may stand before the first cell
                row = [cell if isinstance(cell, str) else text(cell) for cell in cells]
                if not blank(row):
                    yield number, row

    @property
    def share(self) -> float | None:
        """See :attr:`Table.share`."""
        last = self._sheet.end[0] + 1 if self._sheet.end else 1
        return min(1.0, self._read / last)

    def shown_as_codes(self, labels: list[str], first_line: int) -> list[str]:
        """See :meth:`Table.shown_as_codes`: formatted with leading zeros, or numbers under a heading of codes."""
        head = self._sheet.to_python(skip_empty_area=False, nrows=first_line - 1 + HEAD_ROWS)[first_line - 1 :]
        shown = []
        for index, label in enumerate(labels):
            column = index + self._first_column
            numbers = any(column < len(row) and is_number(row[column]) for row in head)
            if numbers and (column in self._codes or speaks_of_codes(label)):
                shown.append(label)
        return shown


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Turn what calamine raises into an :class:`InputError`."""
    try:
        yield
    except PasswordError as error:
        raise locked(path) from error
    except CalamineError as error:
        raise corrupt(path) from error
    except OSError as error:
        raise unreadable(path, error) from error
    except BaseException as error:
        # A panic of the Rust library derives from BaseException and has no importable class.
        if type(error).__name__ != "PanicException":
            raise
        raise corrupt(path) from error


def _in_order(workbook: CalamineWorkbook, names: tuple[str, ...], wanted: str | None) -> list[str]:
    if not wanted:
        hidden = {m.name for m in workbook.sheets_metadata if m.visible != SheetVisibleEnum.Visible}
        return sorted(names, key=lambda name: name in hidden)
    exact = [name for name in names if name == wanted] or [
        name for name in names if name.casefold() == wanted.casefold()
    ]
    if not exact:
        raise InputError(
            "recipients.no-such-sheet",
            _("There is no sheet “{name}”.").format(name=wanted),
            _("The sheets are: {names}.").format(names=", ".join(names)),
        )
    return exact[:1]
