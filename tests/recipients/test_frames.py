"""Delimited text that pandas reads, what it leaves to the csv module, and when it is loaded."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpdesk.recipients import read
from smtpdesk.recipients.frames import Block
from smtpdesk.recipients.table import Row
from tests.recipients.helpers import TEXTS, everyone, file


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each block that is read from here on, whether pandas read it."""
    blocks: list[bool] = []
    real = Block.rows

    def noted(block: Block, delimiter: str, line: int) -> Iterator[Row] | None:
        rows = real(block, delimiter, line)
        blocks.append(rows is not None)
        return rows

    monkeypatch.setattr(Block, "rows", noted)
    return blocks


# -- who reads what ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_pandas_reads_an_ordinary_file(delimiter: str, end: str, taken: list[bool], tmp_path: Path) -> None:
    lines = [["e-mail", "name", "note"], ["a@example.com", "Pérez", ""], ["b@example.com", "", "x"], ["", " ", ""]]
    rows = everyone(
        file(
            tmp_path,
            "".join(delimiter.join(cells) + end for cells in lines) + "c@example.com,,".replace(",", delimiter),
        )
    )
    assert [(row.line, row.address, row.fields["name"]) for row in rows] == [
        (2, "a@example.com", "Pérez"),
        (3, "b@example.com", ""),
        (5, "c@example.com", ""),
    ]
    assert set(taken) == {True}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_pandas_reads_other_encodings_and_quotation_marks(encoding: str, taken: list[bool], tmp_path: Path) -> None:
    text = '"E-Mail","Straße"\r\n"a@example.de","sagt ""Grüß"", oft"\r\nb@example.de,5" x\r\n'
    rows = everyone(file(tmp_path, text.encode(encoding)))
    assert [(row.line, row.fields["strasse"]) for row in rows] == [(2, 'sagt "Grüß", oft'), (3, '5" x')]
    assert set(taken) == {True}


@pytest.mark.parametrize("style", ["plain", "quoted"])
def test_cells_that_look_like_something_else_stay_text(style: str, taken: list[bool], tmp_path: Path) -> None:
    cells = [f'"{text}"' for text in TEXTS] if style == "quoted" else TEXTS
    heading = ",".join(f"c{number}" for number in range(len(cells)))
    path = file(tmp_path, f"email,{heading}\n" + "".join(f"p{n}@example.com,{','.join(cells)}\n" for n in range(3)))
    for row in everyone(path):
        assert [row.fields[f"c{number}"] for number in range(len(cells))] == TEXTS
    assert set(taken) == {True}


def test_a_single_column_is_read_by_pandas_blank_lines_and_all(taken: list[bool], tmp_path: Path) -> None:
    rows = everyone(file(tmp_path, "email\na@example.com\n\nPérez, Bo <b@example.com>\n"))
    assert [(row.line, row.address) for row in rows] == [(2, "a@example.com"), (4, "b@example.com")]
    assert set(taken) == {True}


HARD = {
    "a row with more cells": "a,b\nc,d,e\n",
    "a row with fewer cells": "a,b\nc\n",
    "a short row and a quoted delimiter": 'a,"b,b"\nc\n',
    "as many delimiters in all, in other places": 'a,b\n"c,c"\nd,"e"\n',
    "a blank line": "a,b\n\nc,d\n",
    "a quoted line break": 'a,b\n"c\nc",d\n',
    "a quotation mark that is not closed": 'a,b\nc,"d\n',
    "a quotation mark that is not closed at the end": 'a,b\nc,"d',
    "NUL": "a,b\nc,\0d\n",
    "lines that end with CR": "a,b\rc,d\r",
    "a CR within a line": "a,b\rc\r\nd,e\n",
    "a mark at the start": "\ufeffa,b\nc,d\n",
    "half of a surrogate pair": "a,b\nc,\ud83d\n",
    "more columns than pandas is quick with": ",".join("x" * 33) + "\n",
    "a cell longer than the csv module takes": f"a,b\nc,{'d' * 140_000}\n",
}


@pytest.mark.parametrize("case", HARD)
def test_what_pandas_would_read_otherwise_is_left_to_the_csv_module(case: str) -> None:
    assert Block(HARD[case]).rows(",", 1) is None


def test_a_lone_cr_is_left_to_the_csv_module_even_where_nothing_is_divided() -> None:
    assert Block("a\rb\n").rows("", 1) is None


def test_a_delimiter_that_pandas_cannot_take_is_read_all_the_same(taken: list[bool], tmp_path: Path) -> None:
    path = file(tmp_path, "sep=§\nemail§name\na@example.com§A\n")
    assert [(row.line, row.fields["name"]) for row in everyone(path)] == [(3, "A")]
    assert taken == []


def test_without_a_delimiter_nothing_divides_a_line() -> None:
    assert Block("a\x1fb\nc\x1fd\n").rows("", 1) is None
    rows = Block("a,b;c\nd\n").rows("", 7)
    assert rows is not None
    assert list(rows) == [(7, ["a,b;c"]), (8, ["d"])]


def test_a_hard_stretch_does_not_keep_pandas_from_the_rest(taken: list[bool], tmp_path: Path) -> None:
    many = "".join(f"p{number}@example.com,P,{number}\n" for number in range(15_000))
    path = file(
        tmp_path, f'email,name,n\n{many}x@example.com,"two\nlines",1\nshort@example.com\n{many.replace("p", "q")}'
    )
    reading = read(path)
    taken.clear()
    rows = [row for chunk in reading.chunks() for row in chunk]
    assert taken[0] and taken[-1] and taken.count(False) == 1
    assert [row.line for row in rows] == [*range(2, 15_003), *range(15_004, 30_005)]
    assert (rows[15_000].fields["name"], rows[15_001].address, rows[-1].fields["n"]) == (
        "two\nlines",
        "short@example.com",
        "14999",
    )
    assert [(note.code, [row.line for row in note.rows]) for note in reading.findings] == [
        ("recipients.short-rows", [15_004])
    ]


def test_a_file_that_is_hard_all_over_is_seldom_tried(taken: list[bool], tmp_path: Path) -> None:
    path = file(tmp_path, "email,note\n" + "".join(f'p{number}@example.com,"a\nb"\n' for number in range(60_000)))
    reading = read(path)
    taken.clear()
    lines = [row.line for chunk in reading.chunks() for row in chunk]
    assert lines == list(range(2, 120_001, 2))
    assert set(taken) == {False}
    assert len(taken) < 10


# -- loading pandas ---------------------------------------------------------------------------------------------------


def test_pandas_is_loaded_for_reading_and_not_for_a_look(tmp_path: Path) -> None:
    path = file(tmp_path, "email,name\na@example.com,A\n")
    code = f"""if True:
        import sys
        from pathlib import Path
        from smtpdesk.recipients import look, read
        def loaded(): print("pandas" in sys.modules)
        loaded()
        look(Path({str(path)!r}))
        loaded()
        print(*(row.address for chunk in read(Path({str(path)!r})).chunks() for row in chunk))
        loaded()
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["False", "False", "a@example.com", "True"]


def test_pandas_reads_where_pyarrow_is_not_installed(tmp_path: Path) -> None:
    path = file(tmp_path, "email,name\na@example.com,NA\n")
    code = f"""if True:
        import sys
        sys.modules["pyarrow"] = None  # importing it now fails as if it were not there
        from pathlib import Path
        from smtpdesk.recipients import read
        print(*(row.fields["name"] for chunk in read(Path({str(path)!r})).chunks() for row in chunk))
        print("pandas" in sys.modules)
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["NA", "True"]
