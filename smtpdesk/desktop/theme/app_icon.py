"""The program's own icon, painted: two letters on the accent colour."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from smtpdesk.desktop.theme.icons import svg
from smtpdesk.desktop.theme.tokens import LIGHT

_SIZES = (16, 24, 32, 48, 64, 128, 256)


def app_icon_picture(size: int) -> QPixmap:
    """The icon at ``size`` pixels; the same in light and dark."""
    picture = QPixmap(size, size)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(LIGHT["accent"])
    edge = size / 16
    painter.drawRoundedRect(QRectF(edge / 2, edge / 2, size - edge, size - edge), size * 0.22, size * 0.22)
    glyph = QSvgRenderer(QByteArray(svg("mails", LIGHT["onAccent"], 2.0)))
    glyph.render(painter, QRectF(size * 0.2, size * 0.2, size * 0.6, size * 0.6))
    painter.end()
    return picture


def app_icon() -> QIcon:
    """The icon for windows and task bars."""
    icon = QIcon()
    for size in _SIZES:
        icon.addPixmap(app_icon_picture(size))
    return icon
