"""What only the person knows: selectors, a server's address, the headers of a message; and leave to ask blocklists."""

from __future__ import annotations

import re

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPlainTextEdit, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Card, Field, box, button, hbox, text, vbox

_HEADERS_HEIGHT = 84


class KnownForm(QWidget):
    """``wanted`` when the person wants to look again; ``sandbox_wanted`` for the newest message of the sandbox."""

    wanted = Signal()
    sandbox_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._selectors, self._addresses = QLineEdit(), QLineEdit()
        self._selectors.setPlaceholderText("desk1")
        self._addresses.setPlaceholderText("192.0.2.1")
        self._headers = QPlainTextEdit()
        self._headers.setProperty("boxed", "true")
        self._headers.setTabChangesFocus(True)
        self._headers.setPlaceholderText("DKIM-Signature: …")
        self._headers.setFixedHeight(_HEADERS_HEIGHT)
        self.selectors = Field(_("Selector of your key (DKIM)"), self._selectors, _("The part before “._domainkey”."))
        pasted = _("They name the selector. In Gmail: “Show original”.")
        self.headers = Field(_("Or the headers of a message you got"), self._headers, pasted)
        own = _("Only for a server of your own, or an address that only you send from.")
        self.addresses = Field(_("Server’s address on the internet"), self._addresses, own)
        self.lists = QCheckBox(_("Ask blocklists"))
        self.lists.setAccessibleName(_("Ask blocklists"))
        self.lists.setAccessibleDescription(self._lists_words())
        self.look = button(_("Look with this"), "", "search", clicked=self.wanted.emit)
        take = _("Newest message in the sandbox")
        self.from_sandbox = button(take, "link", size="small", clicked=self.sandbox_wanted.emit)
        for line in (self._selectors, self._addresses):
            line.returnPressed.connect(self.wanted.emit)
        column = vbox(
            text(_("What only you know"), "strong"),
            self.selectors,
            self.headers,
            hbox(self.from_sandbox, None),
            self.addresses,
            vbox(self.lists, text(self._lists_words(), "caption", "3", wrap=True), gap=2),
            hbox(self.look, None),
            gap=11,
            margins=(16, 14, 16, 16),
        )
        self.setLayout(vbox(Card(box(column), "sunken"), None, gap=0))

    @staticmethod
    def _lists_words() -> str:
        return _("Each question tells the list’s owner from which address you send.")

    def selectors_named(self) -> list[str]:
        """The selectors, parted by blanks or commas."""
        return _words(self._selectors.text())

    def addresses_named(self) -> list[str]:
        """The addresses, parted by blanks or commas."""
        return _words(self._addresses.text())

    def headers_pasted(self) -> str:
        """The headers."""
        return self._headers.toPlainText()

    def set_headers(self, headers: str) -> None:
        """Put headers there."""
        self._headers.setPlainText(headers)

    def clear(self) -> None:
        """Forget what was typed: another domain is looked at."""
        self._selectors.clear()
        self._addresses.clear()
        self._headers.clear()
        self.addresses.set_error("")
        self.lists.setChecked(False)


def _words(value: str) -> list[str]:
    return [word for word in re.split(r"[\s,;]+", value) if word]
