"""How the window looks, in one place: tokens, one style sheet, Fusion, Lucide icons, the focus ring.

Everything that paints asks the one :data:`look`::

    from smtpdesk.desktop.theme import look, pixmap

    painter.setPen(look.color("text2"))       # a token of tokens.py, in the present mode
    label.setFont(look.font("caption"))       # caption, body, section, title, stat, display
    painter.drawPixmap(0, 0, pixmap("send", "accentText", 16, widget.devicePixelRatioF()))
    look.changed.connect(self.update)         # after a switch between light and dark

Painted widgets need no ``changed`` of their own: a new style sheet repaints every widget.
"""

from smtpdesk.desktop.theme.app_icon import app_icon
from smtpdesk.desktop.theme.focus import FocusRing
from smtpdesk.desktop.theme.icons import icon, pixmap
from smtpdesk.desktop.theme.theme import MODES, Theme, look

__all__ = ["MODES", "FocusRing", "Theme", "app_icon", "icon", "look", "pixmap"]
