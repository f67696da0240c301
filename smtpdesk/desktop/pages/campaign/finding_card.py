"""One finding of the check: what it is, what people would get, how to mend it, and whom it concerns."""

from __future__ import annotations

from array import array

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desktop.components import (
    Card,
    Chip,
    Column,
    Glyph,
    PagedModel,
    box,
    button,
    hbox,
    rule,
    table_view,
    text,
    vbox,
)
from smtpdesk.desktop.components.plain import set_tip
from smtpdesk.desktop.pages.campaign.mending import place_to_mend
from smtpdesk.desktop.pages.lists.words import number, people, rows
from smtpdesk.domain.finding import Finding, Row, Severity

TONES = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.INFO: "info"}
_ROWS_SHOWN = 6
_ROW_HEIGHT, _HEADER = 34, 34


class FindingCard(Card):
    """``mend(Place)`` to where it can be mended; ``show_row(Row)`` to see a person's message."""

    mend = Signal(object)
    show_row = Signal(object)

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        self._column = vbox(gap=0)
        super().__init__(self._column)
        self._table: QWidget | None = None
        glyph = Glyph.status(TONES[finding.severity], 18)
        title = text(finding.title, "strong", wrap=True)
        heading = hbox((title, 1), gap=8)
        if finding.count:
            about_rows = finding.code.startswith("recipients.")
            words_of = rows if about_rows else people
            chip = Chip(words_of(finding.count), TONES[finding.severity].replace("info", ""))
            heading.addWidget(chip, 0, Qt.AlignmentFlag.AlignTop)
        words = vbox(heading, gap=3)
        for sentence, tone in ((finding.consequence, "2"), (finding.advice, "2")):
            if sentence:
                words.addWidget(text(sentence, "body", tone, wrap=True))
        words.addLayout(self._actions())
        row = hbox(glyph, (words, 1), gap=12, margins=(16, 13, 16, 13))
        row.setAlignment(glyph, Qt.AlignmentFlag.AlignTop)
        self._column.addWidget(box(row))
        self.setAccessibleName(f"{finding.title} {finding.consequence} {finding.advice}".strip())

    def _actions(self) -> QHBoxLayout:
        row = hbox(gap=16, margins=(0, 3, 0, 0))
        place = place_to_mend(self.finding)
        if place is not None:
            row.addWidget(button(place.words, "link", size="small", clicked=lambda: self.mend.emit(place)))
        self.rows_button = button(_("Show the rows"), "link", size="small", clicked=self.toggle_rows)
        self.rows_button.setVisible(bool(self.finding.rows))
        row.addWidget(self.rows_button)
        row.addStretch(1)
        self._say_rows(False)
        return row

    def _say_rows(self, shown: bool) -> None:
        count = len(self.finding.rows)
        many = ngettext("Show the row", "Show the {n} rows", count).format(n=number(count))
        self.rows_button.set_label(_("Hide the rows") if shown else many)

    def toggle_rows(self) -> None:
        """Show or hide the rows."""
        if self._table is None:
            self._table = self._make_table()
            self._column.addWidget(self._table)
            self._say_rows(True)
        else:
            shown = not self._table.isVisible()
            self._table.setVisible(shown)
            self._say_rows(shown)

    def _make_table(self) -> QWidget:
        found = self.finding.rows
        columns = [
            Column("line", _("Line"), 70, lambda row: number(row.line), right=True, tone=lambda _row: "text3"),
            Column("address", _("Address"), 270, lambda row: row.address or _("empty")),
        ]
        if any(row.detail for row in found):
            columns.append(Column("detail", _("What"), 300, lambda row: row.detail, tone=lambda _row: "text2"))
        model = PagedModel(columns, lambda ids: [found[place] for place in ids])
        table = table_view(model, _("Rows with this finding"))
        model.setParent(table)
        model.set_ids(array("q", range(len(found))))
        table.setFixedHeight(_HEADER + 2 + _ROW_HEIGHT * min(len(found), _ROWS_SHOWN))
        set_tip(table, _("Double-click, or Enter, shows this person's message"))
        table.activated.connect(lambda index: self._picked(found, index.row()))
        table.doubleClicked.connect(lambda index: self._picked(found, index.row()))
        parts = vbox(rule(), table, gap=0, margins=(1, 0, 1, 6))
        if self.finding.count > len(found):
            more = _("and {n} more").format(n=number(self.finding.count - len(found)))
            parts.addWidget(box(hbox(text(more, "caption", "3"), margins=(16, 4, 16, 4))))
        return box(parts)

    def _picked(self, found: tuple[Row, ...], place: int) -> None:
        self.show_row.emit(found[place])
