"""Push buttons: ``button(_("Send"), "primary", "send", clicked=self._send)``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton

from smtpdesk.desktop.components.layout import restyle
from smtpdesk.desktop.components.plain import no_shortcut, one_line, set_tip
from smtpdesk.desktop.theme import icon as make_icon
from smtpdesk.desktop.theme import look

_ICON_COLOR = {"primary": "onAccent", "danger": "bad", "link": "accentText"}


class Button(QPushButton):
    """A push button whose icon follows the theme. Make one with :func:`button`.

    Enter presses it as Space does, whatever window it is in.
    """

    def __init__(self, label: str = "") -> None:
        super().__init__()
        self._words = ""
        self.setText(label)
        self._glyph: tuple[str, str, str | None, int] | None = None
        self.setAutoDefault(False)

    def setText(self, words: str) -> None:
        """Show words as they are: no letter of them is a shortcut."""
        self._words = words
        super().setText(no_shortcut(words))

    def text(self) -> str:
        """The words as they were given."""
        return self._words

    def set_glyph(self, name: str, color: str = "text2", checked_color: str | None = None, size: int = 16) -> None:
        """A Lucide icon, in a token's colour; optionally another colour while the button is checked."""
        if self._glyph is None:
            self.toggled.connect(self._redraw_glyph)
            look.changed.connect(self._redraw_glyph)
        self._glyph = (name, color, checked_color, size)
        self.setIconSize(QSize(size, size))
        self._redraw_glyph()

    def _redraw_glyph(self, *_: object) -> None:
        if self._glyph is not None:
            name, color, checked_color, size = self._glyph
            self.setIcon(make_icon(name, checked_color if checked_color and self.isChecked() else color, size))

    def set_kind(self, kind: str) -> None:
        """Change the kind: "", primary, danger, quiet, link."""
        if self.property("kind") != kind:
            self.setProperty("kind", kind)
            if self._glyph is not None:
                self.set_glyph(self._glyph[0], _ICON_COLOR.get(kind, "text2"), self._glyph[2], self._glyph[3])
            restyle(self)

    def set_label(self, label: str) -> None:
        """Change the words, with the gap an icon needs."""
        wanted = f" {label}" if self._glyph is not None and label else label
        if self.text() != wanted:
            self.setText(wanted)
            self.setAccessibleName(one_line(label))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses, too."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.animateClick()
            return
        super().keyPressEvent(event)


def button(
    label: str = "",
    kind: str = "",
    icon: str | None = None,
    size: str = "",
    tip: str = "",
    color: str | None = None,
    clicked: Callable[..., Any] | None = None,
) -> Button:
    """A button.

    Args:
        label: its words; empty for an icon alone, which then needs ``tip`` as its accessible name.
        kind: "" (secondary), "primary" (one a page), "danger", "quiet" (no edge), "link".
        icon: a Lucide name. ``size``: "" (32), "small" (26), "large" (40).
        color: token of the icon, when the kind's own does not fit.
        clicked: called without arguments.
    """
    made = Button(f" {label}" if icon and label else label)
    made.setProperty("kind", kind)
    made.setProperty("dim", size)
    if icon:
        made.set_glyph(icon, color or _ICON_COLOR.get(kind, "text2"))
    made.setAccessibleName(one_line(tip or label))
    set_tip(made, tip)
    if icon and not label:
        side = {"small": 26, "large": 40}.get(size, 32)
        made.setProperty("bare", "true")
        made.setFixedWidth(side)
    if kind == "link":
        made.setCursor(Qt.CursorShape.PointingHandCursor)
    if clicked is not None:
        made.clicked.connect(lambda _checked=False: clicked())
    return made
