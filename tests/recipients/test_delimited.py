"""CSV and its relatives: delimiters, quotation marks, ragged rows, and line numbers as an editor shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.domain.recipient import RowState
from smtpdesk.recipients import Choices, look, read
from tests.recipients.helpers import everyone, file


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str, tmp_path: Path) -> None:
    rows = [["E-mail", "Name", "Price"], ["ana@example.com", "Pérez", "1"], ["bo@example.com", "Bo B", "2"]]
    path = file(tmp_path, "".join(delimiter.join(row) + "\r\n" for row in rows))
    shape = look(path).shape
    assert shape.delimiter == delimiter
    assert shape.kind == ("tsv" if delimiter == "\t" else "csv")
    assert shape.columns == ("e_mail", "name", "price")


def test_decimal_commas_do_not_hide_semicolons(tmp_path: Path) -> None:
    path = file(tmp_path, "mail;sum;rest\na@example.com;1,5;2,5\nb@example.com;2,5;3,5\n")
    assert look(path).shape.delimiter == ";"
    assert everyone(path)[0].fields["sum"] == "1,5"


def test_a_list_of_prices_without_addresses_still_has_its_delimiter(tmp_path: Path) -> None:
    preview = look(file(tmp_path, "Name;Price\nA;1,5\nB;2,5\n"))
    assert preview.shape.delimiter == ";"
    assert preview.shape.address_column == ""


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;", "\ufeffsep=;"])
def test_the_line_with_which_excel_states_the_delimiter_is_obeyed_and_counted(first: str, tmp_path: Path) -> None:
    path = file(tmp_path, f"{first}\r\nemail;name\r\nana@example.com;Pérez, Ana\r\n")
    (row,) = everyone(path)
    assert (row.fields["name"], row.line) == ("Pérez, Ana", 3)
    assert look(path).shape.delimiter == ";"


@pytest.mark.parametrize("first", ["sep=", 'sep="', '"sep="'])
def test_a_line_that_states_no_delimiter_is_no_such_line(first: str, tmp_path: Path) -> None:
    preview = look(file(tmp_path, f"{first}\nemail;name\nana@example.com;Ana\nbo@example.com;Bo\n"))
    assert preview.shape.delimiter == ";"
    assert [(row.line, row.fields["name"]) for row in preview.rows] == [(3, "Ana"), (4, "Bo")]


def test_a_chosen_delimiter_wins(tmp_path: Path) -> None:
    path = file(tmp_path, "email:name\nana@example.com:Ana\n")
    assert everyone(path, Choices(delimiter=":"))[0].fields["name"] == "Ana"


@pytest.mark.parametrize("delimiter", ["::", '"', "\n"])
def test_a_delimiter_that_cannot_be_one_is_refused(delimiter: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        look(file(tmp_path, "email\nana@example.com\n"), Choices(delimiter=delimiter))
    assert caught.value.code == "recipients.delimiter"


def test_a_single_column_needs_no_delimiter(tmp_path: Path) -> None:
    path = file(tmp_path, "email\nana@example.com\nPérez, Bo <bo@example.com>\n\ncy@example.com\n")
    shape = look(path).shape
    assert (shape.delimiter, shape.columns) == ("", ("email",))
    assert [(row.address, row.line) for row in everyone(path)] == [
        ("ana@example.com", 2),
        ("bo@example.com", 3),
        ("cy@example.com", 5),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_through_quoted_breaks_and_blank_lines(end: str, tmp_path: Path) -> None:
    lines = [
        "email,note",
        "",
        'a@example.com,"one',
        "",
        'three"',
        "b@example.com,x",
        "",
        "   ",
        ",,",
        "c@example.com,y",
    ]
    rows = everyone(file(tmp_path, end.join(lines) + end))
    assert [(row.address, row.line) for row in rows] == [
        ("a@example.com", 3),
        ("b@example.com", 6),
        ("c@example.com", 10),
    ]
    assert rows[0].fields["note"] == f"one{end}{end}three"


def test_text_that_other_readers_change_stays_as_it_is(tmp_path: Path) -> None:
    cells = "NA|None|null|nan|00042|4915123456789012345678|1e5|TRUE|1.10| x |=1+1|@x|-5".split("|")  # noqa: SIM905
    heading = ",".join(f"c{n}" for n in range(len(cells)))
    path = file(tmp_path, f"email,{heading}\na@example.com,{','.join(cells)}\n")
    fields = everyone(path)[0].fields
    assert [fields[f"c{n}"] for n in range(len(cells))] == cells


def test_rows_with_too_few_and_too_many_cells_are_read_and_told(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        "email,name,city\na@example.com,A\nb@example.com,B,Berlin, Mitte\n"
        "c@example.com,C,Ulm,,\nd@example.com,D,Bonn\n",
    )
    reading = read(path)
    rows = [row for chunk in reading.chunks() for row in chunk]
    assert [row.fields["city"] for row in rows] == ["", "Berlin", "Ulm", "Bonn"]
    assert [row.state for row in rows] == [RowState.READY] * 4
    told = {finding.code: [row.line for row in finding.rows] for finding in reading.findings}
    assert told == {"recipients.short-rows": [2], "recipients.long-rows": [3]}


def test_a_delimiter_at_the_end_of_every_line_makes_no_column(tmp_path: Path) -> None:
    path = file(tmp_path, "email;name;\na@example.com;A;\nb@example.com;B;\n")
    reading = read(path)
    assert [row.fields["name"] for chunk in reading.chunks() for row in chunk] == ["A", "B"]
    assert (reading.shape.columns, reading.findings) == (("email", "name"), ())


def test_a_column_without_heading_gets_a_name(tmp_path: Path) -> None:
    shape = look(file(tmp_path, "email,,name,\na@example.com,x,A,y\nb@example.com,x,B,y\n")).shape
    assert shape.columns == ("email", "column_2", "name", "column_4")
    assert shape.labels == ("email", "Column 2", "name", "Column 4")


@pytest.mark.parametrize(
    ("body", "line", "column"),
    [
        ('a@example.com,"A\nb@example.com,B\nc@example.com,C\n', 2, 15),
        ('a@example.com,A\nb@example.com,"B\nc@example.com,"C"\nd@example.com,D\n', 3, 15),
        ('a@example.com,A\nb@example.com,"B', 3, 15),
        ('"a@example.com,A\nb@example.com,B\n', 2, 1),
        ('a@example.com,"two\nlines"\nb@example.com,x "y" z\nc@example.com,"never\n', 5, 15),
    ],
)
def test_a_quotation_mark_that_is_never_closed_is_refused_at_its_place(
    body: str, line: int, column: int, tmp_path: Path
) -> None:
    path = file(tmp_path, "email,name\n" + body)
    with pytest.raises(InputError) as caught:
        everyone(path)
    assert caught.value.code == "recipients.unclosed-quote"
    assert caught.value.where == f"{path}:{line}:{column}"


def test_an_unclosed_quotation_mark_far_down_is_found_without_reading_the_rest_into_memory(tmp_path: Path) -> None:
    many = "".join(f"p{number}@example.com,P\n" for number in range(30_000))
    path = file(tmp_path, f'email,name\n{many}x@example.com,"X\n{many}')
    with pytest.raises(InputError) as caught:
        everyone(path)
    assert caught.value.where == f"{path}:30002:15"


def test_quotation_marks_in_odd_places_do_no_harm(tmp_path: Path) -> None:
    path = file(tmp_path, 'email,name\na@example.com,5" disk\nb@example.com,"B"x\nc@example.com,C "x" c\n')
    assert [(row.fields["name"], row.line) for row in everyone(path)] == [('5" disk', 2), ("Bx", 3), ('C "x" c', 4)]


def test_a_blank_before_a_quoted_cell_does_not_divide_it(tmp_path: Path) -> None:
    path = file(tmp_path, 'email, name, city\na@example.com, "Pérez, Ana", Ulm\nb@example.com, "B", "x\ny"\n')
    rows = everyone(path)
    assert [(row.fields["name"], row.fields["city"], row.line) for row in rows] == [
        ("Pérez, Ana", "Ulm", 2),
        ("B", "x\ny", 3),
    ]


def test_nul_characters_are_left_out_and_told(tmp_path: Path) -> None:
    reading = read(file(tmp_path, b"email,name\na@example.com,A\x00na\nb@exam\x00ple.com,B\n"))
    rows = [row for chunk in reading.chunks() for row in chunk]
    assert [(row.address, row.fields["name"], row.line) for row in rows] == [
        ("a@example.com", "Ana", 2),
        ("b@example.com", "B", 3),
    ]
    assert [(finding.code, finding.count) for finding in reading.findings] == [("recipients.nul", 2)]


def test_a_cell_longer_than_any_persons_is_refused_at_its_line(tmp_path: Path) -> None:
    path = file(tmp_path, f"email,note\na@example.com,x\nb@example.com,{'y' * 200_000}\n")
    with pytest.raises(InputError) as caught:
        everyone(path)
    assert (caught.value.code, caught.value.where) == ("recipients.cell-too-long", f"{path}:3:1")


def test_a_file_without_line_breaks_is_refused_without_being_read_whole(tmp_path: Path) -> None:
    path = file(tmp_path, "a,b@example.com," * 200_000)
    with pytest.raises(InputError) as caught:
        look(path)
    assert (caught.value.code, caught.value.where) == ("recipients.line-too-long", f"{path}:1:1")


def test_a_file_of_only_a_heading_has_columns_and_no_rows(tmp_path: Path) -> None:
    path = file(tmp_path, "first name,e-mail\n")
    preview = look(path)
    assert (preview.shape.columns, preview.shape.address_column) == (("first_name", "e_mail"), "e_mail")
    assert preview.rows == ()
    assert [finding.code for finding in preview.shape.findings] == ["recipients.no-rows"]
    assert everyone(path) == []


@pytest.mark.parametrize(
    "content", [b"", b"\n\n\r\n", b"  \n\t\n", b"\xef\xbb\xbf", b"\xff\xfe\r\x00\n\x00", b",,\n,,\n"]
)
def test_a_file_in_which_there_is_nothing_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        look(file(tmp_path, content))
    assert caught.value.code == "recipients.empty"


def test_a_list_that_begins_far_down_is_read(tmp_path: Path) -> None:
    path = file(tmp_path, "\n" * 2000 + ",,\n" * 2000 + "email,name\nana@example.com,Ana\n")
    assert [(row.address, row.line) for row in everyone(path)] == [("ana@example.com", 4002)]
