"""A short note at the bottom of the sheet that goes by itself."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QFrame, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components.buttons import button
from smtpdesk.desktop.components.glyph import Glyph
from smtpdesk.desktop.components.layout import hbox
from smtpdesk.desktop.components.text import Elide, text

#: How long it stays, milliseconds. Hovering or an action keeps it longer.
STAY_MS = 6000


class Toast(QFrame):
    """One note with at most one action. Pages use ``context.toast(sentence, (label, callback))`` instead."""

    def __init__(
        self,
        sentence: str,
        action: tuple[str, Callable[[], object]] | None = None,
        tone: str = "ok",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("card", "toast")
        self.setAccessibleName(sentence)
        bad = tone == "bad"
        glyph = Glyph("circle-x" if bad else "circle-check", "toastBad" if bad else "toastOk", 16)
        label = text(sentence)
        row = hbox(glyph, label, gap=9, margins=(14, 9, 14, 9))
        limit = max(320, (parent.width() - 220) if parent else 640)
        if label.sizeHint().width() > limit:
            label.hide()
            cut = Elide(sentence)
            cut.setMinimumWidth(limit)
            row.addWidget(cut, 1)
        if action is not None:
            words, call = action
            row.addSpacing(6)
            row.addWidget(button(words, "link", clicked=lambda: self._act(call)))
        close = button("", "", "x", "small", tip=_("Close this note"), color="onToast", clicked=self.close_toast)
        row.addWidget(close)
        self.setLayout(row)
        self._timer = QTimer(self, singleShot=True, interval=STAY_MS)
        self._timer.timeout.connect(self.close_toast)

    def _act(self, call: Callable[[], object]) -> None:
        self.close_toast()
        call()

    def close_toast(self) -> None:
        """Take it away."""
        self.hide()
        self.deleteLater()

    def start(self) -> None:
        """Start its time and let screen readers say it."""
        self._timer.start()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self.accessibleName()))

    def enterEvent(self, event: QEvent) -> None:
        """Stay while the pointer rests on it."""
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        """Go on counting."""
        self._timer.start()


class ToastHost(QObject):
    """Shows one toast at a time at the bottom centre of a widget, and keeps it there when that is resized."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self._toast: Toast | None = None
        over.installEventFilter(self)

    def show(self, sentence: str, action: tuple[str, Callable[[], object]] | None = None, tone: str = "ok") -> None:
        """Replace the present note."""
        if self._toast is not None:
            self._toast.close_toast()
        self._toast = toast = Toast(sentence, action, tone, self._over)
        toast.destroyed.connect(lambda: self._gone(toast))
        toast.adjustSize()
        self._place()
        toast.show()
        toast.raise_()
        toast.start()

    def current(self) -> Toast | None:
        """The note on show, for tests and for the window."""
        return self._toast

    def _gone(self, toast: Toast) -> None:
        if self._toast is toast:
            self._toast = None

    def _place(self) -> None:
        if self._toast is not None:
            x = (self._over.width() - self._toast.width()) // 2
            self._toast.move(QPoint(max(8, x), self._over.height() - self._toast.height() - 44))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the widget below."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False
