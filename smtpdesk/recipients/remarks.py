"""What a person should know about how a source is read: the findings, in words."""

from __future__ import annotations

from collections.abc import Sequence

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.domain.finding import Finding, Row, Severity


def above_headings(lines: Sequence[int]) -> list[Finding]:
    """Lines that were taken for titles or headings, not for people."""
    if not lines:
        return []
    return [
        Finding(
            "recipients.headings",
            Severity.INFO,
            ngettext(
                "Line {lines} is taken for a title or a heading.",
                "Lines {lines} are taken for titles or headings.",
                len(lines),
            ).format(lines=", ".join(map(str, lines))),
            _("They are no rows of the list."),
            rows=tuple(Row(line, "") for line in lines),
            count=len(lines),
        )
    ]


def several_address_columns(taken: str, others: Sequence[str]) -> list[Finding]:
    """More than one column could be meant."""
    if not others:
        return []
    return [
        Finding(
            "recipients.several-address-columns",
            Severity.WARNING,
            _("There is more than one column with addresses: {names}.").format(names=", ".join([taken, *others])),
            _("Messages go to the addresses in “{name}”.").format(name=taken),
            _("Choose another column if these are not the ones to write to."),
        )
    ]


def no_address_column() -> list[Finding]:
    """There is nothing like an address."""
    return [
        Finding(
            "recipients.no-address-column",
            Severity.ERROR,
            _("No column with e-mail addresses was found."),
            _("Nobody can be written to."),
            _("Choose the column, or another sheet or file."),
        )
    ]


def no_rows() -> list[Finding]:
    """Only headings."""
    return [
        Finding(
            "recipients.no-rows",
            Severity.WARNING,
            _("There are headings but no rows under them."),
            _("Nobody would be written to."),
        )
    ]


def several_sheets(taken: str, sheets: Sequence[str]) -> list[Finding]:
    """The workbook has more sheets than the one that is read."""
    others = [name for name in sheets if name != taken]
    if not others:
        return []
    return [
        Finding(
            "recipients.several-sheets",
            Severity.INFO,
            _("The sheet “{name}” is read.").format(name=taken),
            _("These are not: {names}.").format(names=", ".join(others)),
        )
    ]


def other_kind(kind: str, ending: str) -> list[Finding]:
    """The content is not what the ending of the name says."""
    return [
        Finding(
            "recipients.other-kind",
            Severity.INFO,
            _("The file is called {ending}, but its content is {kind}; it is read as that.").format(
                ending=ending, kind=kind
            ),
        )
    ]


def not_calculated(count: int, first: str) -> list[Finding]:
    """Formulas whose results are not in the file."""
    if not count:
        return []
    return [
        Finding(
            "recipients.not-calculated",
            Severity.WARNING,
            ngettext(
                "The result of {n} formula is not in the file.",
                "The results of {n} formulas are not in the file.",
                count,
            ).format(n=count),
            _("These cells are read as empty or as 0.")
            + (" " + _("The first is {cell}.").format(cell=first) if first else ""),
            _("Open the file in your spreadsheet program, save it, and import it again."),
            count=count,
        )
    ]


def formula_errors(count: int, first: str) -> list[Finding]:
    """Cells that show an error, such as #N/A."""
    if not count:
        return []
    return [
        Finding(
            "recipients.formula-errors",
            Severity.WARNING,
            ngettext("{n} cell shows an error such as #N/A.", "{n} cells show an error such as #N/A.", count).format(
                n=count
            ),
            _("They are read as empty.") + (" " + _("The first is {cell}.").format(cell=first) if first else ""),
            count=count,
        )
    ]


def shown_as_codes(labels: Sequence[str]) -> list[Finding]:
    """Numbers that look like codes: how the spreadsheet shows them is not what it holds."""
    if not labels:
        return []
    return [
        Finding(
            "recipients.number-formats",
            Severity.WARNING,
            ngettext(
                "The column {names} holds numbers that are shown in a format of their own.",
                "The columns {names} hold numbers that are shown in a format of their own.",
                len(labels),
            ).format(names=", ".join(labels)),
            _("Formats are not read: what is shown as 00042 would be written as 42."),
            _("If leading zeros matter, change the cells to text in your spreadsheet program, or save as CSV."),
        )
    ]


def leading_zeros(example: str) -> list[Finding]:
    """Somewhere a number is shown with leading zeros that it does not have."""
    if not example:
        return []
    return [
        Finding(
            "recipients.number-formats",
            Severity.WARNING,
            _("Some numbers are shown with leading zeros, such as {example}.").format(example=example),
            _("Formats are not read: it would be written as {number}.").format(number=int(example)),
            _("If leading zeros matter, change the cells to text in your spreadsheet program, or save as CSV."),
        )
    ]
