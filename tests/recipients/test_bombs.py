"""Small workbooks that unpack to gigabytes are refused with a sentence, before a library holds all of them."""

from __future__ import annotations

import io
import os
import resource
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.recipients import Choices, Pasted, look
from tests.recipients.helpers import everyone, workbook

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_SHARED_RELATION = (
    b'<Relationship Id="r9" Target="sharedStrings.xml" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    b'relationships/sharedStrings"/></Relationships>'
)
_SHEET = f'<?xml version="1.0"?><worksheet {_MAIN}><sheetData>', "</sheetData></worksheet>"
_MIME = "application/vnd.oasis.opendocument.spreadsheet"
_ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="People">',
    "</table:table></office:spreadsheet></office:body></office:document-content>",
)


def _write(archive: zipfile.ZipFile, name: str, parts: Iterable[str]) -> None:
    with archive.open(name, "w") as file:
        for part in parts:
            file.write(part.encode())


def _xlsx(
    path: Path, rows: Iterable[str], shared: Iterable[str] = (), more: dict[str, Iterable[str]] | None = None
) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with zipfile.ZipFile(io.BytesIO(workbook(""))) as usual:
            for name in usual.namelist():
                if name not in (more or {}) and "sheet1" not in name:
                    archive.writestr(name, usual.read(name).replace(b"</Relationships>", _SHARED_RELATION))
        for name, parts in (more or {}).items():
            _write(archive, name, parts)
        _write(archive, "xl/sharedStrings.xml", [f"<sst {_MAIN}>", *shared, "</sst>"])
        _write(archive, "xl/worksheets/sheet1.xml", [_SHEET[0], *rows, _SHEET[1]])
    return path


def _ods(path: Path, rows: Iterable[str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", _MIME, zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", "<m/>")
        _write(archive, "content.xml", [_ODS[0], *rows, _ODS[1]])
    return path


def _refused(path: Path) -> InputError:
    """Looked at in a process of its own that may not take a gigabyte and a half."""
    done = subprocess.run(
        [sys.executable, "-c", _LOOK, str(path)],
        capture_output=True, text=True, timeout=300, check=False, env=os.environ,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (3 << 29, 3 << 29)),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return InputError(*done.stdout.rstrip("\n").split("\t"))


_LOOK = """
import sys
from pathlib import Path
from smtpdesk.base.errors import InputError
from smtpdesk.recipients import Choices, look
try:
    look(Path(sys.argv[1]), Choices())
    print("read", "", "", sep="\\t")
except InputError as error:
    print(error.code, error.sentence, error.hint, sep="\\t")
"""


def test_one_long_text_in_many_cells(tmp_path: Path) -> None:
    rows = (
        "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(s, s + 1000))
        for s in range(1, 200_001, 1000)
    )
    bomb = _xlsx(tmp_path / "bomb.xlsx", rows, [f"<si><t>{'x' * 32_000}</t></si>"])
    assert bomb.stat().st_size < 4_000_000
    error = _refused(bomb)
    assert error.code == "recipients.too-large"
    assert "bomb.xlsx" in error.sentence


def test_the_same_with_a_prefix_and_blanks_between(tmp_path: Path) -> None:
    rows = (f'<x:row r="{n}"><x:c s="0" r="A{n}" t="s" > <x:v> 0</x:v></x:c></x:row>' for n in range(1, 100_001))
    bomb = _xlsx(tmp_path / "bomb.xlsx", rows, [f"<x:si><x:t>{'x' * 32_000}</x:t></x:si>"])
    assert _refused(bomb).code == "recipients.too-large"


def test_long_texts_within_the_cells(tmp_path: Path) -> None:
    rows = (
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>{"x" * 30_000}</t></is></c></row>' for n in range(1, 20_001)
    )
    assert _refused(_xlsx(tmp_path / "bomb.xlsx", rows)).code == "recipients.too-large"


def test_cells_without_references_in_a_wide_row_and_many_rows(tmp_path: Path) -> None:
    rows = ["<row>" + "<c><v>1</v></c>" * 16_000 + "</row>", *("<row><c><v>1</v></c></row>" for _row in range(300_000))]
    assert _refused(_xlsx(tmp_path / "bomb.xlsx", rows)).code == "recipients.too-large"


def test_a_table_of_shared_texts_of_a_gigabyte(tmp_path: Path) -> None:
    shared = (f"<si><t>{'x' * 1_000_000}</t></si>" for _text in range(600))
    assert _refused(_xlsx(tmp_path / "bomb.xlsx", [], shared)).code == "recipients.too-large"


@pytest.mark.parametrize("part", ["xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_a_small_part_that_is_large(tmp_path: Path, part: str) -> None:
    more = {part: ("<a/>" * 250_000 for _piece in range(100))}
    assert _refused(_xlsx(tmp_path / "bomb.xlsx", [], more=more)).code == "recipients.too-large"


def test_a_row_of_an_ods_that_stands_there_a_million_times(tmp_path: Path) -> None:
    cell = f'<table:table-cell office:value-type="string"><text:p>{"x" * 5_000}</text:p></table:table-cell>'
    bomb = _ods(
        tmp_path / "bomb.ods", [f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>']
    )
    assert _refused(bomb).code == "recipients.too-large"


def test_a_cell_of_an_ods_that_stands_there_often_in_many_rows(tmp_path: Path) -> None:
    cell = '<table:table-cell office:value-type="string" table:number-columns-repeated="1000"><text:p>x</text:p></table:table-cell>'  # noqa: E501
    bomb = _ods(tmp_path / "bomb.ods", (f"<table:table-row>{cell}</table:table-row>" for _row in range(60_000)))
    assert _refused(bomb).code == "recipients.too-large"


def test_an_ods_with_an_empty_rest_is_a_list_like_any_other(tmp_path: Path) -> None:
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rest = '<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'  # noqa: E501
    rows = [f"<table:table-row>{cell.format(words)}</table:table-row>" for words in ("email", "ana@example.com")]
    found = look(_ods(tmp_path / "list.ods", [*rows, rest]), Choices())
    assert [row.address for row in found.rows] == ["ana@example.com"]


def test_many_short_texts_are_no_bomb(tmp_path: Path) -> None:
    texts = ["email", *(f"p{n}@example.com" for n in range(5_000)), "x" * 30_000]
    rows = (f'<row r="{n}"><c r="A{n}" t="s"><v>{n - 1}</v></c></row>' for n in range(1, 5_002))
    path = _xlsx(tmp_path / "list.xlsx", rows, (f"<si><t>{words}</t></si>" for words in texts))
    assert len(everyone(path)) == 5_000


@pytest.mark.parametrize("name", ["list.csv", "list.txt", "list.xlsx", "list.xls"])
def test_a_sparse_file_of_five_gigabytes_is_refused_unread(tmp_path: Path, name: str) -> None:
    head = {"list.xlsx": b"PK\x03\x04", "list.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}.get(
        name, b"email\nana@example.com\n"
    )
    with (tmp_path / name).open("wb") as stream:
        stream.write(head)
        stream.truncate(5_000_000_000)
    with pytest.raises(InputError) as caught:
        look(tmp_path / name, Choices())
    assert caught.value.code == "file.too-large"
    assert "5 GB" in caught.value.sentence


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in the file system")
def test_a_pipe_is_no_list(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "list.csv")
    with pytest.raises(InputError) as caught:
        look(tmp_path / "list.csv", Choices())
    assert caught.value.code == "file.not-ordinary"


def test_pasted_cells_are_what_they_were() -> None:
    assert [row.address for row in look(Pasted("email\nana@example.com"), Choices()).rows] == ["ana@example.com"]
