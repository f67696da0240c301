"""Where the mail stands: the whole pane like a wide window, or a column as wide as a phone."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.theme import look

#: CSS pixels of the screens that are shown: a common phone, and the narrowest window of a desktop mail program.
PHONE, DESKTOP = 375, 680
_EDGE = 12


class Stage(QWidget):
    """Holds the view. A pane narrower than :data:`DESKTOP` shows the desktop's layout zoomed out, as a whole."""

    def __init__(self) -> None:
        super().__init__()
        self._view: QWidget | None = None
        self._phone = False

    def set_view(self, view: QWidget) -> None:
        """The widget to place, unseen until :meth:`reveal`; a former one is deleted."""
        if self._view is not None:
            self._view.hide()
            self._view.deleteLater()
        self._view = view
        view.setParent(self)
        view.hide()
        self._place()

    def reveal(self) -> None:
        """Show the view: there is something on it."""
        if self._view is not None and not self._view.isVisibleTo(self):
            self._view.show()

    def set_phone(self, phone: bool) -> None:
        """Phone or desktop."""
        self._phone = phone
        self._place()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the view anew."""
        self._place()

    def _phone_rect(self) -> QRect:
        width = min(PHONE, self.width() - 2 * _EDGE)
        return QRect((self.width() - width) // 2, _EDGE, width, max(40, self.height() - 2 * _EDGE))

    def _place(self) -> None:
        if self._view is None:
            return
        self._view.setGeometry(self._phone_rect() if self._phone else self.rect())
        zoom = getattr(self._view, "setZoomFactor", None)
        if zoom is not None:
            zoom(1.0 if self._phone else min(1.0, max(0.5, self.width() / DESKTOP)))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The table the phone lies on, and its edge."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), look.color("sunken"))
        if self._view is None or not self._view.isVisibleTo(self):
            painter.setPen(look.color("text3"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, _("Making the preview…"))
        elif self._phone:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(look.color("lineStrong"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self._phone_rect()).adjusted(-1.5, -1.5, 1.5, 1.5), 3, 3)
