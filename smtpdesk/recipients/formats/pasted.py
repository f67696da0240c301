"""What somebody pasted: cells from a spreadsheet, or addresses from a mail program."""

from __future__ import annotations

import re

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.recipients.delimited import DelimitedTable
from smtpdesk.recipients.dialect import find_dialect
from smtpdesk.recipients.formats import Candidate
from smtpdesk.recipients.shape import Choices, Pasted
from smtpdesk.recipients.table import About, FixedTable, Row, Table
from smtpdesk.recipients.texts import PastedText
from smtpdesk.recipients.watch import Watch

KIND = "pasted"
ENDINGS: tuple[str, ...] = ()

#: One entry of an address line: quoted names and addresses in angle brackets are not divided.
_ENTRY = re.compile(r'(?:"[^"\n]*"|<[^<>\n]*>|[^",;<>\n]|["<>])+')
_ENTRY_SEMICOLON = re.compile(r'(?:"[^"\n]*"|<[^<>\n]*>|[^";<>\n]|["<>])+')
_MAILBOX = re.compile(r"(?P<name>.*)<(?P<address>[^<>]*+)>\s*\Z", re.DOTALL)


def recognises(source: Candidate) -> bool:
    """Everything pasted."""
    return isinstance(source, Pasted)


def open_table(source: Candidate, choices: Choices, watch: Watch, whole: bool) -> Table:
    """See :class:`smtpdesk.recipients.formats.Format`."""
    assert isinstance(source, Pasted)
    del watch
    name = _("pasted text")
    if not source.text.replace("\0", "").strip("\ufeff \t\r\n"):
        raise InputError("recipients.empty", _("Nothing was pasted."), _("Copy the cells with the addresses first."))
    if not choices.delimiter and not choices.has_header:
        rows = _address_line(source.text)
        if rows:
            return FixedTable(About(KIND, name), rows)
    text = PastedText(source.text, name)
    dialect = find_dialect(text.sample(), choices.delimiter)
    return DelimitedTable(About(KIND, name, delimiter=dialect.delimiter), text, dialect, whole)


def _address_line(text: str) -> list[Row]:
    """``Ana <ana@example.com>; bo@example.com`` as rows of address and name; empty when the text is no such list."""
    if "\t" in text:
        return []
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    semicolons = any(";" in line for line in lines)
    pattern = _ENTRY_SEMICOLON if semicolons else _ENTRY
    rows: list[Row] = []
    for number, line in enumerate(lines, 1):
        entries = [entry.strip() for entry in pattern.findall(line) if entry.strip()]
        if not all(_one_address(entry) for entry in entries):
            return []
        rows += [(number, _cells(entry)) for entry in entries]
    named = any(cells[1] for _line, cells in rows)
    return [(number, cells if named else cells[:1]) for number, cells in rows]


def _one_address(entry: str) -> bool:
    """A mailbox, or a word with an @ in it (valid or not: that is judged later)."""
    mailbox = _MAILBOX.match(entry)
    return "@" in mailbox["address"] if mailbox else "@" in entry and len(entry.split()) == 1


def _cells(entry: str) -> list[str]:
    mailbox = _MAILBOX.match(entry)
    if mailbox is None:
        return [entry, ""]
    return [mailbox["address"].strip(), mailbox["name"].strip().strip("\"' ")]
