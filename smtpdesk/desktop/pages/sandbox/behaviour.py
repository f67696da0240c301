"""Sliders for how the sandbox treats mail, so that a person sees every kind of outcome before a real campaign."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QSlider, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Card, Glyph, Text, box, button, hbox, text, vbox
from smtpdesk.sandbox import Behaviour

#: Seconds a message takes, by slider position.
DELAYS = (0.0, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
#: Changes are written when the slider has rested this long (milliseconds).
_REST_MS = 250


@dataclass(frozen=True, slots=True)
class _Share:
    key: str
    title: str
    words: str
    icon: tuple[str, str]


class BehaviourPanel(QWidget):
    """``changed(Behaviour)`` a moment after a slider rested. :meth:`set` shows what the folder says."""

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._sliders: dict[str, QSlider] = {}
        self._values: dict[str, Text] = {}
        shares = (
            _Share("reject", _("Refuse for good"), _("550, no such mailbox"), ("circle-x", "badFill")),
            _Share("defer", _("Put off"), _("451, come back later"), ("triangle-alert", "warnFill")),
            _Share("busy", _("Too busy"), _("421, and the connection closes"), ("hourglass", "warnFill")),
        )
        row = hbox(gap=28)
        for share in shares:
            row.addWidget(self._slider(share, 100), 1)
        delay = _Share("delay", _("Slowness"), _("how long a message takes"), ("timer", "text2"))
        row.addWidget(self._slider(delay, len(DELAYS) - 1), 1)
        head = hbox(
            text(_("How the sandbox behaves"), "strong"),
            text(_("The same addresses meet the same fate each time."), "caption", "3"),
            None,
            button(_("Accept everything"), "quiet", "rotate-ccw", "small", clicked=self._calm),
        )
        self.setLayout(vbox(Card(vbox(head, row, gap=10, margins=(16, 10, 16, 12)), "sunken")))
        self._timer = QTimer(self, singleShot=True, interval=_REST_MS)
        self._timer.timeout.connect(lambda: self.changed.emit(self.behaviour()))

    def _slider(self, share: _Share, top: int) -> QWidget:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, top)
        slider.setPageStep(max(1, top // 10))
        slider.setAccessibleName(f"{share.title}, {share.words}")
        value = text("", "strong")
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._sliders[share.key], self._values[share.key] = slider, value
        slider.valueChanged.connect(lambda _v: self._moved(share.key))
        head = hbox(Glyph(*share.icon, 15), text(share.title), None, value, gap=7)
        return box(vbox(head, slider, text(share.words, "caption", "3"), gap=3))

    def _moved(self, key: str) -> None:
        if key != "delay":
            others = sum(self._sliders[other].value() for other in ("reject", "defer", "busy") if other != key)
            if self._sliders[key].value() > 100 - others:
                self._sliders[key].setValue(100 - others)  # together they are everybody at most
                return
        self._say()
        self._timer.start()

    def _say(self) -> None:
        for key in ("reject", "defer", "busy"):
            self._values[key].set_text(f"{self._sliders[key].value()} %")
        delay = DELAYS[self._sliders["delay"].value()]
        self._values["delay"].set_text(_("{n} s").format(n=f"{delay:g}") if delay else _("none"))

    def _calm(self) -> None:
        for slider in self._sliders.values():
            slider.setValue(0)

    def behaviour(self) -> Behaviour:
        """What the sliders say."""
        share = {key: self._sliders[key].value() / 100 for key in ("reject", "defer", "busy")}
        return Behaviour(**share, delay=DELAYS[self._sliders["delay"].value()])

    def set(self, behaviour: Behaviour) -> None:
        """Show a behaviour without ``changed``."""
        wanted = {key: round(getattr(behaviour, key) * 100) for key in ("reject", "defer", "busy")}
        nearest = min(range(len(DELAYS)), key=lambda place: abs(DELAYS[place] - behaviour.delay))
        for key, value in {**dict.fromkeys(wanted, 0), **wanted, "delay": nearest}.items():
            slider = self._sliders[key]
            slider.blockSignals(True)
            slider.setValue(value)
            slider.blockSignals(False)
        self._say()
