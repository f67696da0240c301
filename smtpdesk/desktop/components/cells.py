"""Painting cells: badges and fixed-width text."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from smtpdesk.desktop.components.chip import chip_colors
from smtpdesk.desktop.components.columns import BADGE_ROLE, MONO_ROLE, Badge
from smtpdesk.desktop.components.layout import LEADING
from smtpdesk.desktop.components.plain import one_line
from smtpdesk.desktop.theme import look, pixmap

ROW_HEIGHT = 34

Index = QModelIndex | QPersistentModelIndex


class CellDelegate(QStyledItemDelegate):
    """Paints badges and fixed-width cells; everything else as the style sheet says."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Fixed-width font where the column wants it."""
        super().initStyleOption(option, index)
        if index.data(MONO_ROLE):
            option.font = look.mono()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The cell, then its badge."""
        super().paint(painter, option, index)
        badge = index.data(BADGE_ROLE)
        if isinstance(badge, Badge):
            self._paint_badge(painter, option, badge)

    def _paint_badge(self, painter: QPainter, option: QStyleOptionViewItem, badge: Badge) -> None:
        rect: QRect = option.rect
        direction: Qt.LayoutDirection = option.direction

        def place(x: int, width: int, height: int) -> QRect:
            inner = QRect(rect.x() + x, rect.center().y() - height // 2, width, height)
            return QStyle.visualRect(direction, rect, inner)

        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = look.font("body" if badge.plain else "caption", None if badge.plain else QFont.Weight.Medium)
        metrics = QFontMetrics(font)
        icon_room = 19 if badge.icon else 0
        room = rect.width() - 20 - icon_room - (0 if badge.plain else 16)
        words = metrics.elidedText(one_line(badge.label), Qt.TextElideMode.ElideRight, max(room, 8))
        width = metrics.horizontalAdvance(words) + icon_room + (0 if badge.plain else 16)
        background, token = chip_colors(badge.tone)
        if not badge.plain:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(background)
            painter.drawRoundedRect(place(10, width, 20), 10, 10)
        x = 12 if badge.plain else 18
        if badge.icon:
            tint = f"{badge.tone}Fill" if badge.tone in ("ok", "warn", "bad", "unsure") and badge.plain else token
            size = 15 if badge.plain else 12
            ratio = painter.device().devicePixelRatio()
            painter.drawPixmap(place(x, size, size), pixmap(badge.icon, tint, size, ratio))
            x += icon_room if badge.plain else 16
        painter.setFont(font)
        painter.setPen(look.color("text3" if badge.plain and badge.tone == "ok" else token))
        painter.drawText(place(x, width, 22), LEADING, words)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Never asked of a fixed-height table, but cheap."""
        return QSize(80, ROW_HEIGHT)
