"""Two readers of delimited text, one outcome: by pandas where it can be, it is what the csv module makes of it."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from smtpdesk.base.errors import InputError
from smtpdesk.recipients import look
from smtpdesk.recipients.delimited import DelimitedTable
from smtpdesk.recipients.dialect import Dialect
from smtpdesk.recipients.notes import Notes
from smtpdesk.recipients.table import About, Row
from smtpdesk.recipients.texts import FileText, PastedText, Text
from tests.recipients.helpers import SPREADSHEETS, TEXTS, file

#: How a reading ended: its rows, what is odd about which of them, and the refusal if there was one.
Outcome = tuple[list[Row], list[tuple[str, int, list[int]]], str]


def _outcome(text: Text, dialect: Dialect, *, whole: bool, first_block: int = 1 << 16) -> Outcome:
    """What reading a text leads to; ``whole`` lets pandas read."""
    notes = Notes()
    rows: list[Row] = []
    refusal = ""
    try:
        rows.extend(DelimitedTable(About("csv", text.name), text, dialect, whole, first_block).rows(notes))
    except InputError as error:
        refusal = f"{error.code} {error.where}"
    return rows, [(note.code, note.count, [row.line for row in note.rows]) for note in notes.findings()], refusal


#: What matters to a reader of CSV, some of it several times so that it is drawn more often.
_PIECES = [
    "\r\n",
    '""',
    ',"',
    '",',
    '"\n',
    "a@example.com",
    *'",,;\t|\n\n\n\n\r \\',
    *"'e0ax\x0b\x1c\x1f\x85\u2028\ufeff\0é",
]
_WILD = st.lists(
    st.one_of(
        st.sampled_from(_PIECES),
        st.sampled_from(_PIECES),
        st.characters(codec="utf-8", exclude_characters="\U0010fffe"),  # stands for "no delimiter" to the csv module
    ),
    max_size=60,
).map("".join)


@given(
    text=_WILD,
    delimiter=st.sampled_from([",", ";", "\t", "|", "", " ", ".", "\\", "#", "'", "e", "0", "-", "é"]),
    skip_blanks=st.booleans(),
    sep_line=st.booleans(),
    first_block=st.integers(1, 40),
)
@example(text="a,b\n\ud800,c\n", delimiter=",", skip_blanks=False, sep_line=False, first_block=9)
@example(text='a, "b"\nc, d\n', delimiter=",", skip_blanks=True, sep_line=False, first_block=99)
@example(text='a,"b\n', delimiter=",", skip_blanks=False, sep_line=False, first_block=1)
@example(text='a,b\r\nc,"d\r\ne"\r\nf\r\ng,h', delimiter=",", skip_blanks=False, sep_line=False, first_block=5)
@settings(max_examples=150, deadline=None)
def test_any_text_gives_the_rows_lines_notes_and_refusals_of_the_csv_module(
    text: str, delimiter: str, skip_blanks: bool, sep_line: bool, first_block: int
) -> None:
    pasted, dialect = PastedText(text, "text"), Dialect(delimiter, skip_blanks, sep_line)
    by_csv = _outcome(pasted, dialect, whole=False)
    assert _outcome(pasted, dialect, whole=True, first_block=first_block) == by_csv


_ENCODINGS = ["utf-8", "utf-8-sig", "cp1252", "koi8-r", "cp932", "utf-16", "utf-16-le", "utf-32", "mac-roman"]


@given(
    rows=st.lists(
        st.lists(
            st.one_of(
                st.sampled_from([*TEXTS, "", " ", " x ", "é", "Ж", "é;", "田中", 'say "hi"', "\u2028", "\x1a"]),
                st.text(max_size=8),
            ),
            min_size=2,
            max_size=2,
        ),
        min_size=1,
        max_size=20,
    ),
    delimiter=st.sampled_from(list(",;\t|")),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(_ENCODINGS),
    first_block=st.integers(1, 200),
)
@settings(max_examples=100, deadline=None)
def test_any_table_in_any_encoding_is_read_as_the_csv_module_reads_it(
    rows: list[list[str]], delimiter: str, quoting: int, end: str, encoding: str, first_block: int
) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
    writer.writerows([f"p{number}@example.com", *row] for number, row in enumerate(rows))
    dialect = Dialect(delimiter)
    with tempfile.TemporaryDirectory() as folder:
        text = FileText(file(Path(folder), buffer.getvalue().encode(encoding, "replace")), encoding)
        by_csv = _outcome(text, dialect, whole=False)
        assert _outcome(text, dialect, whole=True, first_block=first_block) == by_csv
    assert by_csv[0][0] == (1, ["p0@example.com", *by_csv[0][0][1][1:]])


def test_every_spreadsheet_in_text_form_is_read_as_the_csv_module_reads_it() -> None:
    for path in sorted(SPREADSHEETS.glob("*.csv")):
        shape = look(path).shape
        text, dialect = FileText(path, shape.encoding), Dialect(shape.delimiter)
        by_csv = _outcome(text, dialect, whole=False)
        assert by_csv[0], path
        assert _outcome(text, dialect, whole=True, first_block=50) == by_csv, path
