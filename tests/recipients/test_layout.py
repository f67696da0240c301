"""Where the headings are and which column holds the addresses, found or chosen."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.domain.finding import Severity
from smtpdesk.domain.recipient import RowState
from smtpdesk.recipients import Choices, look, read
from tests.recipients.helpers import everyone, file


def test_a_list_without_headings_has_none(tmp_path: Path) -> None:
    path = file(tmp_path, "Ana,ana@example.com\nBo,bo@example.com\n")
    shape = look(path).shape
    assert not shape.has_header
    assert (shape.columns, shape.labels) == (("column_1", "email"), ("Column 1", "Column 2"))
    assert [(row.line, row.fields["column_1"]) for row in everyone(path)] == [(1, "Ana"), (2, "Bo")]


def test_a_first_row_with_a_broken_address_is_no_heading(tmp_path: Path) -> None:
    rows = everyone(file(tmp_path, "ana@@example.com,Ana\nbo@example.com,Bo\n"))
    assert [(row.line, row.state) for row in rows] == [(1, RowState.INVALID), (2, RowState.READY)]


def test_whether_there_are_headings_can_be_chosen(tmp_path: Path) -> None:
    path = file(tmp_path, "email,name\nana@example.com,Ana\n")
    assert [row.line for row in everyone(path, Choices(has_header=False))] == [1, 2]
    path = file(tmp_path, "info@example.com,Name\nana@example.com,Ana\n")
    assert [row.address for row in everyone(path, Choices(has_header=True))] == ["ana@example.com"]


def test_titles_above_the_headings_are_skipped_and_told(tmp_path: Path) -> None:
    path = file(tmp_path, "Email list 2026,,\n,,\nName,E-Mail,City\nAna,ana@example.com,Ulm\n")
    shape = look(path).shape
    assert shape.columns == ("name", "e_mail", "city")
    assert [(finding.code, [row.line for row in finding.rows]) for finding in shape.findings] == [
        ("recipients.headings", [1])
    ]
    assert [row.line for row in everyone(path)] == [4]


def test_a_second_row_of_headings_is_no_recipient(tmp_path: Path) -> None:
    path = file(tmp_path, "email,first_name\nE-Mail-Adresse,Vorname\nana@example.com,Ana\n")
    shape = look(path).shape
    assert shape.columns == ("email", "first_name")
    assert [row.line for finding in shape.findings for row in finding.rows] == [2]
    assert [row.address for row in everyone(path)] == ["ana@example.com"]


def test_a_row_of_groups_above_the_headings_is_no_heading(tmp_path: Path) -> None:
    path = file(tmp_path, "Contact,,Address,\nName,E-mail,Street,City\nAna,ana@example.com,Lane 1,Ulm\n")
    assert look(path).shape.columns == ("name", "e_mail", "street", "city")
    assert [row.line for row in everyone(path)] == [3]


def test_rows_between_the_headings_and_the_first_good_address_are_not_lost(tmp_path: Path) -> None:
    rows = everyone(file(tmp_path, "name,email\nAna,\nBo,nonsense\nCy,cy@example.com\n"))
    assert [(row.line, row.state) for row in rows] == [
        (2, RowState.EMPTY),
        (3, RowState.INVALID),
        (4, RowState.READY),
    ]


def test_addresses_are_found_by_what_is_in_the_column(tmp_path: Path) -> None:
    path = file(tmp_path, "Contact,Nr\nana@example.com,1\nBo <bo@example.com>,2\nnone,3\n")
    assert look(path).shape.address_column == "contact"


def test_the_heading_decides_between_two_columns_with_addresses(tmp_path: Path) -> None:
    path = file(tmp_path, "Backup email,Email\nx@example.com,ana@example.com\ny@example.com,bo@example.com\n")
    shape = look(path).shape
    assert (shape.address_column, shape.findings) == ("email", ())


def test_two_columns_that_could_both_be_meant_are_told(tmp_path: Path) -> None:
    path = file(tmp_path, "Home email,Work email\na@example.com,b@example.com\n")
    shape = look(path).shape
    assert shape.address_column == "home_email"
    assert [finding.code for finding in shape.findings] == ["recipients.several-address-columns"]


@pytest.mark.parametrize("chosen", ["Correo", "correo", " CORREO "])
def test_the_address_column_can_be_chosen_and_is_available_as_email(chosen: str, tmp_path: Path) -> None:
    path = file(tmp_path, "Email,Correo\nold@example.com,Ana <ana@example.com>\n")
    preview = look(path, Choices(address_column=chosen))
    assert preview.shape.columns == ("email_2", "correo")
    assert preview.shape.fields == ("email_2", "correo", "email")
    (row,) = preview.rows
    assert dict(row.fields) == {
        "email_2": "old@example.com",
        "correo": "ana@example.com",
        "email": "ana@example.com",
    }


def test_every_name_that_a_column_was_shown_under_chooses_it_again(tmp_path: Path) -> None:
    for content in ("Email,Correo\na@example.com,b@example.com\n", "Ana,ana@example.com\nBo,bo@example.com\n"):
        path = file(tmp_path, content)
        first = look(path).shape
        for index, name in enumerate(first.columns):
            again = look(path, Choices(address_column=name)).shape
            assert again.columns.index(again.address_column) == index
            for shown in again.columns:
                assert look(path, Choices(address_column=shown)).shape.address_column


def test_a_column_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        look(file(tmp_path, "Name,Mail\nAna,ana@example.com\n"), Choices(address_column="E-Post"))
    assert caught.value.code == "recipients.no-such-column"
    assert "Name, Mail" in caught.value.hint


def test_a_list_without_addresses_can_be_looked_at_but_not_read(tmp_path: Path) -> None:
    path = file(tmp_path, "Name,City\nAna,Ulm\nBo,Bonn\n")
    preview = look(path)
    assert preview.shape.address_column == ""
    assert preview.shape.columns == ("name", "city")
    assert [row.state for row in preview.rows] == [RowState.INVALID, RowState.INVALID]
    assert [finding.severity for finding in preview.shape.findings] == [Severity.ERROR]
    with pytest.raises(InputError) as caught:
        read(path)
    assert caught.value.code == "recipients.no-address-column"
    assert "Name, City" in caught.value.hint
