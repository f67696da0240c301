"""Every file of the formats folder, and everything that is no spreadsheet."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.recipients import Pasted, look, read
from smtpdesk.recipients.formats import Format, endings, formats
from smtpdesk.recipients.probe import probe
from tests.recipients.helpers import SPREADSHEETS, archive, file


@pytest.mark.parametrize("member", formats(), ids=lambda member: member.KIND)
def test_every_format_states_what_it_is(member: Format) -> None:
    assert member.KIND.lower() == member.KIND
    assert all(ending.startswith(".") and ending == ending.lower() for ending in member.ENDINGS)
    assert member.__doc__


def test_the_promised_endings_can_be_chosen() -> None:
    assert {".csv", ".tsv", ".xlsx", ".xls", ".ods"} <= set(endings())
    assert len(set(endings())) == len(endings())


@pytest.mark.parametrize("path", sorted(SPREADSHEETS.glob("*.[!p]*")), ids=lambda path: path.name)
def test_each_file_is_recognised_by_one_format_at_most(path: Path) -> None:
    claimed = [member.KIND for member in formats() if member.recognises(probe(path))]
    expected = [] if path.name == "locked.xlsx" else [path.suffix[1:]]
    assert claimed == expected


def test_pasted_text_is_recognised_by_one_format() -> None:
    assert [member.KIND for member in formats() if member.recognises(Pasted("a@example.com"))] == ["pasted"]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("list.xls", b"<html><body><table><tr><td>ana@example.com</td></tr></table></body></html>", "web-page"),
        ("list.xls", b"\xef\xbb\xbf\r\n<!DOCTYPE html>\n<html></html>", "web-page"),
        ("list.xls", "<table><tr><td>ana@example.com</td></tr></table>".encode("utf-16"), "web-page"),
        ("list.xls", b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="x"/>', "web-page"),
        ("list.xls", b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n", "web-page"),
        ("list.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "not-a-spreadsheet"),
        ("list.csv", b"{\\rtf1\\ansi ana@example.com}", "not-a-spreadsheet"),
        ("list.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not-a-spreadsheet"),
        ("list.csv", b'[{"email": "ana@example.com"}]', "not-a-spreadsheet"),
        ("list.csv", b"BEGIN:VCARD\r\nEMAIL:ana@example.com\r\nEND:VCARD\r\n", "not-a-spreadsheet"),
        ("list.csv", b"\x01\x02\x03\x00\x00\x00\x05\x00\x00\x00" * 50, "not-a-spreadsheet"),
        ("list.xlsx", archive({"word/document.xml": "<w/>"}), "not-a-spreadsheet"),
        ("list.xlsx", archive({"xl/workbook.bin": "x"}), "not-a-spreadsheet"),
        ("list.xlsx", archive({"Index/Document.iwa": "x"}), "not-a-spreadsheet"),
        ("list.xlsx", archive({"readme.txt": "x"}), "not-a-spreadsheet"),
        ("list.xlsx", archive({"xl/workbook.xml": "<workbook/>"}), "corrupt"),
        ("list.xlsx", b"PK\x03\x04 and then nothing", "corrupt"),
        ("list.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "corrupt"),
        ("list.ods", archive({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "corrupt"),
        ("list.xlsx", b"", "empty"),
        ("list.csv", b"\x00" * 5000, "empty"),
    ],
)
def test_what_is_no_spreadsheet_is_refused_by_what_it_is(name: str, content: bytes, code: str, tmp_path: Path) -> None:
    path = file(tmp_path, content, name)
    for attempt in (look, read):
        with pytest.raises(InputError) as caught:
            attempt(path)
        assert caught.value.code == f"recipients.{code}"
        assert caught.value.hint
        assert name in caught.value.where


def test_a_text_that_begins_with_an_angle_bracket_is_still_a_list(tmp_path: Path) -> None:
    assert look(file(tmp_path, "<ana@example.com>\n<bo@example.com>\n")).rows[0].address == "ana@example.com"


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(tmp_path: Path) -> None:
    for path, code in ((tmp_path / "gone.csv", "recipients.missing"), (tmp_path, "recipients.folder")):
        with pytest.raises(InputError) as caught:
            look(path)
        assert caught.value.code == code
