"""What calamine does not tell of an ODS sheet: formulas without results, errors, and numbers shown as codes.

The content's XML (OpenDocument 1.2 part 1, section 9.1) is scanned once, as bytes, in blocks.
"""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from smtpdesk.domain.finding import Finding
from smtpdesk.recipients import remarks
from smtpdesk.recipients.archive import opened, too_large

_BLOCK = 1 << 20
#: Columns that one cell with something in it may be repeated over.
_MOST_REPEATED = 1024
_PIECES = re.compile(
    rb'<table:table\s[^<>]*?table:name="(?P<sheet>[^"]*)"'
    rb"|<table:table-cell\s(?P<formula>[^<>]*table:formula=[^<>]*)>"
    rb'|<table:table-cell\s(?P<repeated>[^<>]*table:number-columns-repeated="\d{4,}"[^<>]*)>'
    rb'|office:value="\d+"[^<>]*>\s*<text:p>(?P<zeros>0\d+)</text:p>'
)


def inspect(path: Path, sheet: str) -> tuple[list[Finding], frozenset[int]]:
    """What a person should know about a sheet; columns are not told apart here.

    Raises:
        InputError: ``recipients.corrupt`` or ``recipients.too-large``.
    """
    with opened(path) as archive:
        return _inspect(path, archive, sheet), frozenset()


def _inspect(path: Path, archive: zipfile.ZipFile, wanted: str) -> list[Finding]:
    missing = errors = 0
    example, sheet = "", ""
    for match in _pieces(archive):
        if match["sheet"] is not None:
            sheet = html.unescape(match["sheet"].decode("utf-8", "replace"))
        elif sheet != wanted:
            continue
        elif match["formula"] is not None:
            missing += b"office:value-type=" not in match["formula"]
            errors += b'calcext:value-type="error"' in match["formula"]
        elif match["zeros"] is not None:
            example = example or match["zeros"].decode()
        elif b"office:value-type=" in match["repeated"] and _repeated(match["repeated"]) > _MOST_REPEATED:
            raise too_large(path)
    return [
        *remarks.not_calculated(missing, ""),
        *remarks.formula_errors(errors, ""),
        *remarks.leading_zeros(example),
    ]


def _repeated(attributes: bytes) -> int:
    found = re.search(rb'table:number-columns-repeated="(\d+)"', attributes)
    return int(found[1]) if found else 1


def _pieces(archive: zipfile.ZipFile) -> Iterator[re.Match[bytes]]:
    rest = b""
    with archive.open("content.xml") as file:
        while data := file.read(_BLOCK):
            rest += data
            cut = rest.rfind(b"</table:table-row>")
            if cut > 0:
                yield from _PIECES.finditer(rest[:cut])
                rest = rest[cut:]
    yield from _PIECES.finditer(rest)
