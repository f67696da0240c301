"""What is known of a source of recipients: what it looks like, and what a person chose instead."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from smtpdesk.domain.finding import Finding
from smtpdesk.domain.recipient import Recipient


@dataclass(frozen=True, slots=True)
class Pasted:
    """Cells pasted from a spreadsheet, or addresses pasted from a mail program."""

    text: str


#: Where recipients come from.
Source = Path | Pasted


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person decided; None means: find out by looking.

    Attributes:
        encoding: a codec name (``"cp1252"``); text files only.
        delimiter: one character; text files and pasted cells only. ``""`` means a single column.
        sheet: the name of a sheet; workbooks only.
        has_header: whether there is a row of headings.
        address_column: the heading or the field name of the column with the addresses.
    """

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    has_header: bool | None = None
    address_column: str | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """How a source is read.

    Attributes:
        kind: ``csv``, ``tsv``, ``xlsx``, ``xls``, ``ods`` or ``pasted``.
        encoding: the codec of a text file, as Python's codecs name themselves (``mac-roman``); "" for all else.
        delimiter: between cells; "" for a single column and for workbooks.
        sheets: names of all sheets, in the workbook's order; empty for text.
        sheet: the one that is read, or "".
        columns: field names in the order of the file: unique, valid in templates.
        address_column: the field name of the column with the addresses; "" when there is none to be found.
        findings: what a person should know about how it is read.
        labels: the headings as they stand in the file, one for each of ``columns``; ``Column 3`` where there is none.
    """

    kind: str
    encoding: str
    delimiter: str
    sheets: tuple[str, ...]
    sheet: str
    has_header: bool
    columns: tuple[str, ...]
    address_column: str
    findings: tuple[Finding, ...]
    labels: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The names that every recipient's fields have: the columns, and ``email``, always the address."""
        return self.columns if "email" in self.columns else (*self.columns, "email")


@dataclass(frozen=True, slots=True)
class Preview:
    """The shape of a source and its first rows as they would be imported, those set aside included."""

    shape: Shape
    rows: tuple[Recipient, ...]
