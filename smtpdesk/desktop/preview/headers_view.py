"""The headers of a message, decoded, in their order."""

from __future__ import annotations

import html
from collections.abc import Sequence

from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QTextBrowser

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components.plain import one_line, paragraph
from smtpdesk.desktop.theme import look


class HeadersView(QTextBrowser):
    """``view.set(back.headers)``: names at the side, values that can be selected and copied as they are."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(_("Headers"))
        self.setOpenLinks(False)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.document().setDocumentMargin(14)
        self._headers: Sequence[tuple[str, str]] = ()
        look.changed.connect(self._show)

    def set(self, headers: Sequence[tuple[str, str]]) -> None:
        """Show these headers."""
        self._headers = headers
        self._show()

    def _show(self) -> None:
        family = ", ".join(f"'{name}'" for name in look.mono().families())
        size = look.mono().pixelSize()
        rows = "".join(
            f'<tr><td style="color:{look.hex("text3")};font-size:{look.px("caption")}px;padding:4px 16px 4px 6px;'
            f'white-space:nowrap">{html.escape(one_line(name))}</td>'
            f'<td width="100%" style="color:{look.hex("text")};font-family:{html.escape(family)};font-size:{size}px;'
            f'padding:4px 0">{html.escape(paragraph(value))}</td></tr>'
            for name, value in self._headers
        )
        self.setHtml(f"<table>{rows}</table>")
