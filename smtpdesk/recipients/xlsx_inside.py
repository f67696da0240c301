"""What calamine does not tell of an XLSX sheet: formulas without results, errors, formats of codes, stray cells.

The sheet's XML (ECMA-376 part 1, section 18.3.1) is scanned once, as bytes, in blocks: a tenth of the time that
parsing takes.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from smtpdesk.domain.finding import Finding
from smtpdesk.recipients import remarks
from smtpdesk.recipients.archive import opened, too_large
from smtpdesk.recipients.measure import MOST_CELLS, MOST_PART, sheet_size

_BLOCK = 1 << 20
_NAMESPACE = re.compile(r"\A\{[^}]*\}")

#: A formula's end that is not followed by a value; `t="str"` cells may rightly have an empty one.
_NO_VALUE = re.compile(rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\b[^<>]*/>)\s*(?:</(?:\w+:)?c>|<(?:\w+:)?v\s*/>|<(?:\w+:)?v></)")
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >]")
_ZERO = re.compile(rb"</(?:\w+:)?f><(?:\w+:)?v>0</")
_ERROR = re.compile(rb'<(?:\w+:)?c\s[^<>]*\bt="e"')
_REF = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
#: References beyond column Z or row 99,999; only then every reference is looked at.
_FAR = re.compile(rb' r="(?:[A-Z]{2,3}\d|[A-Z]\d{6})')
#: The last reference of a block, of a row or a cell: rows ascend.
_LAST = re.compile(rb' r="[A-Z]{0,3}(\d{1,7})"')
#: Number formats that show leading zeros: 00000, 000-00, "[<=99999]00000;00000-0000".
_CODE_FORMAT = re.compile(r'(?:\\?[-+ /()]|"[^"]*+")*+0(?:\\?[-+ /()])*+0(?:0|\\?[-+ /()])*+\Z')


@dataclass(slots=True)
class _Seen:
    formulas: int = 0
    zeros: int = 0
    missing: int = 0
    first_missing: str = ""
    errors: int = 0
    first_error: str = ""
    code_columns: set[int] = field(default_factory=set)
    columns: int = 26
    rows: int = 1


def inspect(path: Path, sheet: str) -> tuple[list[Finding], frozenset[int]]:
    """What a person should know about a sheet, and its columns (A is 0) whose numbers are shown with leading zeros.

    Raises:
        InputError: ``recipients.corrupt`` or ``recipients.too-large``.
    """
    with opened(path) as archive:
        return _inspect(path, archive, sheet)


def _inspect(path: Path, archive: zipfile.ZipFile, sheet: str) -> tuple[list[Finding], frozenset[int]]:
    part, recalculates = _part(archive, sheet)
    if part not in archive.namelist():
        return [], frozenset()
    styles = _code_styles(archive)
    seen, size = _Seen(), sheet_size(path, archive, part)
    for block in _blocks(path, archive, part):
        size.add(block)
        _look_at(block, seen, styles, recalculates)
        if seen.columns * seen.rows > MOST_CELLS:
            raise too_large(path, f"{_letters(seen.columns)}{seen.rows}")
    missing = seen.missing
    if recalculates and seen.formulas and seen.zeros == seen.formulas:
        missing = seen.formulas  # its writer put a 0 everywhere and left the sum to the spreadsheet program
    findings = [
        *remarks.not_calculated(missing, seen.first_missing),
        *remarks.formula_errors(seen.errors, seen.first_error),
    ]
    return findings, frozenset(seen.code_columns)


def _look_at(block: bytes, seen: _Seen, styles: re.Pattern[bytes] | None, recalculates: bool) -> None:
    if recalculates:
        seen.formulas += sum(1 for _match in _FORMULA.finditer(block))
        seen.zeros += sum(1 for _match in _ZERO.finditer(block))
    for match in _NO_VALUE.finditer(block):
        cell = _cell_before(block, match.start())
        if b't="str"' in cell and not match[0].endswith(b"c>"):
            continue
        seen.missing += 1
        seen.first_missing = seen.first_missing or _name(cell)
    for match in _ERROR.finditer(block) if b't="e"' in block else ():
        seen.errors += 1
        cell = block[match.start() : block.find(b">", match.start())]
        seen.first_error = seen.first_error or _name(cell)
    for match in styles.finditer(block) if styles is not None else ():
        reference = _REF.search(match[0])
        if reference is not None and b't="s"' not in match[0] and b't="inlineStr"' not in match[0]:
            seen.code_columns.add(_number(reference[1].decode()) - 1)
    if last := _LAST.match(block, block.rfind(b' r="')):
        seen.rows = max(seen.rows, int(last[1]))
    if _FAR.search(block):
        for reference in _REF.finditer(block):
            seen.columns = max(seen.columns, _number(reference[1].decode()))
            seen.rows = max(seen.rows, int(reference[2]))


def _blocks(path: Path, archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The part in blocks that end where a row ends."""
    rest = b""
    with archive.open(part) as file:
        while data := file.read(_BLOCK):
            rest += data
            cut = rest.rfind(b"row>") + 4
            if len(rest) > MOST_PART:
                raise too_large(path)  # one row of that size
            if cut >= 4:
                yield rest[:cut]
                rest = rest[cut:]
    yield rest


def _part(archive: zipfile.ZipFile, sheet: str) -> tuple[str, bool]:
    """The name of the part that holds a sheet, and whether its writer left the calculation to the reader."""
    workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id", ""): link.get("Target", "") for link in links}
    target, recalculates = "", False
    for element in workbook.iter():
        tag = _NAMESPACE.sub("", element.tag)
        if tag == "calcPr":
            recalculates = element.get("fullCalcOnLoad") in ("1", "true")
        elif tag == "sheet" and element.get("name") == sheet:
            target = next((targets.get(value, "") for key, value in element.items() if key.endswith("}id")), "")
    return posixpath.normpath(posixpath.join("xl", target)).lstrip("/"), recalculates


def _code_styles(archive: zipfile.ZipFile) -> re.Pattern[bytes] | None:
    """A pattern for the start of cells in a style that shows leading zeros; None when there is no such style."""
    if "xl/styles.xml" not in archive.namelist():
        return None
    root = ElementTree.fromstring(archive.read("xl/styles.xml"))
    formats: set[str] = set()
    styles: list[bytes] = []
    for element in root.iter():
        tag = _NAMESPACE.sub("", element.tag)
        if tag == "numFmt" and _shows_zeros(element.get("formatCode", "")):
            formats.add(element.get("numFmtId", ""))
        elif tag == "cellXfs":
            styles = [str(index).encode() for index, xf in enumerate(element) if xf.get("numFmtId", "") in formats]
    if not styles:
        return None
    return re.compile(rb'<(?:\w+:)?c\s[^<>]*\bs="(?:' + b"|".join(styles) + rb')"[^<>]*>')


def _shows_zeros(code: str) -> bool:
    sections = re.sub(r"\[[^\[\]]*+\]", "", code[:255]).split(";")  # no format is longer
    return any(_CODE_FORMAT.match(section) for section in sections)


def _cell_before(block: bytes, place: int) -> bytes:
    """The start tag of the cell in which ``place`` is."""
    start = max(block.rfind(b"<c ", 0, place), block.rfind(b":c ", 0, place))
    return block[start : block.find(b">", start)] if start >= 0 else b""


def _name(cell: bytes) -> str:
    reference = _REF.search(cell)
    return f"{reference[1].decode()}{reference[2].decode()}" if reference else ""


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
