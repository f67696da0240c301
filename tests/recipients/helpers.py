"""What the tests of this folder share: sources made on the spot, and everything that is in one."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

from smtpdesk.domain.recipient import Recipient
from smtpdesk.recipients import Choices, Source, read

SPREADSHEETS = Path(__file__).parent.parent / "fixtures" / "spreadsheets"
NOTHING_CHOSEN = Choices()
#: What other readers take for numbers, dates, booleans or nothing.
TEXTS = "NA None null nan NaN N/A -inf 007 1e5 True false 1.10 4915123456789012345678 2026-01-31 0x1F 1_000 +49".split()  # noqa: SIM905


def everyone(source: Source, choices: Choices = NOTHING_CHOSEN) -> list[Recipient]:
    """All recipients of a source."""
    return [recipient for chunk in read(source, choices).chunks() for recipient in chunk]


def file(folder: Path, content: str | bytes, name: str = "list.csv") -> Path:
    """A file with this content; text is written as UTF-8, line ends as they are."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def workbook(rows: str, *, styles: str = "", workbook_extra: str = "", hidden_rows: str = "") -> bytes:
    """The bytes of a minimal XLSX (ECMA-376), as small libraries write it; ``rows`` is the sheet's data.

    The sheet "Shown" comes after the sheet "Hidden", which is hidden and holds ``hidden_rows``.
    """
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet2.xml" ContentType="{kind}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{links}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{links}"><sheets>'
        '<sheet name="Hidden" sheetId="2" state="hidden" r:id="r3"/>'
        f'<sheet name="Shown" sheetId="1" r:id="r1"/></sheets>{workbook_extra}</workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{links}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r3" Type="{links}/worksheet" Target="worksheets/sheet2.xml"/>'
        f'<Relationship Id="r2" Type="{links}/styles" Target="styles.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
        "xl/worksheets/sheet2.xml": f'<worksheet xmlns="{main}"><sheetData>{hidden_rows}</sheetData></worksheet>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}">{styles}</styleSheet>',
    }
    return archive({name: '<?xml version="1.0" encoding="UTF-8"?>' + part for name, part in parts.items()})


def archive(parts: dict[str, str]) -> bytes:
    """A ZIP archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, part in parts.items():
            target.writestr(name, part)
    return buffer.getvalue()


def text_cell(reference: str, text: str) -> str:
    """A cell of a sheet with text in it."""
    return f'<c r="{reference}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
