"""The profiles at the leading edge of the page."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QMenu, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Button, Elide, Glyph, box, button, clear, hbox, scroll, text, vbox
from smtpdesk.desktop.pages.profiles.hand_over import add_actions
from smtpdesk.desktop.pages.profiles.words import row_state, shown_name
from smtpdesk.store import ProfileRow

WIDTH = 204


class ProfileList(QWidget):
    """``picked(str)`` gives a profile's name, ``added()`` asks for a new one, ``exported()`` and ``imported()``
    for a file. The marked row is set by the page."""

    picked = Signal(str)
    added = Signal()
    exported = Signal()
    imported = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH)
        self._group = QButtonGroup(self)
        self._rows: dict[str, Button] = {}
        self._column = vbox(gap=2)
        add = button("", "quiet", "plus", tip=_("Add a profile"), clicked=self.added.emit)
        self._more = button("", "quiet", "ellipsis", "small", tip=_("More about profiles"), clicked=self._show_more)
        head = box(hbox(text(_("SMTP profiles"), "section"), None, self._more, add, gap=0, margins=(8, 0, 0, 0)))
        head.setFixedHeight(32)
        area = scroll(box(vbox(self._column, None, gap=0)), _("SMTP profiles"))
        self.setLayout(vbox(head, 6, (area, 1), gap=2, margins=(10, 12, 10, 12)))
        self._group.buttonClicked.connect(lambda chosen: self.picked.emit(str(chosen.property("profile"))))

    def _show_more(self) -> None:
        menu = QMenu(self)
        menu.setAccessibleName(_("More about profiles"))
        add_actions(menu, self.exported.emit, self.imported.emit)
        menu.popup(self._more.mapToGlobal(self._more.rect().bottomLeft()))

    def set_rows(self, rows: list[ProfileRow], draft: str | None = None) -> None:
        """Show these profiles; ``draft`` is the name of one that is not saved yet."""
        for row in self._rows.values():
            self._group.removeButton(row)
        clear(self._column)
        self._rows = {}
        for saved in rows:
            tone, line = row_state(saved)
            self._add(shown_name(saved.profile.name), tone, line, key=saved.profile.name)
        if draft is not None:
            self._add(draft, "wait", _("Not saved"), key="")

    def _add(self, name: str, tone: str, line: str, key: str | None = None) -> None:
        made = Button()
        made.setCheckable(True)
        made.setProperty("row", "true")
        made.setProperty("profile", name if key is None else key)
        made.setFixedHeight(52)
        made.setAccessibleName(f"{name}, {line}")
        words = box(vbox(None, Elide(name, "strong"), Elide(line, "caption", "3"), None, gap=1))
        made.setLayout(hbox(Glyph.status(tone), (words, 1), gap=9, margins=(10, 4, 8, 4)))
        self._group.addButton(made)
        self._rows[name if key is None else key] = made
        self._column.addWidget(made)

    def set_current(self, name: str | None) -> None:
        """Mark a row; "" is the unsaved one, None unmarks all."""
        if name is not None and name in self._rows:
            self._rows[name].setChecked(True)
            return
        self._group.setExclusive(False)
        for row in self._rows.values():
            row.setChecked(False)
        self._group.setExclusive(True)

    def names(self) -> list[str]:
        """The stored names, "" for an unsaved one; for tests and for the menu of the narrow page."""
        return list(self._rows)
