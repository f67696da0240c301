"""Rows of delimited text, streamed: by pandas where that is exactly right, by the csv module where it is not."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from smtpdesk.recipients.dialect import Dialect
from smtpdesk.recipients.frames import Block, suits
from smtpdesk.recipients.notes import Notes
from smtpdesk.recipients.probe import unreadable
from smtpdesk.recipients.records import Records
from smtpdesk.recipients.table import About, Row, Table
from smtpdesk.recipients.texts import LONGEST_LINE, Text

#: Characters of the first block, and of the longest: they double, so that a head is had quickly and a long file too.
_FIRST_BLOCK = 1 << 16
_LONGEST_BLOCK = 1 << 20


class DelimitedTable(Table):
    """Records of a delimited text, with the line each starts on.

    ``whole``: all of it will be read. A look at the head does without pandas, which takes longer to load than to read.
    """

    def __init__(
        self, about: About, text: Text, dialect: Dialect, whole: bool, first_block: int = _FIRST_BLOCK
    ) -> None:
        super().__init__(about)
        self._text = text
        self._dialect = dialect
        self._in_blocks = whole and suits(dialect)
        self._first_block = first_block

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
        records = Records(self._text.name, self._dialect, notes)
        try:
            with closing(stream):
                if self._dialect.sep_line:
                    records.skip(stream)
                yield from self._blocks(stream, records) if self._in_blocks else records.read(stream)
        except UnicodeDecodeError as error:
            raise self._text.refuse(error) from error
        except OSError as error:
            raise unreadable(Path(self._text.name), error) from error

    def _blocks(self, stream: io.TextIOBase, records: Records) -> Iterator[Row]:
        """Rows block by block; one that is not regular goes to the csv module, which goes on until a record ends.

        The more of them in a row, the longer until pandas is tried again: an irregular file is not read twice.
        """
        size, patience = self._first_block, 1
        while text := stream.read(size):
            block = Block(text + stream.readline(LONGEST_LINE))  # whole lines; longer ones the csv path refuses
            rows = block.rows(self._dialect.delimiter, records.line)
            if rows is None:
                yield from records.read(io.StringIO(block.text, newline=""), stream, lines=block.lines * patience)
                patience *= 2
            else:
                yield from rows
                records.line += block.lines
                patience = 1
            size = min(2 * size, _LONGEST_BLOCK)
