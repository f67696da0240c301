"""Whatever the csv module writes comes back: every cell, every row, on the line where an editor shows it."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from smtpdesk.recipients import Choices, Pasted, Source
from tests.recipients.helpers import everyone

#: Everything that is awkward, and everything else that UTF-8 can carry; a file full of control codes is no text.
_CHARACTERS = st.one_of(
    st.sampled_from(list("\",;\t|\n\r \\'=\u2028\x0b\x85é")),
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff\U0010fffe"),
)
_CELL = st.text(_CHARACTERS, max_size=12)
_ROWS = st.lists(st.lists(_CELL, min_size=2, max_size=2), min_size=1, max_size=12)
_BLANKS = st.lists(st.integers(0, 2), min_size=13, max_size=13)


@given(
    rows=_ROWS,
    delimiter=st.sampled_from(list(",;\t|")),
    style=st.sampled_from(
        [(csv.QUOTE_MINIMAL, "\r\n"), (csv.QUOTE_ALL, "\r\n"), (csv.QUOTE_ALL, "\n"), (csv.QUOTE_ALL, "\r")]
    ),
    blanks=_BLANKS,
    as_file=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_rows_come_back_equal_with_their_lines(
    rows: list[list[str]], delimiter: str, style: tuple[int, str], blanks: list[int], as_file: bool
) -> None:
    written, expected = _write(rows, delimiter, *style, blanks)
    with tempfile.TemporaryDirectory() as folder:
        source: Source = Pasted(written)
        if as_file:
            source = Path(folder) / "list.csv"
            source.write_bytes(written.encode())
        read = everyone(source, Choices(delimiter=delimiter, encoding="utf-8", has_header=True))
    assert [(row.line, row.fields["a"], row.fields["b"]) for row in read] == expected


def _write(
    rows: list[list[str]], delimiter: str, quoting: int, end: str, blanks: list[int]
) -> tuple[str, list[tuple[int, str, str]]]:
    """The text, and each row with the line it starts on, counted by the line breaks that really stand before it."""
    text = f"email{delimiter}a{delimiter}b{end}"
    expected = []
    for number, row in enumerate(rows):
        text += end * blanks[number]
        expected.append((_breaks(text) + 1, row[0], row[1]))
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer, delimiter=delimiter, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
        writer.writerow([f"person{number}@example.com", *row])
        text += buffer.getvalue()
    return text, expected


def _breaks(text: str) -> int:
    return text.replace("\r\n", "\n").replace("\r", "\n").count("\n")
