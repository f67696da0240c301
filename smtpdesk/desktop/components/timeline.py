"""Vertical steps that happen one after the other: the connection test, a run's history."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from smtpdesk.desktop.components.glyph import STATUS, status_color
from smtpdesk.desktop.components.layout import box, clear, hbox, vbox, vr
from smtpdesk.desktop.components.text import Elide, text
from smtpdesk.desktop.theme import look, pixmap

_CENTRE = 18


class TimelineStep(QWidget):
    """One step; made by :class:`Timeline`. States: wait, run, ok, warn, bad, skip (passed over)."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.state = name, "wait"
        self.first = self.last = False
        self._angle = 0
        self._title = text(name, "body", "3")
        self._title.setMinimumWidth(128)
        self._detail = Elide("", "body", "3")
        self._time = text("", "caption", "3")
        self._panel_box = vbox(gap=0)
        head = hbox(self._title, (self._detail, 1), self._time, gap=12)
        column = vbox(head, self._panel_box, gap=0, margins=(0, 9, 0, 9))
        self.setLayout(hbox(34, (box(column), 1), gap=0))
        self._spin = QTimer(self, interval=80)
        self._spin.timeout.connect(self._turn)

    def set(self, state: str, detail: str = "", time: str = "", panel: QWidget | None = None) -> None:
        """Show a state; a panel (usually a Card) opens below a step that needs explaining."""
        self.state = state
        self._title.setProperty("role", "body" if state in ("wait", "skip") else "strong")
        self._title.set_tone("3" if state in ("wait", "skip") else "")
        self._title.style().unpolish(self._title)
        self._title.style().polish(self._title)
        self._detail.set_tone({"bad": "bad", "warn": "warn", "wait": "3", "skip": "3"}.get(state, "2"))
        self._detail.set_text(detail)
        self._time.set_text(time)
        self.setAccessibleName(f"{self.name}: {state}. {detail}")
        clear(self._panel_box)
        if panel is not None:
            self._panel_box.addSpacing(9)
            self._panel_box.addWidget(panel)
        if state == "run":
            self._spin.start()
        else:
            self._spin.stop()
        self.update()

    def _turn(self) -> None:
        self._angle = (self._angle + 30) % 360
        self.update(vr(self, 0, 0, 34, 36))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The icon, and the line to the neighbours."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(look.color("lineStrong"), 1.5))
        x = vr(self, 9, 0, 1, 1).x()
        if not self.first:
            painter.drawLine(x, 0, x, _CENTRE - 12)
        if not self.last:
            painter.drawLine(x, _CENTRE + 12, x, self.height())
        name = "circle-minus" if self.state == "skip" else STATUS[self.state]
        picture = pixmap(name, status_color(self.state), 18, self.devicePixelRatioF())
        place = vr(self, 0, _CENTRE - 9, 18, 18)
        if self.state == "run":
            painter.translate(place.center().x() + 1, place.center().y() + 1)
            painter.rotate(self._angle)
            painter.drawPixmap(-9, -9, picture)
        else:
            painter.drawPixmap(place, picture)


class Timeline(QWidget):
    """``timeline.set_steps([("dns", _("DNS")), …])`` then ``timeline.set_step("dns", "ok", detail, "18 ms")``."""

    def __init__(self) -> None:
        super().__init__()
        self._steps: dict[str, TimelineStep] = {}
        self._column = vbox(gap=0)
        self.setLayout(self._column)

    def set_steps(self, steps: list[tuple[str, str]]) -> None:
        """Start anew with these (key, name), all waiting."""
        clear(self._column)
        self._steps = {key: TimelineStep(name) for key, name in steps}
        for place, step in enumerate(self._steps.values()):
            step.first, step.last = place == 0, place == len(steps) - 1
            self._column.addWidget(step)
        self._column.addStretch(1)

    def add_step(self, key: str, name: str) -> None:
        """One more at the end, waiting; nothing when it is there already."""
        if key in self._steps:
            return
        if self._steps:
            before = list(self._steps.values())[-1]
            before.last = False
            before.update()
        step = self._steps[key] = TimelineStep(name)
        step.first, step.last = len(self._steps) == 1, True
        self._column.insertWidget(len(self._steps) - 1, step)

    def set_step(self, key: str, state: str, detail: str = "", time: str = "", panel: QWidget | None = None) -> None:
        """Change one step; see :meth:`TimelineStep.set`."""
        self._steps[key].set(state, detail, time, panel)

    def step(self, key: str) -> TimelineStep:
        """The widget of a step, to scroll to it."""
        return self._steps[key]

    def step_keys(self) -> list[str]:
        """The keys in order."""
        return list(self._steps)
