"""A long job: what it does, how far it is, and a way to stop it."""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QProgressBar, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components.buttons import button
from smtpdesk.desktop.components.layout import hbox, vbox
from smtpdesk.desktop.components.text import Elide, text


class _Bridge(QObject):
    moved = Signal(int, float)


class ProgressPanel(QWidget):
    """Shows a job that runs in another thread and can be cancelled::

        panel.start(_("Reading customers.xlsx"), _("{n} rows"))
        try:
            info = await desk.lists.import_list(source, name, choices, panel.progress, panel.is_cancelled)
        finally:
            panel.stop()

    :meth:`progress` and :meth:`is_cancelled` may be called from any thread. ``progress(done, share)``: how many
    are done, and the share 0 to 1, or None when nobody knows how many there are.
    """

    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._stopped = threading.Event()
        self._bridge = _Bridge()
        self._bridge.moved.connect(self._show, Qt.ConnectionType.QueuedConnection)
        self._title = Elide("", "strong")
        self._detail = text("", "caption", "3")
        self._pattern = "{n}"
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(4)
        self._bar.setRange(0, 1000)
        self._bar.setAccessibleName(_("Progress"))
        self._cancel = button(_("Cancel"), clicked=self._stop)
        column = vbox(hbox((self._title, 1), self._detail), self._bar, gap=8)
        self.setLayout(hbox((column, 1), self._cancel, gap=16))
        self.hide()

    def start(self, title: str, pattern: str = "{n}") -> None:
        """Show the panel; ``pattern`` holds ``{n}`` for the number done."""
        self._stopped.clear()
        self._pattern = pattern
        self._title.set_text(title)
        self._detail.set_text("")
        self._bar.setAccessibleName(title)
        self._bar.setRange(0, 0)
        self._cancel.setEnabled(True)
        self.show()

    def stop(self) -> None:
        """Hide the panel: the job is over."""
        self.hide()

    def progress(self, done: int, share: float | None = None) -> None:
        """Tell how far it is; from any thread."""
        self._bridge.moved.emit(done, -1.0 if share is None else share)

    def is_cancelled(self) -> bool:
        """Whether the person wants it to stop; from any thread."""
        return self._stopped.is_set()

    def _show(self, done: int, share: float) -> None:
        if share < 0:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, 1000)
            self._bar.setValue(round(1000 * min(share, 1.0)))
        self._detail.set_text(self._pattern.format(n=f"{done:,}"))

    def _stop(self) -> None:
        self._stopped.set()
        self._cancel.setEnabled(False)
        self._detail.set_text(_("Stopping…"))
        self.cancelled.emit()
