"""XLSX, XLS and ODS: files written by LibreOffice, and bytes as other tools write them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.domain.finding import Severity
from smtpdesk.domain.recipient import RowState
from smtpdesk.recipients import Choices, look, read
from tests.recipients.helpers import SPREADSHEETS, everyone, file, text_cell, workbook

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


def test_an_ods_whose_xml_ends_early_is_refused(tmp_path: Path) -> None:
    from zipfile import ZipFile

    from tests.recipients.helpers import archive

    with ZipFile(SPREADSHEETS / "people.ods") as source:
        parts = {name: source.read(name).decode("utf-8", "replace") for name in source.namelist() if name[-1] != "/"}
    content = parts["content.xml"]
    parts["content.xml"] = content[: content.index("Vorname")]
    with pytest.raises(InputError) as caught:
        look(file(tmp_path, archive(parts), "early.ods"))
    assert caught.value.code == "recipients.corrupt"


def _rows(*extra: str) -> str:
    head = f'<row r="1">{text_cell("A1", "email")}{text_cell("B1", "Betrag")}</row>'
    return head + "".join(extra)


def _codes(path: Path) -> dict[str, str]:
    return {finding.code: f"{finding.title} {finding.consequence}" for finding in look(path).shape.findings}


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


def test_a_cell_in_the_last_row_is_read_with_its_number(tmp_path: Path) -> None:
    rows = _rows(f'<row r="1048576">{text_cell("A1048576", "ana@example.com")}</row>')
    (row,) = everyone(file(tmp_path, workbook(rows), "long.xlsx"))
    assert (row.address, row.line) == ("ana@example.com", 1048576)


def test_cells_without_references_are_read(tmp_path: Path) -> None:
    cell = "<c t='inlineStr'><is><t>{}</t></is></c>".format
    rows = f"<row>{cell('email')}</row><row>{cell('ana@example.com')}</row><row>{cell('bo@example.com')}</row>"
    assert [row.line for row in everyone(file(tmp_path, workbook(rows), "bare.xlsx"))] == [2, 3]
