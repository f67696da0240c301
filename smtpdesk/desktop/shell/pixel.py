"""The pixel that holds the window's OpenGL surface."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QWidget

from smtpdesk.desktop.theme import look

_COLOR_BUFFER_BIT = 0x4000


class Pixel(QOpenGLWidget):
    """One pixel in the corner, in the colour of the canvas. Takes neither focus nor mouse."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setFixedSize(1, 1)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        look.changed.connect(self.update)

    def paintGL(self) -> None:
        """Fill it."""
        ground = look.color("canvas")
        functions = self.context().functions()
        functions.glClearColor(ground.redF(), ground.greenF(), ground.blueF(), 1.0)
        functions.glClear(_COLOR_BUFFER_BIT)
