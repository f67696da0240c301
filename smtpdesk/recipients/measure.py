"""How much memory a workbook will take, found out in blocks before a library holds all of it.

A workbook of four megabytes can unpack to gigabytes: one long text that two hundred thousand cells refer to is copied
into each of them; a row may say that it stands there a million times. So texts and cells are counted first.
"""

from __future__ import annotations

import re
import zipfile
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from smtpdesk.recipients.archive import too_large

#: Cells of a sheet that are held in memory, 32 bytes each: a million rows of thirty columns.
MOST_CELLS = 32_000_000
#: Bytes of text in all cells, and in the table of texts that cells share.
MOST_TEXT, MOST_SHARED = 512_000_000, 400_000_000
#: Bytes of a part that is parsed as a whole: names of sheets, styles, relations.
MOST_PART = 48_000_000
_BLOCK = 1 << 20
#: No cell takes fewer bytes.
_SMALLEST_CELL = 16

_SHARED = "xl/sharedStrings.xml"
_PREFIX = re.compile(rb"<(/?)[A-Za-z_][\w.-]{0,40}:(?=(?:c|row|is|t|v)[ />])")
_CELL = re.compile(rb"<c[ />]")
_REFERENCE = re.compile(rb't="s"[^<>]{0,400}>\s{0,50}<v>\s{0,50}(\d{1,9})')
_INLINE = re.compile(rb"<t[ >][^<]*|<v>[^<]*")

_ROWS = re.compile(rb'table:number-rows-repeated="(\d{1,9})"')
_COLUMNS = re.compile(rb'table:number-columns-repeated="(\d{1,9})"')
_ODS_CELL = re.compile(rb"<table:(?:covered-)?table-cell[ />]")
_TEXT = re.compile(rb">[^<]+")


@dataclass(slots=True)
class SheetSize:
    """Adds up a sheet of an XLSX workbook, block by block.

    ``lengths``: of the texts that cells share.
    """

    path: Path
    lengths: array[int]
    exact: bool
    text: int = 0
    rows: int = 0
    widest: int = 0
    _longest: int = field(default=0)

    def add(self, block: bytes) -> None:
        """One more block of the sheet's XML.

        Raises:
            InputError: ``recipients.too-large``.
        """
        if b":c" in block:
            block = _PREFIX.sub(rb"<\1", block)
        if self.exact:
            known = len(self.lengths)
            for found in _REFERENCE.finditer(block):
                number = int(found[1])
                self.text += self.lengths[number] if number < known else 0
        if b"<is>" in block or b't="str"' in block or b't="inlineStr"' in block:
            self.text += sum(map(len, _INLINE.findall(block)))
        self.rows += block.count(b"<row")
        if block.count(b'<c r="') < len(_CELL.findall(block)):  # cells without a reference stand one after the other
            self.widest = max(self.widest, *(len(_CELL.findall(row)) for row in block.split(b"<row")))
        if self.text > MOST_TEXT or self.rows * self.widest > MOST_CELLS:
            raise too_large(self.path)


def sheet_size(path: Path, archive: zipfile.ZipFile, part: str) -> SheetSize:
    """An empty sum for a sheet.

    Raises:
        InputError: ``recipients.too-large``.
    """
    lengths = shared_lengths(path, archive)
    longest = max(lengths, default=0)
    cells = archive.getinfo(part).file_size // _SMALLEST_CELL
    return SheetSize(path, lengths, exact=longest * cells > MOST_TEXT)


def shared_lengths(path: Path, archive: zipfile.ZipFile) -> array[int]:
    """How long each of the texts is that cells share, mark-up included.

    Raises:
        InputError: ``recipients.too-large``.
    """
    lengths = array("I")
    if _SHARED not in archive.namelist():
        return lengths
    begun = total = 0
    with archive.open(_SHARED) as file:
        while data := file.read(_BLOCK):
            total += len(data)
            if total > MOST_SHARED:
                raise too_large(path)
            first, *others = re.split(rb"</(?:\w{1,40}:)?si>", data)
            begun += len(first)
            for piece in others:
                lengths.append(begun)
                begun = len(piece)
    return lengths


def refuse_large_parts(path: Path, archive: zipfile.ZipFile) -> None:
    """Refuse a workbook whose small parts are large: names, styles and relations are parsed as a whole.

    Raises:
        InputError: ``recipients.too-large``.
    """
    for member in archive.infolist():
        name = member.filename
        whole = name.endswith((".rels", "workbook.xml", "styles.xml", "manifest.xml", "[Content_Types].xml"))
        if whole and member.file_size > MOST_PART:
            raise too_large(path)
    if _SHARED in archive.namelist() and archive.getinfo(_SHARED).file_size > MOST_SHARED:
        raise too_large(path)


def refuse_large_ods(path: Path, archive: zipfile.ZipFile) -> None:
    """Refuse an OpenDocument spreadsheet whose rows and cells, with all their repetitions, are too many or too long.

    Raises:
        InputError: ``recipients.too-large``.
    """
    cells = text = 0
    for row in _ods_rows(path, archive):
        if b"<text:p" not in row and b"office:value-type=" not in row:
            continue  # nothing in it: however often that is repeated, nobody keeps it
        rows = max((int(found) for found in _ROWS.findall(row)), default=1)
        columns = [int(found) for found in _COLUMNS.findall(row[: row.rfind(b"<text:p") + 1])]
        cells += rows * (len(_ODS_CELL.findall(row)) + sum(columns))
        text += rows * sum(map(len, _TEXT.findall(row))) * max(columns, default=1)
        if cells > MOST_CELLS or text > MOST_TEXT:
            raise too_large(path)


def _ods_rows(path: Path, archive: zipfile.ZipFile) -> Iterator[bytes]:
    """Rows of all sheets, each with the repetition that its start tag states."""
    rest = b""
    with archive.open("content.xml") as file:
        while data := file.read(_BLOCK):
            rest += data
            *rows, rest = rest.split(b"</table:table-row>")
            for row in rows:
                yield row[max(row.rfind(b"<table:table-row"), 0) :]
            if len(rest) > MOST_PART:
                raise too_large(path)
