"""Lucide icons (ISC licence, from the package ``python-lucide``), recoloured when they are loaded.

Nothing is copied into the project: the package keeps the SVGs in one database and hands them out by name.
"""

from __future__ import annotations

import hashlib
import tempfile
from functools import lru_cache
from pathlib import Path

import platformdirs
from lucide import lucide_icon
from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

#: Lines a little thinner than Lucide's own 2, to go with text of 13 px.
STROKE = 1.75


@lru_cache(maxsize=512)
def svg(name: str, colour: str, stroke: float = STROKE) -> bytes:
    """The SVG of a Lucide icon in ``#RRGGBB``.

    Raises:
        LookupError: there is no such icon (the package itself would hand out a placeholder).
    """
    found = str(lucide_icon(name, stroke=colour, stroke_width=str(stroke)))
    if "data-missing-icon" in found:
        raise LookupError(name)
    return found.encode()


@lru_cache(maxsize=1024)
def _painted(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    pixels = round(size * ratio)
    picture = QPixmap(QSize(pixels, pixels))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(svg(name, colour))).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


def pixmap(name: str, color: str = "text2", size: int = 16, ratio: float | None = None) -> QPixmap:
    """A Lucide icon as a picture. ``color`` is a token or ``#RRGGBB``; ``ratio`` the widget's devicePixelRatioF()."""
    from smtpdesk.desktop.theme.theme import look  # the theme draws its own images with this module

    if ratio is None:
        app = QGuiApplication.instance()
        ratio = app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0
    return _painted(name, look.hex(color), size, ratio)


def icon(name: str, color: str = "text2", size: int = 16) -> QIcon:
    """A Lucide icon for buttons and actions, with its grey disabled form. Made anew when the theme changes."""
    made = QIcon(pixmap(name, color, size))
    made.addPixmap(pixmap(name, "disabled", size), QIcon.Mode.Disabled)
    return made


def forget() -> None:
    """Drop painted pictures (they are keyed by colour, so this only frees memory)."""
    _painted.cache_clear()


def _cache_folder() -> Path:
    folder = Path(platformdirs.user_cache_dir("SMTPDesk", appauthor=False)) / "look"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError:  # a read-only home: the images then live as long as the system keeps temporary files
        folder = Path(tempfile.mkdtemp(prefix="smtpdesk-look-"))
    return folder


@lru_cache(maxsize=1)
def cache_folder() -> Path:
    """Where images for the style sheet are written: the user's cache folder, never the project."""
    return _cache_folder()


@lru_cache(maxsize=128)
def image_file(name: str, colour: str, stroke: float = 2.0) -> str:
    """Path of a recoloured SVG, since a style sheet can only take files. Forward slashes, as Qt wants them."""
    data = svg(name, colour, stroke)
    file = cache_folder() / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}.svg"
    if not file.exists():
        part = file.with_suffix(".part")
        part.write_bytes(data)
        part.replace(file)
    return file.as_posix()
