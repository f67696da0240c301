"""One kept message: its envelope as the server heard it, and the message itself in all its views."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Elide, EmptyState, Glyph, box, hbox, rule, vbox
from smtpdesk.desktop.components.plain import set_tip
from smtpdesk.desktop.preview import MessagePreview
from smtpdesk.message import ReadBack
from smtpdesk.sandbox import InboxItem


class Reader(QWidget):
    """``show_message(item, raw, back)`` shows a message; ``clear()`` says that none is chosen."""

    def __init__(self) -> None:
        super().__init__()
        self._envelope = Elide("", "caption", "2")
        set_tip(self._envelope, _("The envelope: what was said in MAIL FROM and RCPT TO"))
        self.preview = MessagePreview()
        head = box(hbox(Glyph("mail", "text3", 14), (self._envelope, 1), gap=8, margins=(20, 8, 16, 8)))
        message = box(vbox((self.preview, 1), rule(), head, gap=0))
        self._stack = QStackedWidget()
        nobody = EmptyState(
            _("No message chosen"), _("Choose one at the side to read what was received, byte by byte."), "mail"
        )
        self._stack.addWidget(nobody)
        self._stack.addWidget(message)
        self.setLayout(vbox(self._stack))

    def clear(self) -> None:
        """No message."""
        self._stack.setCurrentIndex(0)

    def is_empty(self) -> bool:
        """Whether no message is chosen."""
        return self._stack.currentIndex() == 0

    def envelope(self) -> str:
        """The envelope as shown."""
        return self._envelope.text()

    def show_message(self, item: InboxItem, raw: bytes, back: ReadBack) -> None:
        """Show a message: its bytes, and what was read back from them."""
        recipients = ", ".join(item.recipients)
        words = _("Received from {sender} for {recipients}").format(sender=item.sender or "<>", recipients=recipients)
        self._envelope.set_text(words)
        self.preview.show_message(raw, back)
        self._stack.setCurrentIndex(1)
