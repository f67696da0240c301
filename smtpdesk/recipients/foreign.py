"""Files that are no spreadsheets, by their content, and what to say about them."""

from __future__ import annotations

import re

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.recipients.archive import locked
from smtpdesk.recipients.probe import Probe, corrupt

#: First bytes of formats that people may take for a list; the words are what the format is called.
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"\x1f\x8b", "GZIP"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!", "RAR"),
    (b"SQLite format 3\x00", "SQLite"),
    (b"PAR1", "Parquet"),
    (b"bplist", "Apple plist"),
    (b"MZ", "EXE"),
    (b"\x7fELF", "ELF"),
)
#: Texts that are no tables.
_MARKUP: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL | re.IGNORECASE), name)
    for pattern, name in (
        (r"\s*<\?xml[^>]*>\s*(?:<\?mso-application[^>]*>\s*)?(?:<!--.*?-->\s*)?<(?:\w+:)?Workbook\b", "Excel 2003 XML"),
        (
            r"\s*(?:<!--.*?-->\s*)*(?:<\?xml[^>]*>\s*)?"
            r"<(?:!doctype\s+html|html|head|body|meta|table|style|div|center)\b",
            "HTML",
        ),
        (r"\s*<\?xml\b|\s*<[a-z]\w*(?::\w+)?\s+xmlns", "XML"),
        (r"\s*MIME-Version:|\s*From:\s[^\n]*\n[\w-]+:\s", "MIME"),
        (r"%PDF-\d", "PDF"),
        (r"\{\\rtf\d", "RTF"),
        (r"\s*BEGIN:VCARD\b", "vCard"),
        (r"\s*BEGIN:VCALENDAR\b", "iCalendar"),
        (r'\s*(?:\{\s*"|\[\s*[\[{])', "JSON"),
        (r"\s*dn:\s[^\n]*\n", "LDIF"),
    )
)


def markup(text: str) -> str:
    """What a text is when it is no table ("HTML"), or ""."""
    return next((name for pattern, name in _MARKUP if pattern.match(text)), "")


def refusal(source: Probe) -> InputError:
    """The error for a file that no format recognises."""
    path = source.path
    if source.streams is not None:
        if "EncryptedPackage" in source.streams:
            return locked(path)
        if not source.streams:
            return corrupt(path)
        return _no_spreadsheet(source, _("a document of another program"))
    if source.members is not None:
        return _no_spreadsheet(source, _inside(source.members))
    name = next((name for magic, name in _MAGIC if source.head.startswith(magic)), "") or markup(source.text)
    if name in ("HTML", "Excel 2003 XML", "MIME"):
        return InputError(
            "recipients.web-page",
            _("{name} is a web page ({kind}), whatever its ending says.").format(name=path.name, kind=name),
            _("Open it in your spreadsheet program, save it as XLSX or CSV, and import that."),
            str(path),
        )
    return _no_spreadsheet(source, name or _("something that is no text"))


def _inside(members: frozenset[str]) -> str:
    if "xl/workbook.bin" in members:
        return "XLSB"
    if any(member.startswith("word/") for member in members):
        return "Word"
    if any(member.startswith("Index/") and member.endswith(".iwa") for member in members):
        return "Apple Numbers"
    return "ZIP"


def _no_spreadsheet(source: Probe, kind: str) -> InputError:
    return InputError(
        "recipients.not-a-spreadsheet",
        _("{name} is no spreadsheet: its content is {kind}.").format(name=source.path.name, kind=kind),
        _("These can be imported: {kinds}.").format(kinds="XLSX, XLS, ODS, CSV, TSV"),
        str(source.path),
    )
