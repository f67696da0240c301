"""What one should know about a provider before typing: region, which password it wants, what changes soon."""

from __future__ import annotations

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QComboBox, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Card, Field, Glyph, box, button, clear, hbox, text, vbox
from smtpdesk.providers import Marketing, Provider


class ProviderHint(QWidget):
    """Hidden for servers typed by hand. ``region_picked(Relay)`` when the person chooses another region."""

    region_picked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._provider: Provider | None = None
        self._region = QComboBox()
        self._region.activated.connect(self._pick_region)
        self._region_field = Field(_("Region"), self._region)
        self._words = vbox(gap=5)
        mark = box(vbox(1, Glyph("info", "accentText", 15), None, gap=0))
        self._card = Card(hbox(mark, (box(self._words), 1), gap=9, margins=(11, 8, 11, 9)), "accent")
        self.setLayout(vbox(self._card, self._region_field, gap=10))
        self.hide()

    def show_provider(self, provider: Provider | None, host: str, *, by_password: bool = True) -> None:
        """Tell about a provider; ``host`` says which region is chosen, ``by_password`` whether one is asked for."""
        self._provider = provider
        clear(self._words)
        if provider is None:
            self.hide()
            return
        forbidden = provider.marketing_note if provider.marketing is Marketing.FORBIDDEN else ""
        password = provider.password_help if by_password else ""
        for sentence in (password, *provider.notices, forbidden):
            if sentence:
                self._words.addWidget(text(sentence, "caption", "2", wrap=True))
        for link in provider.help:
            open_it = button(
                link.label,
                "link",
                "external-link",
                "small",
                clicked=lambda url=link.url: QDesktopServices.openUrl(QUrl(url)),
            )
            self._words.addLayout(hbox(open_it, None))
        self._add_more(provider)
        self._show_regions(provider, host)
        self._card.setVisible(self._words.count() > 0)
        self.setVisible(self._words.count() > 0 or bool(provider.regions))

    def _add_more(self, provider: Provider) -> None:
        """What is good to know stays folded until somebody wants it."""
        headers = (f"{header.name}: {header.note}" for header in provider.headers)
        sentences = (*provider.notes, *provider.quirks, *headers)
        if not sentences:
            return
        column = vbox(*(text(sentence, "caption", "2", wrap=True) for sentence in sentences), gap=5)
        more = box(column)
        more.hide()
        fold = button(_("Good to know"), "link", "chevron-down", "small")

        def toggle() -> None:
            more.setVisible(more.isHidden())
            fold.set_glyph("chevron-down" if more.isHidden() else "chevron-up", "accentText")

        fold.clicked.connect(toggle)
        self._words.addLayout(hbox(fold, None))
        self._words.addWidget(more)

    def _show_regions(self, provider: Provider, host: str) -> None:
        self._region.clear()
        for region in provider.regions:
            self._region.addItem(region.name, region.id)
            if any(endpoint.host == host for endpoint in region.endpoints):
                self._region.setCurrentIndex(self._region.count() - 1)
        self._region_field.setVisible(bool(provider.regions))

    def _pick_region(self) -> None:
        if self._provider is not None:
            endpoints = self._provider.in_region(str(self._region.currentData()))
            if endpoints:
                self.region_picked.emit(endpoints[0])
