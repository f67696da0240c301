"""Excel workbooks of 1997 to 2003."""

from __future__ import annotations

import mmap
import re

from smtpdesk.recipients.archive import locked
from smtpdesk.recipients.formats import Candidate
from smtpdesk.recipients.probe import Probe
from smtpdesk.recipients.shape import Choices
from smtpdesk.recipients.table import Table
from smtpdesk.recipients.watch import Watch
from smtpdesk.recipients.workbook import open_sheet

KIND = "xls"
ENDINGS = (".xls", ".xlt")

#: A workbook's first record (BOF), followed by the one that says it is encrypted (MS-XLS, section 2.4.117).
_ENCRYPTED = re.compile(rb"\x09\x08\x10\x00.{16}\x2f\x00", re.DOTALL)


def recognises(source: Candidate) -> bool:
    """An old office container with a workbook in it (MS-XLS, section 2.1.2)."""
    return (
        isinstance(source, Probe) and source.streams is not None and not {"Workbook", "Book"}.isdisjoint(source.streams)
    )


def open_table(source: Candidate, choices: Choices, watch: Watch, whole: bool) -> Table:
    """See :class:`smtpdesk.recipients.formats.Format`."""
    assert isinstance(source, Probe)
    del watch, whole  # a sheet is always read as a whole, in one call
    with source.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if _ENCRYPTED.search(content):
            raise locked(source.path)
    return open_sheet(source, choices, KIND)
