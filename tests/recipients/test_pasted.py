"""Pasted cells and pasted address lines."""

from __future__ import annotations

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.recipients import Choices, Pasted, look, read
from tests.recipients.helpers import everyone


def test_cells_pasted_from_a_spreadsheet_are_a_table() -> None:
    source = Pasted('Name\tE-Mail\nAna\tana@example.com\n"two\nlines"\tbo@example.com\n')
    shape = look(source).shape
    assert (shape.kind, shape.delimiter, shape.columns) == ("pasted", "\t", ("name", "e_mail"))
    assert [(row.address, row.fields["name"], row.line) for row in everyone(source)] == [
        ("ana@example.com", "Ana", 2),
        ("bo@example.com", "two\nlines", 3),
    ]


def test_a_pasted_csv_is_a_table() -> None:
    assert [row.fields["name"] for row in everyone(Pasted("email,name\nana@example.com,Ana\n"))] == ["Ana"]


@pytest.mark.parametrize(
    "text",
    [
        "Ana Pérez <ana@example.com>, bo@example.com",
        "Ana Pérez <ana@example.com>; bo@example.com;",
        '"Ana Pérez" <ana@example.com>,\n bo@example.com\n',
        "'Ana Pérez' <ana@example.com>\nbo@example.com",
    ],
)
def test_an_address_line_from_a_mail_program_is_one_row_an_address(text: str) -> None:
    rows = everyone(Pasted(text))
    assert [(row.address, row.fields["column_2"]) for row in rows] == [
        ("ana@example.com", "Ana Pérez"),
        ("bo@example.com", ""),
    ]
    assert look(Pasted(text)).shape.columns == ("email", "column_2")


def test_names_with_a_comma_survive_between_semicolons() -> None:
    rows = everyone(Pasted("Pérez, Ana <ana@example.com>; Lee, Bo <bo@example.com>"))
    assert [row.fields["column_2"] for row in rows] == ["Pérez, Ana", "Lee, Bo"]


def test_a_broken_address_in_a_line_of_addresses_is_set_aside_and_not_lost() -> None:
    rows = everyone(Pasted("ana@example.com, bo@@example.com, cy@example.com"))
    assert [(row.address, row.state.value, row.line) for row in rows] == [
        ("ana@example.com", "ready", 1),
        ("bo@@example.com", "invalid", 1),
        ("cy@example.com", "ready", 1),
    ]


def test_the_same_address_twice_on_one_line_is_a_double() -> None:
    rows = everyone(Pasted("ana@example.com, ANA@example.com"))
    assert [row.state.value for row in rows] == ["ready", "duplicate"]


def test_a_plain_column_of_addresses_has_one_column() -> None:
    assert look(Pasted("ana@example.com\nbo@example.com\n")).shape.columns == ("email",)


@pytest.mark.parametrize("text", ["Ana <ana@example.com>, bo@example.com", "name\temail\nAna\tana@example.com\n"])
def test_what_was_found_can_be_given_back_as_choices(text: str) -> None:
    shape = look(Pasted(text)).shape
    given = Choices(shape.encoding, shape.delimiter, shape.sheet, shape.has_header, shape.address_column)
    assert look(Pasted(text), given).shape == shape


def test_choices_hold_for_pasted_text_too() -> None:
    rows = everyone(Pasted("a@example.com;b@example.com\n"), Choices(delimiter=";", has_header=False))
    assert [dict(row.fields) for row in rows] == [{"email": "a@example.com", "column_2": "b@example.com"}]


@pytest.mark.parametrize("text", ["", " \n\t\n", "\ufeff"])
def test_nothing_pasted_is_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        read(Pasted(text))
    assert caught.value.code == "recipients.empty"
