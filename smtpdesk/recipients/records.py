"""Rows of delimited text by the csv module: it takes everything people call CSV, and tells where it goes wrong."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.recipients.dialect import Dialect
from smtpdesk.recipients.notes import Notes
from smtpdesk.recipients.quoting import unclosed
from smtpdesk.recipients.table import Row, blank
from smtpdesk.recipients.texts import LONGEST_LINE


class Records:
    """Records (RFC 4180, read leniently) with the line each starts on.

    The csv module counts the lines of each record itself, so quoted line breaks and blank lines never shift the
    numbers. What it would swallow without a word, an unclosed quotation mark, is looked for in every record of
    several lines and refused.

    Attributes:
        line: on which the next record starts, from 1.
    """

    def __init__(self, name: str, dialect: Dialect, notes: Notes) -> None:
        self.line = 1
        self._name = name
        self._dialect = dialect
        self._notes = notes
        self._kept: list[str] = []  # the lines of the record that is being read

    def skip(self, stream: io.TextIOBase) -> None:
        """Leave one line out."""
        next(self._lines(stream), None)
        self.line += 1

    def read(self, *streams: io.TextIOBase, lines: int = sys.maxsize) -> Iterator[Row]:
        """Rows of the streams, which follow one another at line ends, blank ones left out.

        Ends with the record in which the last of ``lines`` lies, so that reading can go on with another.

        Raises:
            InputError: ``recipients.unclosed-quote``, ``recipients.cell-too-long`` or ``recipients.line-too-long``.
        """
        kept, before = self._kept, self.line - 1
        kept.clear()
        text = self._lines(*streams)
        reader = csv.reader(text, delimiter=self._dialect.mark, skipinitialspace=self._dialect.skip_blanks)
        line, last = self.line, ""
        try:
            for cells in reader:
                end = reader.line_num + before
                last = kept[-1]
                if end != line:
                    self._verify("".join(kept), line)
                    last = ""
                kept.clear()
                if cells and (not (cells[0] == "" or cells[0].isspace()) or not blank(cells)):
                    yield line, cells
                self.line = line = end + 1
                if reader.line_num >= lines:
                    break
        except csv.Error as error:
            raise self._too_long("".join(kept), line) from error
        if '"' in last:
            self._verify(last, line - 1)

    def _lines(self, *streams: io.TextIOBase) -> Iterator[str]:
        """Lines of the text; each is also kept, until its record is complete."""
        number = self.line - 1
        for stream in streams:
            readline = stream.readline
            while line := readline(LONGEST_LINE):
                number += 1
                if len(line) == LONGEST_LINE and line[-1] not in "\r\n":
                    raise self._line_too_long(number)
                if "\0" in line:
                    self._notes.add("nul", number)
                    line = line.replace("\0", "")
                if number == 1:
                    line = line.removeprefix("\ufeff")
                self._kept.append(line)
                yield line

    def _verify(self, record: str, line: int) -> None:
        offset = unclosed(record, self._dialect.delimiter, self._dialect.skip_blanks)
        if offset is not None:
            raise self._unclosed(record, offset, line)

    def _unclosed(self, record: str, offset: int, line: int) -> InputError:
        before = record[:offset].replace("\r\n", "\n").replace("\r", "\n")
        column = len(before) - before.rfind("\n")
        return InputError(
            "recipients.unclosed-quote",
            _("A quotation mark is opened here and not closed, so the rows after it cannot be told apart."),
            _("Close it, or write it twice if it belongs to the text, and import the file again."),
            f"{self._name}:{line + before.count(chr(10))}:{column}",
        )

    def _too_long(self, record: str, line: int) -> InputError:
        offset = unclosed(record, self._dialect.delimiter, self._dialect.skip_blanks)
        if offset is not None:
            return self._unclosed(record, offset, line)
        return InputError(
            "recipients.cell-too-long",
            _("A cell of this row has more than {n} characters.").format(n=csv.field_size_limit()),
            _("Look whether a line break or a quotation mark is missing there."),
            f"{self._name}:{line}:1",
        )

    def _line_too_long(self, line: int) -> InputError:
        return InputError(
            "recipients.line-too-long",
            _("This line has more than {n} characters; no row of a list is that long.").format(n=LONGEST_LINE),
            _("Look whether this is the file with the addresses."),
            f"{self._name}:{line}:1",
        )
