"""Blocks of regular delimited text, read by pandas: a whole block exactly, or not at all.

pandas pads short rows, strips marks, and counts records where a person counts lines, all without a word. So a block
is taken only when it is proved afterwards that every line of it became one row with the same number of cells, and
none of the characters that pandas and the csv module see differently is in it. Cells stay text: "NA", "007", "1e5".
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING

from smtpdesk.recipients.dialect import Dialect
from smtpdesk.recipients.table import Row, blank

if TYPE_CHECKING:
    from pandas import DataFrame

#: Divides nothing, where there is no delimiter: a control code ("unit separator") that is in no ordinary text.
_NONE = "\x1f"
#: Beyond so many, the csv module is twice as fast: a frame costs time for each column, whatever is in it.
_MOST_COLUMNS = 32


def suits(dialect: Dialect) -> bool:
    """pandas' C parser divides at one byte, and skips blanks in other places than the csv module does."""
    return dialect.delimiter.isascii() and dialect.delimiter not in ('"', "\r", "\n") and not dialect.skip_blanks


class Block:
    """Some whole lines of text; only the last one of a text may lack its end.

    Attributes:
        text: the lines, their ends as they are.
        lines: how many there are, as an editor counts: they end with LF, CR LF or CR.
    """

    def __init__(self, text: str) -> None:
        returns = text.count("\r")
        pairs = text.count("\r\n") if returns else 0
        self.text = text
        self.lines = text.count("\n") + returns - pairs + (not text.endswith(("\n", "\r")))
        self._lone_returns = returns != pairs
        self._quoted = '"' in text

    def rows(self, delimiter: str, line: int) -> Iterator[Row] | None:
        """The rows, blank ones left out; the first line of the block is ``line``.

        None when the block is not regular enough to be read here: its lines differ in their number of cells, a cell
        has a line break in it, a quotation mark is not closed, there are characters that are seldom meant (NUL), or it
        is so wide that pandas would take longer.
        """
        columns = None if self._irregular(delimiter) else self._columns(delimiter or _NONE)
        if columns is None:
            return None
        rows = zip(count(line), map(list, zip(*columns, strict=True)), strict=False)
        if all(map(str.strip, columns[0])):
            return rows
        return ((number, cells) for number, cells in rows if not blank(cells))

    def _irregular(self, delimiter: str) -> bool:
        """Something is in the text that the two would not read alike, or that a person must be told about."""
        text = self.text
        if self._lone_returns or "\0" in text or text.startswith("\ufeff") or (not delimiter and _NONE in text):
            return True
        # A line too long for a cell that the csv module takes covers one of these stretches whole.
        step = max(csv.field_size_limit() // 2, 1)
        return any(text.find("\n", place, place + step) < 0 for place in range(0, len(text) - step + 1, step))

    def _columns(self, mark: str) -> list[list[str]] | None:
        """The cells, column by column; None unless that is certain to be what the csv module reads."""
        marks, first = self.text.count(mark), self.text.count(mark, 0, self.text.find("\n") + 1 or None)
        if first >= _MOST_COLUMNS or (not self._quoted and marks != self.lines * first):
            return None  # no need to try
        frame = _frame(self.text, mark)
        if frame is None or len(frame) != self.lines:  # fewer: a record of several lines
            return None
        columns: list[list[str]] = [frame[name].tolist() for name in frame.columns]
        if self._quoted:
            texts = ["".join(column) for column in columns]
            if any("\n" in text or "\r" in text for text in texts):
                return None
            marks -= sum(text.count(mark) for text in texts)
        # A row of n cells is divided n - 1 times, and none has more than len(columns): so none is short.
        return columns if marks == self.lines * (len(columns) - 1) else None


def _frame(text: str, mark: str) -> DataFrame | None:
    # Here and not above: loading pandas takes half a second, and most commands read no file of recipients.
    import pandas

    try:
        return pandas.read_csv(
            io.BytesIO(text.encode()),
            sep=mark,
            header=None,
            index_col=False,
            dtype=object,
            na_filter=False,
            keep_default_na=False,
            skip_blank_lines=False,
            quoting=csv.QUOTE_MINIMAL,
            engine="c",
            low_memory=False,  # the block is small; parts of it need not be put together again
        )
    except (pandas.errors.ParserError, pandas.errors.EmptyDataError, UnicodeEncodeError):
        return None  # a row with more cells than the first, an unclosed quotation mark, a half of a surrogate pair
