"""The two things done with a source: look at it, and read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.finding import Finding
from smtpdesk.domain.recipient import Recipient
from smtpdesk.recipients import remarks
from smtpdesk.recipients.assemble import assemble
from smtpdesk.recipients.foreign import refusal
from smtpdesk.recipients.formats import Candidate, Format, formats
from smtpdesk.recipients.layout import Layout, find_layout
from smtpdesk.recipients.notes import Notes
from smtpdesk.recipients.probe import Probe, empty, probe
from smtpdesk.recipients.shape import Choices, Pasted, Preview, Shape, Source
from smtpdesk.recipients.table import Table
from smtpdesk.recipients.watch import Progress, Watch

#: Recipients in one chunk.
CHUNK = 5000


class Reading:
    """A source that is open for reading. Nothing is held between the chunks but which addresses were seen."""

    def __init__(self, shape: Shape, table: Table, layout: Layout, watch: Watch) -> None:
        self.shape = shape
        self._table = table
        self._layout = layout
        self._watch = watch
        self._notes = Notes()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The shape's findings and those about single rows, complete once :meth:`chunks` is exhausted."""
        return (*self.shape.findings, *self._notes.findings())

    def chunks(self) -> Iterator[list[Recipient]]:
        """Every row of the source, those set aside included, in lists of at most 5,000; from the top at each call.

        Raises:
            InputError: from some row on the source cannot be read; ``where`` names file, line and column.
            Cancelled: ``cancelled()`` said so.
        """
        self._notes = notes = Notes()
        recipients = assemble(self._table.rows(notes), self._layout, notes)
        done = 0
        self._watch.check()
        while chunk := list(islice(recipients, CHUNK)):
            done += len(chunk)
            self._watch.at(done, self._table.share)
            yield chunk
        self._watch.at(done, 1.0)


def look(source: Source, choices: Choices = Choices(), rows: int = 50) -> Preview:  # noqa: B008 - frozen value
    """How a source would be read, from its head: its shape, and the first ``rows`` as they would be imported.

    A source without a column of addresses is shown all the same, with a finding, so that a person can choose one.

    Raises:
        InputError: the source cannot be read, or a choice does not fit; codes ``recipients.*``.
    """
    table, layout = _open(source, choices, Watch(), whole=False)
    notes = Notes()
    first = tuple(islice(assemble(table.rows(notes), layout, notes), rows))
    shape = _shape(table, layout)
    return Preview(replace(shape, findings=(*shape.findings, *notes.findings())), first)


def read(
    source: Source,
    choices: Choices = Choices(),  # noqa: B008 - frozen value
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Reading:
    """Open a source to read all of it.

    Raises:
        InputError: the source cannot be read, a choice does not fit, or (``recipients.no-address-column``) nothing
            in it is an address.
        Cancelled: ``cancelled()`` said so while the encoding was found out.
    """
    watch = Watch(progress, cancelled)
    table, layout = _open(source, choices, watch, whole=True)
    if layout.address_index is None:
        raise InputError(
            "recipients.no-address-column",
            _("No column with e-mail addresses was found in {name}.").format(name=Path(table.about.name).name),
            _("Choose the column; there are: {names}.").format(names=", ".join(layout.shown)),
            table.about.name,
        )
    return Reading(_shape(table, layout), table, layout, watch)


def _open(source: Source, choices: Choices, watch: Watch, whole: bool) -> tuple[Table, Layout]:
    candidate: Candidate = source if isinstance(source, Pasted) else probe(source)
    table = _format_of(candidate).open_table(candidate, choices, watch, whole)
    head = table.head()
    if not head:
        raise empty(Path(table.about.name))
    return table, find_layout(head, choices)


def _format_of(candidate: Candidate) -> Format:
    for member in formats():
        if member.recognises(candidate):
            return member
    assert isinstance(candidate, Probe)  # whatever is pasted is recognised
    raise refusal(candidate)


def _shape(table: Table, layout: Layout) -> Shape:
    about = table.about
    labels = layout.shown
    codes = remarks.shown_as_codes(table.shown_as_codes(list(labels), layout.first_line))
    named = {finding.code for finding in codes}
    return Shape(
        kind=about.kind,
        encoding=about.encoding,
        delimiter=about.delimiter,
        sheets=about.sheets,
        sheet=about.sheet,
        has_header=layout.has_header,
        columns=layout.columns,
        address_column=layout.columns[layout.address_index] if layout.address_index is not None else "",
        findings=(
            *_other_kind(about.kind, about.name),
            *(finding for finding in about.findings if finding.code not in named),
            *layout.findings,
            *codes,
        ),
        labels=labels,
    )


def _other_kind(kind: str, name: str) -> list[Finding]:
    """A workbook that is called .csv, a text that is called .xls."""
    ending = Path(name).suffix.lower()
    own = "csv" if kind == "tsv" else kind
    for member in formats():
        if ending in member.ENDINGS and own != member.KIND:
            return remarks.other_kind(kind.upper(), ending)
    return []
