"""CSV, TSV and other delimited text files."""

from __future__ import annotations

from smtpdesk.recipients.delimited import DelimitedTable
from smtpdesk.recipients.dialect import find_dialect
from smtpdesk.recipients.encoding import detect
from smtpdesk.recipients.foreign import markup
from smtpdesk.recipients.formats import Candidate
from smtpdesk.recipients.probe import Probe, empty
from smtpdesk.recipients.shape import Choices
from smtpdesk.recipients.table import About, Table
from smtpdesk.recipients.texts import FileText
from smtpdesk.recipients.watch import Watch

KIND = "csv"
ENDINGS = (".csv", ".tsv", ".tab", ".txt")


def recognises(source: Candidate) -> bool:
    """Any text that is no markup."""
    return isinstance(source, Probe) and bool(source.text) and not markup(source.text)


def open_table(source: Candidate, choices: Choices, watch: Watch, whole: bool) -> Table:
    """See :class:`smtpdesk.recipients.formats.Format`."""
    assert isinstance(source, Probe)
    encoding = detect(source.path, source.head, choices.encoding, watch, whole)
    text = FileText(source.path, encoding.codec)
    lines = text.sample()
    if not lines:
        raise empty(source.path)
    dialect = find_dialect(lines, choices.delimiter)
    about = About(
        kind="tsv" if dialect.delimiter == "\t" else KIND,
        name=str(source.path),
        encoding=encoding.name,
        delimiter=dialect.delimiter,
        findings=encoding.findings,
    )
    return DelimitedTable(about, text, dialect, whole)
