"""Which widget shows HTML: the web engine where there is one, else Qt's own text browser, which loads nothing."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from PySide6.QtCore import QByteArray, QUrl, Signal
from PySide6.QtGui import QColor, QImage, QPalette, QTextDocument
from PySide6.QtWidgets import QTextBrowser, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.preview.schemes import register_schemes

if TYPE_CHECKING:
    from smtpdesk.desktop.preview.web import WebView

log = logging.getLogger(__name__)

#: What shows HTML. Both have ``show_html``, ``link_clicked(str)`` and ``link_hovered(str)``.
HtmlView: TypeAlias = Union["WebView", "PlainBrowser"]


class PlainBrowser(QTextBrowser):
    """Shows simple HTML without the web engine: no script, no network, no navigation; layouts only roughly."""

    link_clicked = Signal(str)
    link_hovered = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(_("Message"))
        self.setOpenLinks(False)
        self._inline: dict[str, tuple[str, bytes]] = {}
        self.anchorClicked.connect(lambda url: self.link_clicked.emit(url.toString()))
        self.highlighted.connect(lambda url: self.link_hovered.emit(url.toString()))

    def show_html(self, html: str, inline: Mapping[str, tuple[str, bytes]], pictures: bool, ground: QColor) -> None:
        """Show a message. ``pictures`` changes nothing: this view never loads any."""
        self._inline = dict(inline)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, ground)
        palette.setColor(QPalette.ColorRole.Text, QColor("#1a1d21" if ground.lightnessF() > 0.5 else "#e9ebee"))
        self.setPalette(palette)
        self.setHtml(html)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """Only pictures that travel inside the message."""
        url = QUrl(name)
        part = self._inline.get(url.path()) if url.scheme() == "cid" else None
        if part is not None and kind == QTextDocument.ResourceType.ImageResource.value:
            return QImage.fromData(QByteArray(part[1]))
        return QByteArray()


def make_view(parent: QWidget) -> HtmlView:
    """A view for messages: the web engine's, or the plain one where that is missing or may not start."""
    try:
        register_schemes()
        from smtpdesk.desktop.preview.web import WebView  # heavy: loaded with the first message

        return WebView(parent)
    except ImportError as error:
        log.warning("no web engine: %s", error)
        return PlainBrowser()
