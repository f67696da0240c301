"""Excel workbooks since 2007."""

from __future__ import annotations

from smtpdesk.recipients.archive import opened
from smtpdesk.recipients.formats import Candidate
from smtpdesk.recipients.measure import refuse_large_parts
from smtpdesk.recipients.probe import Probe
from smtpdesk.recipients.shape import Choices
from smtpdesk.recipients.table import Table
from smtpdesk.recipients.watch import Watch
from smtpdesk.recipients.workbook import open_sheet
from smtpdesk.recipients.xlsx_inside import inspect

KIND = "xlsx"
ENDINGS = (".xlsx", ".xlsm", ".xltx")


def recognises(source: Candidate) -> bool:
    """A ZIP archive with a workbook in it (ECMA-376)."""
    return isinstance(source, Probe) and source.members is not None and "xl/workbook.xml" in source.members


def open_table(source: Candidate, choices: Choices, watch: Watch, whole: bool) -> Table:
    """See :class:`smtpdesk.recipients.formats.Format`."""
    assert isinstance(source, Probe)
    del watch, whole  # a sheet is always read as a whole, in one call
    with opened(source.path) as archive:  # its sizes and its password are looked at before a library holds all of it
        refuse_large_parts(source.path, archive)
    return open_sheet(source, choices, KIND, inspect)
