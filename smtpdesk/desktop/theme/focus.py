"""The focus ring: one overlay a window, so that a focused control never changes its size."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QTextEdit,
    QWidget,
)
from shiboken6 import isValid

from smtpdesk.desktop.theme.theme import look

_FIELDS = (QLineEdit, QComboBox, QAbstractSpinBox)
_KEYBOARD_ONLY = (QAbstractButton, QAbstractItemView, QSlider)
_INSIDE = (QAbstractItemView, QAbstractScrollArea)


class FocusRing(QWidget):
    """Draws 2 px around the focused control: fields always, buttons and tables only when the keyboard led there.

    The window says so in its ``focusNextPrevChild`` by calling :meth:`tabbed`. (An event filter on the whole
    application would know too, but crashes together with QWebEngineView.)
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.keyboard = False
        self._target: QWidget | None = None
        self._watched: list[QWidget] = []
        self._tight = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self.follow)

    def tabbed(self) -> None:
        """The window's ``focusNextPrevChild`` was called: by Tab, or by Qt since the focused widget went away."""
        present = self.window().focusWidget()
        if present is None or (present.isVisible() and present.isEnabled()):
            self.keyboard = True

    def follow(self, _old: QWidget | None, new: QWidget | None) -> None:
        """Move to the newly focused widget, or hide."""
        self._release()
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self.keyboard = False
        self._target = new if new is not None and self._wanted(new) else None
        if self._target is not None:
            self._tight = isinstance(self._target, _FIELDS)
            self._target.destroyed.connect(self._lost)
            self._watch(self._target)
        self.place()

    def _watch(self, widget: QWidget) -> None:
        """The widget moves when any of those around it does: scrolled, squeezed, on another page."""
        around: QWidget | None = widget
        while around is not None and around is not self.window():
            around.installEventFilter(self)
            self._watched.append(around)
            around = around.parentWidget()

    def _release(self) -> None:
        for widget in self._watched:
            if isValid(widget):
                widget.removeEventFilter(self)
        self._watched = []
        if self._target is not None and isValid(self._target):
            self._target.destroyed.disconnect(self._lost)
        self._target = None

    def _wanted(self, widget: QWidget) -> bool:
        if widget.window() is not self.window() or widget.property("ring") == "none":
            return False
        if isinstance(widget, (QPlainTextEdit, QTextEdit)):
            return False  # the caret is the sign, and the editor is a whole pane
        return isinstance(widget, _FIELDS) or (self.keyboard and isinstance(widget, (*_KEYBOARD_ONLY, *_INSIDE)))

    def _lost(self) -> None:
        self._target = None
        self._watched = []
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay with the widget when it moves, grows or goes."""
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Hide, QEvent.Type.Show):
            self.place()
        return False

    def place(self) -> None:
        """Fit the ring to its widget as far as that is visible in its scroll area."""
        target = self._target
        if target is None or not target.isVisible() or target.visibleRegion().isEmpty():
            self.hide()
            return
        margin = 1 if self._tight else -1 if isinstance(target, _INSIDE) else 4
        corner = target.mapTo(self.window(), target.rect().topLeft())
        self.setGeometry(target.rect().translated(corner).adjusted(-margin, -margin, margin, margin))
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Two pixels, rounded like the control."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(look.color("focus"), 2))
        radius = 7 if self._tight else 9
        painter.drawRoundedRect(QRectF(QPointF(0, 0), self.rect().size()).adjusted(1, 1, -1, -1), radius, radius)
