"""The first rows of a source as they would be imported, or why they cannot be read."""

from __future__ import annotations

from array import array

from PySide6.QtWidgets import QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desktop.components import Banner, PagedModel, box, hbox, rule, size_columns, table_view, text, vbox
from smtpdesk.desktop.pages.lists.columns import list_columns
from smtpdesk.desktop.pages.lists.words import number
from smtpdesk.recipients import Preview


class FirstRows(QWidget):
    """``rows.show_preview(preview)``, ``rows.show_error(error)``, ``rows.say(words)``."""

    def __init__(self) -> None:
        super().__init__()
        self.model = PagedModel([], lambda _ids: [])
        self.table = table_view(self.model, _("The first rows"))
        self._no_table = QWidget()  # keeps what stands above at the top while there are no rows
        self.error = Banner("bad", "", "")
        self._error_box = box(vbox(self.error, margins=(16, 0, 16, 12)))
        self._error_box.hide()
        self._caption = text("", "caption", "3")
        title = hbox(text(_("As it will be imported"), "strong"), self._caption, None, gap=8, margins=(16, 12, 16, 10))
        tables = ((self.table, 1), (self._no_table, 1))
        self.setLayout(vbox(title, self._error_box, rule(), *tables, gap=0))

    def say(self, words: str) -> None:
        """Something short beside the title."""
        self._caption.set_text(words)

    def show_error(self, error: DeskError) -> None:
        """Say what is wrong; the rows stay as they are."""
        self.error.set("bad", error.sentence, error.hint)
        self._error_box.show()

    def hide_error(self) -> None:
        """Nothing is wrong any more."""
        self._error_box.hide()

    def show_preview(self, preview: Preview | None) -> None:
        """Show rows; None: there are none to be seen."""
        rows = preview.rows if preview else ()
        columns = list_columns(preview.shape.columns, preview.shape.address_column, rows, many=0) if preview else []
        self.model.set_source(columns, lambda ids: [rows[row] for row in ids])
        size_columns(self.table, columns)
        self.model.set_ids(array("q", range(len(rows))))
        self.table.setVisible(bool(rows))
        self._no_table.setVisible(not rows)
        words = ngettext("the first row", "the first {n} rows", len(rows)).format(n=number(len(rows)))
        self.say(words if rows else _("no rows") if preview else "")
