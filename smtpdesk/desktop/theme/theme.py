"""The one theme object: which mode is on, its colours and fonts, and how it is put on the application."""

from __future__ import annotations

from string import Template

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication

from smtpdesk.desktop.theme import icons
from smtpdesk.desktop.theme.qss import QSS
from smtpdesk.desktop.theme.style import DeskStyle
from smtpdesk.desktop.theme.tokens import DARK, LIGHT, TYPE

#: What a person can choose; "system" follows the desktop.
MODES = ("system", "light", "dark")

_LARGE = ("section", "title", "stat", "display")
_MONO = ["SF Mono", "Cascadia Mono", "JetBrains Mono", "Consolas", "DejaVu Sans Mono"]

_ROLES = (
    (QPalette.ColorRole.Window, "surface"),
    (QPalette.ColorRole.WindowText, "text"),
    (QPalette.ColorRole.Base, "surface"),
    (QPalette.ColorRole.AlternateBase, "sunken"),
    (QPalette.ColorRole.Text, "text"),
    (QPalette.ColorRole.Button, "raised"),
    (QPalette.ColorRole.ButtonText, "text"),
    (QPalette.ColorRole.Highlight, "selection"),
    (QPalette.ColorRole.HighlightedText, "text"),
    (QPalette.ColorRole.PlaceholderText, "text3"),
    (QPalette.ColorRole.Link, "accentText"),
    (QPalette.ColorRole.LinkVisited, "accentText"),
    (QPalette.ColorRole.ToolTipBase, "raised"),
    (QPalette.ColorRole.ToolTipText, "text"),
    (QPalette.ColorRole.Mid, "line"),
    (QPalette.ColorRole.Accent, "accent"),
)


class Theme(QObject):
    """Colours and fonts of the present mode. One object a process: :data:`look`.

    ``changed`` is emitted after a switch between light and dark, when style sheet and palette are already new.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.mode = "system"
        self.dark = False
        #: Pixels of body text.
        self.base = 13
        self._tokens = LIGHT
        self._started = False

    def start(self, app: QApplication, mode: str = "system") -> None:
        """Put style, palette and style sheet on the application, and follow the desktop's colour scheme."""
        if not self._started:
            app.setStyle(DeskStyle())
            app.styleHints().colorSchemeChanged.connect(self._system_changed)
            self._started = True
        self.set_mode(mode)

    def set_mode(self, mode: str) -> None:
        """``"system"``, ``"light"`` or ``"dark"``; anything else counts as system."""
        self.mode = mode if mode in MODES else "system"
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            return
        scheme = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}.get(self.mode, Qt.ColorScheme.Unknown)
        app.styleHints().setColorScheme(scheme)  # native title bars and file dialogs follow; no effect on bare X
        self._apply(app)

    def _system_changed(self) -> None:
        app = QApplication.instance()
        if self.mode == "system" and isinstance(app, QApplication):
            self._apply(app)

    def _wants_dark(self, app: QApplication) -> bool:
        if self.mode == "system":
            return app.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return self.mode == "dark"

    def _apply(self, app: QApplication) -> None:
        dark = self._wants_dark(app)
        base = max(11, QFontInfo(app.font()).pixelSize())
        if app.styleSheet() and dark == self.dark and base == self.base:
            return
        self.dark, self._tokens, self.base = dark, DARK if dark else LIGHT, base
        icons.forget()
        app.setPalette(self.palette())
        app.setStyleSheet(self.style_sheet())
        self.changed.emit()

    def palette(self) -> QPalette:
        """The palette of the present mode, for what Fusion paints itself."""
        palette = QPalette()
        for role, token in _ROLES:
            palette.setColor(role, self.color(token))
        for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.color("disabled"))
        return palette

    def style_sheet(self) -> str:
        """The one style sheet, filled with the present tokens."""
        sizes = {f"f_{role}": f"{self.px(role)}px" for role in TYPE}
        images = {
            "imgDown": icons.image_file("chevron-down", self._tokens["text3"]),
            "imgUp": icons.image_file("chevron-up", self._tokens["text3"]),
            "imgTick": icons.image_file("check", self._tokens["onAccent"], 3.0),
            "imgDot": icons.image_file("minus", self._tokens["onAccent"], 3.0),
        }
        return Template(QSS).substitute(self._tokens, **sizes, **images, f_mono=f"{self.px('caption')}px")

    def hex(self, token: str) -> str:
        """``#RRGGBB`` of a token; a colour given as such comes back unchanged."""
        return token if token.startswith("#") else self._tokens[token]

    def color(self, token: str, alpha: float = 1.0) -> QColor:
        """The colour of a token, optionally see-through (0 to 1)."""
        colour = QColor(self.hex(token))
        colour.setAlphaF(alpha)
        return colour

    def px(self, role: str) -> int:
        """Pixels of a type role: caption, body, section, title, stat or display."""
        return round(self.base * TYPE[role])

    def font(self, role: str = "body", weight: QFont.Weight | None = None) -> QFont:
        """The system's font in a role, with tabular digits so that counters do not dance.

        Without ``weight`` headings and numbers come semi-bold, everything else regular.
        """
        font = QFont(QApplication.font())
        font.setPixelSize(self.px(role))
        font.setWeight(weight or (QFont.Weight.DemiBold if role in _LARGE else QFont.Weight.Normal))
        font.setFeature(QFont.Tag("tnum"), 1)
        if role in ("display", "title", "stat"):
            font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, -0.02 * font.pixelSize())
        return font

    def mono(self) -> QFont:
        """A fixed-width font without ligatures: ``!=`` and ``<!--`` stay what they are."""
        font = QFont()
        font.setFamilies([*_MONO, "monospace"])
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setFixedPitch(True)
        font.setPixelSize(self.px("caption"))
        for feature in ("liga", "calt"):
            font.setFeature(QFont.Tag(feature), 0)
        return font


#: The theme of this process.
look = Theme()
