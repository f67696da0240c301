"""Rows of delimited text: a file or pasted cells, streamed, with the line on which each record starts."""

from __future__ import annotations

import csv
import io
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.recipients.dialect import Dialect
from smtpdesk.recipients.encoding import undecodable
from smtpdesk.recipients.notes import Notes
from smtpdesk.recipients.probe import unreadable
from smtpdesk.recipients.quoting import unclosed
from smtpdesk.recipients.table import About, Row, Table, blank

#: Characters a line may have: no person's row is longer, and memory stays bounded.
_LONGEST_LINE = 1 << 20
#: Lines of the head that are looked at to find the delimiter.
_SAMPLE_LINES = 400
#: What may stand in a line that says nothing.
_NOTHING = " \t\r\n,;|\0\ufeff"


class Text(ABC):
    """Text that can be read from its start any number of times."""

    name: str

    @abstractmethod
    def open(self) -> io.TextIOBase:
        """The text from its start, line ends as they are."""

    @property
    def share(self) -> float | None:
        """How much the latest reader has read, 0 to 1; None when unknown."""
        return None

    def refuse(self, error: UnicodeDecodeError) -> InputError:
        """The error for bytes that are no text in the file's encoding."""
        raise error

    def sample(self) -> list[str]:
        """The first lines in which there is something; none when there is nothing in the text."""
        try:
            with closing(self.open()) as stream:
                lines = iter(lambda: stream.readline(_LONGEST_LINE), "")
                filled = (line.replace("\0", "") for line in lines if line.strip(_NOTHING))
                return list(islice(filled, _SAMPLE_LINES))
        except UnicodeDecodeError as error:
            raise self.refuse(error) from error


class PastedText(Text):
    """Text that somebody pasted."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self._text = text

    def open(self) -> io.TextIOBase:
        """See :meth:`Text.open`."""
        return io.StringIO(self._text.removeprefix("\ufeff"), newline="")


class FileText(Text):
    """A text file in a known encoding."""

    def __init__(self, path: Path, codec: str) -> None:
        self.name = str(path)
        self._path = path
        self._codec = codec
        self._size = 0
        self._raw: BinaryIO | None = None

    def open(self) -> io.TextIOBase:
        """See :meth:`Text.open`."""
        try:
            raw = self._path.open("rb", buffering=1 << 18)
            self._size = self._path.stat().st_size
        except OSError as error:
            raise unreadable(self._path, error) from error
        self._raw = raw
        return io.TextIOWrapper(raw, encoding=self._codec, errors="strict", newline="")

    @property
    def share(self) -> float | None:
        """See :attr:`Text.share`."""
        if self._raw is None or not self._size:
            return None
        return 1.0 if self._raw.closed else min(1.0, self._raw.tell() / self._size)

    def refuse(self, error: UnicodeDecodeError) -> InputError:
        """See :meth:`Text.refuse`."""
        del error
        return undecodable(self._path, self._codec)


class DelimitedTable(Table):
    """Records of a delimited text (RFC 4180, read leniently), with exact line numbers.

    The csv module of the standard library counts the lines of each record itself, so quoted line breaks and blank
    lines never shift the numbers. What it would swallow without a word, an unclosed quotation mark, is looked for in
    every record of several lines and refused.
    """

    def __init__(self, about: About, text: Text, dialect: Dialect) -> None:
        super().__init__(about)
        self._text = text
        self._dialect = dialect

    @property
    def share(self) -> float | None:
        """See :attr:`Table.share`."""
        return self._text.share

    def rows(self, notes: Notes) -> Iterator[Row]:
        """See :meth:`Table.rows`.

        Raises:
            InputError: ``recipients.unclosed-quote``, ``recipients.cell-too-long``, ``recipients.line-too-long``,
                ``recipients.encoding`` or ``recipients.unreadable``, with file, line and, where known, column.
        """
        stream = self._text.open()
        try:
            with closing(stream):
                yield from self._records(stream, notes)
        except UnicodeDecodeError as error:
            raise self._text.refuse(error) from error
        except OSError as error:
            raise unreadable(Path(self._text.name), error) from error

    def _records(self, stream: io.TextIOBase, notes: Notes) -> Iterator[Row]:
        kept: list[str] = []
        lines = self._lines(stream, kept, notes)
        line = 1
        if self._dialect.sep_line:
            next(lines, None)
            kept.clear()
            line = 2
        skipped = line - 1
        reader = csv.reader(lines, delimiter=self._dialect.mark, skipinitialspace=self._dialect.skip_blanks)
        last = ""
        try:
            for cells in reader:
                end = reader.line_num + skipped
                last = kept[-1]
                if end != line:
                    self._verify("".join(kept), line)
                    last = ""
                kept.clear()
                if cells and (not (cells[0] == "" or cells[0].isspace()) or not blank(cells)):
                    yield line, cells
                line = end + 1
        except csv.Error as error:
            raise self._too_long("".join(kept), line) from error
        if '"' in last:
            self._verify(last, line - 1)

    def _lines(self, stream: io.TextIOBase, kept: list[str], notes: Notes) -> Iterator[str]:
        """Lines of the text; each is also put into ``kept``, which the caller empties after each record."""
        number = 0
        readline = stream.readline
        while line := readline(_LONGEST_LINE):
            number += 1
            if len(line) == _LONGEST_LINE and line[-1] not in "\r\n":
                raise self._line_too_long(number)
            if "\0" in line:
                notes.add("nul", number)
                line = line.replace("\0", "")
            if number == 1:
                line = line.removeprefix("\ufeff")
            kept.append(line)
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
            f"{self._text.name}:{line + before.count(chr(10))}:{column}",
        )

    def _too_long(self, record: str, line: int) -> InputError:
        offset = unclosed(record, self._dialect.delimiter, self._dialect.skip_blanks)
        if offset is not None:
            return self._unclosed(record, offset, line)
        return InputError(
            "recipients.cell-too-long",
            _("A cell of this row has more than {n} characters.").format(n=csv.field_size_limit()),
            _("Look whether a line break or a quotation mark is missing there."),
            f"{self._text.name}:{line}:1",
        )

    def _line_too_long(self, line: int) -> InputError:
        return InputError(
            "recipients.line-too-long",
            _("This line has more than {n} characters; no row of a list is that long.").format(n=_LONGEST_LINE),
            _("Look whether this is the file with the addresses."),
            f"{self._text.name}:{line}:1",
        )
