"""Choosing a provider for a new profile: by one's address, by name, from a list, or side by side."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desk.findings import UNKNOWN_PROVIDER
from smtpdesk.desktop.components import SegmentedControl, box, button, hbox, scroll, text, vbox
from smtpdesk.desktop.components.field import SearchLine
from smtpdesk.desktop.pages.profiles.compare import CompareView
from smtpdesk.desktop.pages.profiles.lookup import LookUp
from smtpdesk.desktop.pages.profiles.provider_rows import KINDS, ProviderRows
from smtpdesk.providers import Provider, for_address

#: From this width on three columns fit.
_WIDE = 860


class ChooserLine(SearchLine):
    """``down()`` for the arrow key, ``entered()`` for Enter, ``escaped()`` for Escape in the empty line."""

    down = Signal()
    entered = Signal()
    escaped = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that lead on."""
        if event.key() == Qt.Key.Key_Down:
            self.down.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Escape and not self.text():
            self.escaped.emit()
        else:
            super().keyPressEvent(event)


class PresetChooser(QWidget):
    """``chosen(id, address)`` gives a provider and the address that was typed, if any; ``cancelled()``.

    ``compared()`` when the table came or went: it wants more room than the list.
    """

    chosen = Signal(str, str)
    cancelled = Signal()
    compared = Signal()

    def __init__(self, presets: Sequence[Provider]) -> None:
        super().__init__()
        self._presets = [item for item in presets if item.kind in KINDS]
        self._search = ChooserLine(_("Your e-mail address, or a provider's name"), 380)
        self._search.textChanged.connect(self._fill)
        self._search.down.connect(self._go_down)
        self._search.entered.connect(self._choose_first)
        self._search.escaped.connect(self.cancelled.emit)
        self._said = text("", "body", "2")
        self.rows, self.compare = ProviderRows(), CompareView()
        self.lookup = LookUp()
        self._area = scroll(self.rows, _("Providers"))
        self._views = QStackedWidget()
        self._views.addWidget(self._area)
        self._views.addWidget(self.compare)
        self.view = SegmentedControl([_("List"), _("Compare")], 0, _("How providers are shown"))
        self._connect()
        self.setLayout(
            vbox(
                self._head(),
                hbox(self._search, (self._said, 1), gap=12),
                self.lookup,
                (self._views, 1),
                gap=12,
                margins=(24, 16, 16, 12),
            )
        )
        self._fill()

    def _connect(self) -> None:
        self.view.picked.connect(self._show_view)
        self.rows.chosen.connect(self._choose)
        self.rows.left.connect(self._search.setFocus)
        self.rows.focused.connect(lambda row: self._area.ensureWidgetVisible(row, 0, 30))
        self.compare.chosen.connect(self._choose)
        self.lookup.web_host.connect(lambda: self._choose(UNKNOWN_PROVIDER))

    def _head(self) -> QWidget:
        words = _("Type your e-mail address, or choose: the settings of the server are filled in.")
        title = box(vbox(text(_("Who sends your mail?"), "title"), text(words, "body", "2"), gap=2))
        cancel = button(_("Cancel"), "quiet", clicked=self.cancelled.emit)
        return box(hbox(title, None, self.view, cancel, gap=10))

    def _show_view(self, index: int) -> None:
        self.view.set_current(index)
        self._views.setCurrentIndex(index)
        self.compared.emit()

    def is_comparing(self) -> bool:
        """Whether the table is on show."""
        return self._views.currentIndex() == 1

    # --- what is on show ---------------------------------------------------------------------------------------
    def address(self) -> str:
        """The address that was typed, "" while there is none."""
        typed = self._search.text().strip()
        name, _at, domain = typed.rpartition("@")
        return typed if name and "." in domain.strip(".") else ""

    def _matching(self) -> list[Provider]:
        typed = self._search.text().strip()
        if "@" not in typed:
            return [item for item in self._presets if item.matches(typed)]
        found = for_address(self.address())
        return [item for item in self._presets if found is None or item.id == found.id]

    def _fill(self) -> None:
        shown = self._matching()
        address = self.address()
        unknown = bool(address) and for_address(address) is None
        self.rows.show_providers(shown, own_first=unknown)
        self.compare.show_providers(shown)
        self._said.set_text(self._sentence(shown))
        self.lookup.offer(address if unknown else "")

    def _sentence(self, shown: Sequence[Provider]) -> str:
        address = self.address()
        if address and len(shown) == 1:
            return _("Found by your address. Enter takes it.")
        if address:
            domain = address.rpartition("@")[2]
            return _("No preset knows {domain}.").format(domain=domain)
        if not shown:
            return _("No provider has this name. Another server takes any.")
        return ""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Three columns where they fit, else two."""
        super().resizeEvent(event)
        self.rows.set_columns(3 if self.width() >= _WIDE else 2)

    # --- choosing ----------------------------------------------------------------------------------------------
    def _choose(self, id: str) -> None:
        self.chosen.emit(id, self.address())

    def _choose_first(self) -> None:
        shown = self._matching()
        if shown and self._search.text().strip() and (len(shown) < len(self._presets)):
            self._choose(shown[0].id)
        else:
            self.lookup.focus_first()

    def _go_down(self) -> None:
        if self.lookup.focus_first():
            return
        if self._views.currentIndex() == 0:
            self.rows.focus_first()
        else:
            self.compare.table.setFocus(Qt.FocusReason.TabFocusReason)

    def focus_first(self) -> None:
        """Begin anew in the line at the top."""
        self._show_view(0)
        self._search.clear()
        self._search.setFocus()
