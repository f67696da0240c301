"""A DNS record to publish: its host name and its value, each with a button that copies it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication, QResizeEvent, QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desk.trust import Record
from smtpdesk.desktop.components import Field, box, button, hbox, text, vbox
from smtpdesk.desktop.theme import look

#: Lines of a value that can be seen at once; the rest scrolls.
_MOST = 4


class RecordView(QWidget):
    """``RecordView(record, copied)``; ``copied(str)`` is called with what is on the clipboard now."""

    def __init__(self, record: Record, copied: Callable[[str], object]) -> None:
        super().__init__()
        self.record = record
        self._copied = copied
        host = _line(_("Host name of the {kind} record").format(kind=record.kind), record.host)
        value = _line(_("Its value"), record.value)
        self.copy_host = button("", "", "copy", tip=_("Copy the host name"), clicked=lambda: self._copy(record.host))
        self.copy_value = button("", "", "copy", tip=_("Copy the value"), clicked=lambda: self._copy(record.value))
        column = vbox(_beside(host, self.copy_host), _beside(value, self.copy_value), gap=8)
        for old in record.replaces:
            column.addWidget(
                text(_("It takes the place of: {value}").format(value=_short(old)), "caption", "3", wrap=True)
            )
        self.setLayout(column)

    def _copy(self, words: str) -> None:
        QGuiApplication.clipboard().setText(words)
        self._copied(words)


def _short(value: str) -> str:
    return value if len(value) <= 160 else f"{value[:80]} … {value[-60:]}"


def _line(label: str, value: str) -> Field:
    """Text to read and to copy; it breaks anywhere where it must, since a record has few words."""
    return Field(label, _Reading(value))


class _Reading(QPlainTextEdit):
    """Text as high as its lines, at any width."""

    def __init__(self, value: str) -> None:
        super().__init__(value)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setProperty("boxed", "true")
        self.setFont(look.mono())
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width breaks the lines anew."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        lines = max(1, round(self.document().size().height()))  # a plain text's height is counted in lines
        scrolls = lines > _MOST
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if scrolls else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        around = 2 * round(self.document().documentMargin()) + 14  # and the edge and padding of the style sheet
        wanted = min(lines, _MOST) * QFontMetrics(look.mono()).lineSpacing() + around
        if self.height() != wanted or self.verticalScrollBarPolicy() != policy:
            self.setVerticalScrollBarPolicy(policy)
            self.setFixedHeight(wanted)


def _beside(field: Field, copy: QWidget) -> QWidget:
    """A field with a button at the height of its control, below the label."""
    return box(hbox((field, 1), box(vbox(20, copy, None, gap=0)), gap=6))
