"""XLSX, XLS and ODS: files written by LibreOffice, and bytes as other tools write them."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.domain.finding import Severity
from smtpdesk.domain.recipient import RowState
from smtpdesk.recipients import Choices, look, read
from tests.recipients.helpers import SPREADSHEETS, archive, everyone, file, text_cell, workbook

KINDS = ("xlsx", "xls", "ods")


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_sheet_that_is_not_empty_is_read(kind: str) -> None:
    shape = look(SPREADSHEETS / f"people.{kind}").shape
    assert (shape.kind, shape.encoding, shape.delimiter) == (kind, "", "")
    assert (shape.sheets, shape.sheet) == (("Leer", "Kunden", "Andere"), "Kunden")
    assert "recipients.several-sheets" in [finding.code for finding in shape.findings]


@pytest.mark.parametrize("kind", KINDS)
def test_headings_become_fields_and_the_first_empty_column_is_none(kind: str) -> None:
    shape = look(SPREADSHEETS / f"people.{kind}").shape
    assert shape.has_header
    assert shape.labels[:4] == ("E-Mail", "Vorname", "PLZ", "Telefon")
    assert shape.columns[:4] == ("e_mail", "vorname", "plz", "telefon")
    assert shape.address_column == "e_mail"


@pytest.mark.parametrize("kind", KINDS)
def test_cells_of_every_type_become_text(kind: str) -> None:
    ana, juergen = everyone(SPREADSHEETS / f"people.{kind}")[:2]
    assert dict(ana.fields) == {
        "e_mail": "ana@example.com",
        "vorname": "Ana",
        "plz": "42",
        "telefon": "00491701234567",
        "geboren": "1990-02-03",
        "termin": "2026-12-01 14:30:00",
        "vip": "TRUE",
        "summe": "3.5",
        "punkte": "7",
        "bemerkung": "Straße, mit Komma",
        "formel": "=1+1",
        "email": "ana@example.com",
    }
    fields = juergen.fields
    assert (fields["telefon"], fields["summe"], fields["punkte"]) == ("4915123456789", "ab", "0.1")
    assert (fields["bemerkung"], fields["formel"], fields["termin"]) == ("zwei\nZeilen", "NA", "")


@pytest.mark.parametrize("kind", KINDS)
def test_lines_are_the_numbers_of_the_rows_even_after_a_blank_one(kind: str) -> None:
    rows = everyone(SPREADSHEETS / f"people.{kind}")
    assert [row.line for row in rows] == [3, 4, 5, 6, 7]
    assert [row.state for row in rows] == [
        RowState.READY,
        RowState.READY,
        RowState.DUPLICATE,
        RowState.EMPTY,
        RowState.INVALID,
    ]
    assert rows[2].reason == "Same address as line 3."
    assert rows[4].reason.startswith("There are two @ signs.")


@pytest.mark.parametrize("kind", KINDS)
def test_another_sheet_can_be_chosen(kind: str) -> None:
    rows = everyone(SPREADSHEETS / f"people.{kind}", Choices(sheet="andere"))
    assert [(row.address, row.fields["name"]) for row in rows] == [("zoe@example.nl", "Zoë")]


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_found_can_be_given_back_as_choices(kind: str) -> None:
    path = SPREADSHEETS / f"people.{kind}"
    shape = look(path).shape
    given = Choices(shape.encoding, shape.delimiter, shape.sheet, shape.has_header, shape.address_column)
    assert look(path, given) == look(path)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sheet_that_is_not_there_is_refused_with_those_that_are(kind: str) -> None:
    with pytest.raises(InputError) as caught:
        look(SPREADSHEETS / f"people.{kind}", Choices(sheet="Customers"))
    assert caught.value.code == "recipients.no-such-sheet"
    assert "Leer, Kunden, Andere" in caught.value.hint


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_sheet_is_refused_when_it_is_chosen(kind: str) -> None:
    with pytest.raises(InputError) as caught:
        look(SPREADSHEETS / f"people.{kind}", Choices(sheet="Leer"))
    assert caught.value.code == "recipients.empty"


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_that_look_like_codes_are_told_by_column(kind: str) -> None:
    findings = look(SPREADSHEETS / f"people.{kind}").shape.findings
    (finding,) = [finding for finding in findings if finding.code == "recipients.number-formats"]
    assert finding.severity is Severity.WARNING
    assert "PLZ, Telefon" in finding.title
    assert "00042" in finding.consequence


@pytest.mark.parametrize("kind", KINDS)
def test_a_password_is_recognised(kind: str) -> None:
    with pytest.raises(InputError) as caught:
        look(SPREADSHEETS / f"locked.{kind}")
    assert caught.value.code == "recipients.password"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.2, 0.5, 0.7])
def test_a_file_that_was_cut_off_is_refused(kind: str, share: float, tmp_path: Path) -> None:
    whole = (SPREADSHEETS / f"people.{kind}").read_bytes()
    with pytest.raises(InputError) as caught:
        everyone(file(tmp_path, whole[: int(len(whole) * share)], f"cut.{kind}"))
    assert caught.value.code == "recipients.corrupt"
    assert caught.value.where.endswith(f"cut.{kind}")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".xls", ".ods", ".txt", ""])
def test_the_content_counts_whatever_the_file_is_called(kind: str, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"copy{ending}"
    shutil.copy(SPREADSHEETS / f"people.{kind}", path)
    preview = look(path)
    assert preview.shape.kind == kind
    assert preview.rows[0].address == "ana@example.com"
    told = "recipients.other-kind" in [finding.code for finding in preview.shape.findings]
    assert told is (ending not in ("", f".{kind}"))


def test_an_xls_whose_used_range_is_a_lie_is_refused_before_a_library_believes_it(tmp_path: Path) -> None:
    content = (SPREADSHEETS / "people.xls").read_bytes()
    dimensions = b"\x00\x02\x0e\x00" + b"\x00" * 4  # record 0x0200 of 14 bytes, from row 0
    assert dimensions in content
    damaged = content.replace(dimensions, b"\x00\x02\x0e\x00\x00\x00\x00\x7f")
    with pytest.raises(InputError) as caught:
        look(file(tmp_path, damaged, "liar.xls"))
    assert caught.value.code == "recipients.corrupt"


def _ods(folder: Path, change: Callable[[str], str]) -> Path:
    """The people's ODS with its content changed."""
    with zipfile.ZipFile(SPREADSHEETS / "people.ods") as source:
        parts = {name: source.read(name).decode("utf-8", "replace") for name in source.namelist() if name[-1] != "/"}
    changed = change(parts["content.xml"])
    assert changed != parts["content.xml"]
    return file(folder, archive({**parts, "content.xml": changed}), "changed.ods")


def test_an_ods_whose_xml_ends_early_is_refused(tmp_path: Path) -> None:
    path = _ods(tmp_path, lambda content: content[: content.index("Vorname")])
    with pytest.raises(InputError) as caught:
        look(path)
    assert caught.value.code == "recipients.corrupt"


def test_formulas_of_an_ods_without_results_are_told(tmp_path: Path) -> None:
    result = re.compile(r'(table:formula="of:=1\+2.5") office:value-type="float" office:value="3.5"[^>]*>')
    path = _ods(tmp_path, lambda content: result.sub(r"\1>", content))
    assert "recipients.not-calculated" in [finding.code for finding in look(path).shape.findings]


def test_numbers_of_an_ods_that_are_shown_with_zeros_are_told_whatever_the_heading(tmp_path: Path) -> None:
    path = _ods(tmp_path, lambda content: content.replace("PLZ", "Ort").replace("Telefon", "Ruf"))
    (finding,) = [one for one in look(path).shape.findings if one.code == "recipients.number-formats"]
    assert "00042" in finding.title


def test_a_cell_of_an_ods_that_is_repeated_without_end_is_refused(tmp_path: Path) -> None:
    cell = '<table:table-cell office:value-type="string"'
    path = _ods(tmp_path, lambda content: content.replace(cell, f'{cell} table:number-columns-repeated="16000"', 1))
    with pytest.raises(InputError) as caught:
        look(path)
    assert caught.value.code == "recipients.too-large"


def _rows(*extra: str) -> str:
    head = f'<row r="1">{text_cell("A1", "email")}{text_cell("B1", "Betrag")}</row>'
    return head + "".join(extra)


def _codes(path: Path) -> dict[str, str]:
    findings = look(path).shape.findings
    told = {finding.code: f"{finding.title} {finding.consequence}" for finding in findings}
    told.pop("recipients.several-sheets")
    return told


def test_a_hidden_sheet_is_read_only_when_there_is_no_other_or_it_is_chosen(tmp_path: Path) -> None:
    hidden = f'<row r="1">{text_cell("A1", "hidden@example.com")}</row>'
    shown = f'<row r="1">{text_cell("A1", "shown@example.com")}</row>'
    both = file(tmp_path, workbook(shown, hidden_rows=hidden), "both.xlsx")
    assert [row.address for row in everyone(both)] == ["shown@example.com"]
    assert [row.address for row in everyone(both, Choices(sheet="Hidden"))] == ["hidden@example.com"]
    alone = file(tmp_path, workbook("", hidden_rows=hidden), "alone.xlsx")
    assert [row.address for row in everyone(alone)] == ["hidden@example.com"]


def test_more_columns_than_a_list_has_are_refused(tmp_path: Path) -> None:
    rows = f'<row r="1">{text_cell("A1", "email")}{text_cell("XFD1", "x")}</row>'
    with pytest.raises(InputError) as caught:
        look(file(tmp_path, workbook(rows), "wide.xlsx"))
    assert caught.value.code == "recipients.too-many-columns"


@pytest.mark.parametrize("value", ["", "<v></v>", "<v/>"])
def test_formulas_that_were_never_calculated_are_told(value: str, tmp_path: Path) -> None:
    row = f'<row r="2">{text_cell("A2", "ana@example.com")}<c r="B2"><f>1+1</f>{value}</c></row>'
    path = file(tmp_path, workbook(_rows(row)), "new.xlsx")
    assert "B2" in _codes(path)["recipients.not-calculated"]
    assert everyone(path)[0].fields["betrag"] == ""


def test_formulas_that_a_library_left_at_zero_are_told(tmp_path: Path) -> None:
    row = f'<row r="2">{text_cell("A2", "ana@example.com")}<c r="B2"><f>SUM(1,2)</f><v>0</v></c></row>'
    calculate = '<calcPr calcId="124519" fullCalcOnLoad="1"/>'
    path = file(tmp_path, workbook(_rows(row), workbook_extra=calculate), "zero.xlsx")
    assert "recipients.not-calculated" in _codes(path)


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="B2"><f>1+1</f><v>2</v></c>',
        '<c r="B2"><f>1-1</f><v>0</v></c>',
        '<c r="B2" t="str"><f>""</f><v></v></c>',
        '<c r="B2" t="str"><f t="shared" si="0"/><v>x</v></c>',
    ],
)
def test_formulas_with_results_are_read_without_a_word(cell: str, tmp_path: Path) -> None:
    row = f'<row r="2">{text_cell("A2", "ana@example.com")}{cell}</row>'
    assert _codes(file(tmp_path, workbook(_rows(row)), "fine.xlsx")) == {}


def test_cells_that_show_an_error_are_told(tmp_path: Path) -> None:
    row = f'<row r="2">{text_cell("A2", "ana@example.com")}<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    path = file(tmp_path, workbook(_rows(row)), "error.xlsx")
    assert "B2" in _codes(path)["recipients.formula-errors"]
    assert everyone(path)[0].fields["betrag"] == ""


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("00000", True),
        ("[&lt;=99999]00000;00000-0000", True),
        ("000\\-00", True),
        ("0.00", False),
        ("0", False),
        ("#,##0", False),
        ("dd/mm/yyyy", False),
    ],
)
def test_formats_with_leading_zeros_are_told_whatever_the_heading(code: str, told: bool, tmp_path: Path) -> None:
    styles = (
        f'<numFmts count="1"><numFmt numFmtId="165" formatCode="{code}"/></numFmts>'
        '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="165"/></cellXfs>'
    )
    row = f'<row r="2">{text_cell("A2", "ana@example.com")}<c r="B2" s="1"><v>42</v></c></row>'
    codes = _codes(file(tmp_path, workbook(_rows(row), styles=styles), "format.xlsx"))
    assert ("recipients.number-formats" in codes) is told
    assert not told or "Betrag" in codes["recipients.number-formats"]


def test_a_forgotten_cell_far_away_is_refused_before_it_eats_the_memory(tmp_path: Path) -> None:
    rows = _rows(
        f'<row r="2">{text_cell("A2", "ana@example.com")}</row>',
        f'<row r="1048576">{text_cell("XFD1048576", "x")}</row>',
    )
    with pytest.raises(InputError) as caught:
        read(file(tmp_path, workbook(rows), "far.xlsx"))
    assert caught.value.code == "recipients.too-large"
    assert "XFD1048576" in caught.value.sentence


def test_many_columns_are_no_reason_to_refuse_a_short_list(tmp_path: Path) -> None:
    cells = "".join(text_cell(f"{first}{second}2", "x") for first in "ABCDEFGHIJ" for second in "ABCDEFGHIJ")
    rows = _rows(f'<row r="2">{text_cell("A2", "ana@example.com")}{cells}</row>')
    (row,) = everyone(file(tmp_path, workbook(rows), "wide.xlsx"))
    assert row.fields["column_270"] == "x"


def test_a_cell_in_the_last_row_is_read_with_its_number(tmp_path: Path) -> None:
    rows = _rows(f'<row r="1048576">{text_cell("A1048576", "ana@example.com")}</row>')
    (row,) = everyone(file(tmp_path, workbook(rows), "long.xlsx"))
    assert (row.address, row.line) == ("ana@example.com", 1048576)


def test_cells_without_references_are_read(tmp_path: Path) -> None:
    cell = "<c t='inlineStr'><is><t>{}</t></is></c>".format
    rows = f"<row>{cell('email')}</row><row>{cell('ana@example.com')}</row><row>{cell('bo@example.com')}</row>"
    assert [row.line for row in everyone(file(tmp_path, workbook(rows), "bare.xlsx"))] == [2, 3]
