"""One pixel that keeps the window from flickering when the first web view is added to it.

A QWebEngineView makes Qt rebuild the window with an OpenGL surface. A window that holds an OpenGL widget from the
start has that surface already. Where there is no OpenGL (offscreen tests, remote sessions) there is nothing to keep.
"""

from __future__ import annotations

from importlib.util import find_spec

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

_PLATFORMS = ("xcb", "wayland", "windows", "cocoa")


def keep_surface(window: QWidget) -> QWidget | None:
    """Put the pixel into the window's corner; None where it would be of no use."""
    if QGuiApplication.platformName() not in _PLATFORMS or find_spec("PySide6.QtWebEngineWidgets") is None:
        return None
    from smtpdesk.desktop.shell.pixel import Pixel  # loads OpenGL, so only where there is a screen for it

    pixel = Pixel(window)
    pixel.lower()
    return pixel
