"""Completion of field names inside ``{{ }}``, in the editor and in single lines."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMimeData, QStringListModel, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import CodeEdit, dropped_files
from smtpdesk.desktop.theme import look
from smtpdesk.message import complete, word_start

_TAKES = (Qt.Key.Key_Enter, Qt.Key.Key_Return, Qt.Key.Key_Tab)


def begun(before: str) -> str:
    """The word that stands just before the cursor."""
    return before[word_start(before) :]


def offers(fields: Sequence[str], before: str) -> list[str]:
    """What may go on from the text before the cursor: fields and filters in ``{{``, fields in ``{% ``."""
    block = before.rfind("{%")
    word = begun(before).casefold()
    if block > before.rfind("{{") and "%}" not in before[block:]:
        return sorted(name for name in fields if word and name.casefold().startswith(word))
    return complete(fields, before)


def completion(before: str, after: str, word: str) -> str:
    """What to put in place of the begun word, so that the braces are closed: ``{{ first_name }}``."""
    opened = before.rfind("{{")
    if before.rfind("{%") > opened:
        return word
    inside = before[opened + 2 :]
    lead = " " if inside == begun(before) else ""  # straight after the braces
    rest = after.split("{{")[0]
    tail = "" if "}}" in rest else " }}"
    return f"{lead}{word}{tail}"


class NamesPopup(QListView):
    """The list of names, with an edge and some room between its lines."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(_("Field names"))
        self.setSpacing(2)

    def sizeHintForRow(self, row: int) -> int:
        """The height of a line with the room around it, from which the completer takes the height of the list."""
        return super().sizeHintForRow(row) + 5

    def paintEvent(self, event: QPaintEvent) -> None:
        """The names, then the edge."""
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        painter.setPen(look.color("lineStrong"))
        painter.drawRect(self.viewport().rect().adjusted(0, 0, -1, -1))

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Painted anew, so that the edge does not scroll along."""
        super().scrollContentsBy(dx, dy)
        self.viewport().update()


class MessageEdit(CodeEdit):
    """The editor of the message: offers fields and filters as soon as ``{{`` is typed.

    ``files_dropped(list[Path])``: files were dropped on it or pasted; they are to be attached, not written out.
    """

    files_dropped = Signal(list)

    def __init__(self, name: str, highlight: bool = True) -> None:
        super().__init__(name, highlight)
        self._fields: list[str] = []
        self.set_words([])
        self._popup = NamesPopup()
        if self._completer is not None:
            self._completer.setPopup(self._popup)

    def set_fields(self, fields: Sequence[str]) -> None:
        """The fields of the list."""
        self._fields = list(fields)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Words are written, files handed on."""
        files = dropped_files(source)
        if files:
            self.files_dropped.emit(files)
        else:
            super().insertFromMimeData(source)

    def _before(self) -> str:
        cursor = self.textCursor()
        return cursor.block().text()[: cursor.positionInBlock()]

    def _offer(self, asked: bool) -> None:
        before = self._before()
        words, word = offers(self._fields, before), begun(before)
        inside = before.rstrip().endswith(("{{", "|"))
        completer = self._completer
        if completer is None or not words or words == [word] or not (asked or word or inside):
            self._hide_popup()
            return
        self.set_words(words)
        completer.setCompletionPrefix(word)
        margins = self.viewportMargins()
        place = self.cursorRect().translated(margins.left(), margins.top())
        place.setWidth(240)
        completer.complete(place)

    def _complete(self, word: str) -> None:
        before, cursor = self._before(), self.textCursor()
        after = cursor.block().text()[cursor.positionInBlock() :]
        cursor.movePosition(cursor.MoveOperation.Left, cursor.MoveMode.KeepAnchor, len(begun(before)))
        cursor.insertText(completion(before, after, word))


class FieldLine(QLineEdit):
    """A single line that may hold fields, with the same completion."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._fields: list[str] = []
        self._model = QStringListModel(self)
        self._completer = QCompleter(self._model, self)
        self._completer.setWidget(self)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._popup = NamesPopup()
        self._completer.setPopup(self._popup)
        self._completer.activated.connect(self._take)
        self.textEdited.connect(lambda _words: self._offer())

    def set_fields(self, fields: Sequence[str]) -> None:
        """The fields of the list."""
        self._fields = list(fields)

    def insert_field(self, name: str) -> None:
        """Write a field at the cursor."""
        self.insert(f"{{{{ {name} }}}}")
        self.textEdited.emit(self.text())

    def offered(self) -> list[str]:
        """What is offered at present."""
        return self._model.stringList() if self._popup.isVisible() else []

    def _offer(self, asked: bool = False) -> None:
        before = self.text()[: self.cursorPosition()]
        words, word = offers(self._fields, before), begun(before)
        inside = before.rstrip().endswith(("{{", "|"))
        if not words or words == [word] or not (asked or word or inside):
            self._popup.hide()
            return
        self._model.setStringList(words)
        self._completer.setCompletionPrefix(word)
        place = self.cursorRect()
        place.setWidth(240)
        self._completer.complete(place)

    def _take(self, word: str) -> None:
        at = self.cursorPosition()
        before, after = self.text()[:at], self.text()[at:]
        kept = before[: len(before) - len(begun(before))] + completion(before, after, word)
        self.setText(kept + after)
        self.setCursorPosition(len(kept))
        self.textEdited.emit(self.text())
        self._popup.hide()

    def event(self, event: QEvent) -> bool:
        """Tab takes what is offered instead of leaving the line."""
        key = event.key() if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress else None
        if key in _TAKES and self._popup.isVisible():
            chosen = self._popup.currentIndex()
            self._take(str(chosen.data() if chosen.isValid() else self._completer.currentCompletion()))
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Space offers all."""
        control = event.modifiers() == Qt.KeyboardModifier.ControlModifier
        if control and event.key() == Qt.Key.Key_Space:
            self._offer(asked=True)
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Nothing is offered to a line that is left."""
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._popup.hide()
        super().focusOutEvent(event)
