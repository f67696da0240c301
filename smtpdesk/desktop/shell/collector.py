"""Python's cycle collector, kept on the window's thread.

The collector runs on whichever thread happens to allocate. When it frees a cycle that holds a Qt object on the thread
of the store, the object dies on the wrong thread: its timers stay registered, and the program ends with a
segmentation fault some time later. So the automatic collector is off, and a timer of the window runs it instead, by
the same thresholds.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 200


class MainThreadCollector(QObject):
    """Collects on the thread it was made on, while that thread's event loop runs. :meth:`stop` gives it back."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.look)
        gc.disable()
        self._timer.start()

    def look(self) -> None:
        """Collect the generations whose thresholds are passed, as Python itself would."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if counts[generation] > thresholds[generation] > 0:
                gc.collect(generation)
                return

    def stop(self) -> None:
        """Let Python collect by itself again."""
        self._timer.stop()
        gc.enable()
