"""OpenDocument spreadsheets, from LibreOffice and others."""

from __future__ import annotations

from smtpdesk.recipients.archive import opened, well_formed
from smtpdesk.recipients.formats import Candidate
from smtpdesk.recipients.measure import refuse_large_ods
from smtpdesk.recipients.ods_inside import inspect
from smtpdesk.recipients.probe import Probe
from smtpdesk.recipients.shape import Choices
from smtpdesk.recipients.table import Table
from smtpdesk.recipients.watch import Watch
from smtpdesk.recipients.workbook import open_sheet

KIND = "ods"
ENDINGS = (".ods", ".ots")


def recognises(source: Candidate) -> bool:
    """A ZIP archive that says it is a spreadsheet (OpenDocument 1.2 part 3, section 3.3)."""
    return isinstance(source, Probe) and source.mimetype.startswith("application/vnd.oasis.opendocument.spreadsheet")


def open_table(source: Candidate, choices: Choices, watch: Watch, whole: bool) -> Table:
    """See :class:`smtpdesk.recipients.formats.Format`."""
    assert isinstance(source, Probe)
    del watch, whole  # a sheet is always read as a whole, in one call
    with opened(source.path) as archive:  # its size and its password are looked at, too
        well_formed(archive, "content.xml")
        refuse_large_ods(source.path, archive)
    return open_sheet(source, choices, KIND, inspect)
