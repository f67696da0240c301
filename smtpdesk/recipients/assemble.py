"""Rows to recipients: every row comes out once, ready or set aside with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from smtpdesk.base.i18n import _
from smtpdesk.domain.address import address_key
from smtpdesk.domain.recipient import Recipient, RowState
from smtpdesk.recipients.judge import PLAIN, judge
from smtpdesk.recipients.layout import Layout
from smtpdesk.recipients.notes import Notes
from smtpdesk.recipients.slips import MISSPELT_DOMAINS, MISSPELT_ENDINGS
from smtpdesk.recipients.table import Row, blank


def assemble(rows: Iterable[Row], layout: Layout, notes: Notes) -> Iterator[Recipient]:
    """The recipients in ``rows``. Which addresses were seen is remembered for as long as the iterator lives."""
    columns, width = layout.columns, len(layout.columns)
    index = layout.address_index
    own_field = columns[index] if index is not None else "email"
    extra = "email" not in columns
    first_lines: dict[str, int] = {}
    headings = layout.heading_lines
    plain, ready = PLAIN.fullmatch, RowState.READY
    for line, cells in rows:
        if line in headings:
            continue
        if len(cells) != width:
            cells = _fitted(cells, width, line, notes)
        fields = dict(zip(columns, cells, strict=False))  # they are as many; asking again for each row takes time
        text = cells[index] if index is not None else ""
        match = plain(text)
        if match is not None and match[1] not in MISSPELT_DOMAINS and match[2] not in MISSPELT_ENDINGS:
            address, state, reason = text, ready, ""
        else:
            address, state, reason = judge(text)
            if index is None:
                state, reason = RowState.INVALID, _("No column with e-mail addresses was found.")
            fields[own_field] = address
        if state is ready:
            key = address_key(address)
            first = first_lines.get(key)
            if first is None:
                first_lines[key] = line
            else:
                state, reason = RowState.DUPLICATE, _("Same address as line {line}.").format(line=first)
        if extra:
            fields["email"] = address
        yield Recipient(address, fields, line, state, reason)


def _fitted(cells: list[str], width: int, line: int, notes: Notes) -> list[str]:
    """As many cells as there are columns; what had to be left out or added is noted."""
    if len(cells) < width:
        notes.add("short", line)
        return cells + [""] * (width - len(cells))
    if not blank(cells[width:]):
        notes.add("long", line, detail=", ".join(cells[width:])[:200])
    return cells[:width]
