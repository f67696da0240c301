"""Excel workbooks of 1997 to 2003."""

from __future__ import annotations

from smtpdesk.recipients.formats import Candidate
from smtpdesk.recipients.probe import Probe
from smtpdesk.recipients.shape import Choices
from smtpdesk.recipients.table import Table
from smtpdesk.recipients.watch import Watch
from smtpdesk.recipients.workbook import open_sheet
from smtpdesk.recipients.xls_inside import check

KIND = "xls"
ENDINGS = (".xls", ".xlt")


def recognises(source: Candidate) -> bool:
    """An old office container with a workbook in it (MS-XLS, section 2.1.2)."""
    return (
        isinstance(source, Probe) and source.streams is not None and not {"Workbook", "Book"}.isdisjoint(source.streams)
    )


def open_table(source: Candidate, choices: Choices, watch: Watch, whole: bool) -> Table:
    """See :class:`smtpdesk.recipients.formats.Format`."""
    assert isinstance(source, Probe)
    del watch, whole  # a sheet is always read as a whole, in one call
    check(source.path)
    return open_sheet(source, choices, KIND)
