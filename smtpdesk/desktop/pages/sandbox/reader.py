"""One kept message: who, what, and its parts as text."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QStackedWidget, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import (
    CodeEdit,
    Elide,
    EmptyState,
    Tabs,
    box,
    button,
    hbox,
    rule,
    text,
    vbox,
)
from smtpdesk.desktop.theme import look
from smtpdesk.message import ReadBack
from smtpdesk.sandbox import InboxItem

#: More characters than this are not put into a text view; the file itself is whole.
SHOWN = 400_000


def size_words(size: int) -> str:
    """``41 KB``."""
    if size < 1024:
        return _("{n} bytes").format(n=size)
    if size < 1024 * 1024:
        return _("{n} KB").format(n=f"{size / 1024:.0f}")
    return _("{n} MB").format(n=f"{size / 1024 / 1024:.1f}")


def _plain(name: str, mono: bool = False) -> QPlainTextEdit:
    view = QPlainTextEdit()
    view.setReadOnly(True)
    view.setFrameShape(QFrame.Shape.NoFrame)
    view.setAccessibleName(name)
    view.document().setDocumentMargin(16)
    if mono:
        view.setFont(look.mono())
        view.setProperty("mono", "true")
        view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        view.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    return view


class Reader(QWidget):
    """``show(item, back)`` shows a message; ``clear()`` says that none is chosen."""

    def __init__(self) -> None:
        super().__init__()
        self._subject = Elide("", "section")
        self._envelope = Elide("", "body", "2")
        self._facts = text("", "caption", "3")
        self._tabs = Tabs([_("Text"), _("HTML source"), _("Headers"), _("Source")], 0, _("Parts of the message"))
        self._text, self._headers = _plain(_("Text of the message")), _plain(_("Headers"), mono=True)
        self._source = _plain(_("Source of the message"), mono=True)
        self._html = CodeEdit(_("HTML source"))
        self._html.setReadOnly(True)
        self._views = QStackedWidget()
        for view in (self._text, self._html, self._headers, self._source):
            self._views.addWidget(view)
        self._tabs.picked.connect(self._views.setCurrentIndex)
        copy = button("", "quiet", "copy", "small", tip=_("Copy what is shown"), clicked=self._copy)
        head = vbox(hbox((self._subject, 1), self._facts, gap=12), self._envelope, gap=3, margins=(20, 12, 16, 8))
        strip = box(hbox((self._tabs, 1), copy, margins=(20, 0, 16, 0)))
        message = box(vbox(head, strip, rule(), (self._views, 1), gap=0))
        self._stack = QStackedWidget()
        self._stack.addWidget(
            EmptyState(
                _("No message chosen"), _("Choose one at the side to read the very bytes that were received."), "mail"
            )
        )
        self._stack.addWidget(message)
        self.setLayout(vbox(self._stack))

    def clear(self) -> None:
        """No message."""
        self._stack.setCurrentIndex(0)

    def show_message(self, item: InboxItem, back: ReadBack) -> None:
        """Show a message as it was read back from its bytes."""
        self._subject.set_text(back.subject or _("(no subject)"))
        to = ", ".join(item.recipients)
        self._envelope.set_text(_("from {sender} to {recipients}").format(sender=item.sender, recipients=to))
        parts = [size_words(item.size)]
        if back.parts:
            parts.append(", ".join(part.name for part in back.parts))
        self._facts.set_text(" · ".join(parts))
        self._text.setPlainText(self._short(back.text, _("This message has no text part.")))
        self._html.setPlainText(self._short(back.html, _("This message has no HTML part.")))
        self._headers.setPlainText("\n".join(f"{name}: {value}" for name, value in back.headers))
        self._source.setPlainText(self._short(back.source, ""))
        self._stack.setCurrentIndex(1)

    @staticmethod
    def _short(words: str | None, instead: str) -> str:
        if words is None:
            return instead
        return words if len(words) <= SHOWN else f"{words[:SHOWN]}\n…"

    def _copy(self) -> None:
        view = self._views.currentWidget()
        if isinstance(view, QPlainTextEdit):
            QGuiApplication.clipboard().setText(view.toPlainText())

    def shown(self) -> str:
        """What the present tab shows, for tests."""
        view = self._views.currentWidget()
        return view.toPlainText() if isinstance(view, QPlainTextEdit) and self._stack.currentIndex() == 1 else ""
