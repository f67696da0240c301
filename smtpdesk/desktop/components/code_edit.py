"""The editor for the message: a quiet gutter, colours, marks on lines, completion of fields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QRect, QRectF, QSize, QStringListModel, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QTextCursor, QTextFormat
from PySide6.QtWidgets import QCompleter, QFrame, QListView, QPlainTextEdit, QTextEdit, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components.highlighter import JinjaHtml
from smtpdesk.desktop.theme import look

_GUTTER = 40


class CodeEdit(QPlainTextEdit):
    """``CodeEdit(_("Message, HTML"))``; ``highlight=False`` for plain text.

    ``set_marks({12: "bad"})`` tints lines and their numbers; ``set_words(["first_name", …])`` completes field names
    inside ``{{ }}`` (Ctrl+Space); ``insert("{{ first_name }}")`` at the cursor; ``goto(line)``.
    Tab leaves the editor, as everywhere in the window; Ctrl+] and Ctrl+[ indent.
    """

    def __init__(self, name: str, highlight: bool = True) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFont(look.mono())
        self.setProperty("mono", "true")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setViewportMargins(_GUTTER, 6, 0, 0)
        self._marks: dict[int, str] = {}
        self._gutter = _Gutter(self)
        self._highlighter = JinjaHtml(self.document()) if highlight else None
        self._completer: QCompleter | None = None
        self._popup: QListView | None = None
        self.updateRequest.connect(lambda *_: self._gutter.update())
        self.blockCountChanged.connect(lambda _: self._gutter.update())
        look.changed.connect(self._paint_marks)

    # --- marks -------------------------------------------------------------------------------------------------
    def set_marks(self, marks: dict[int, str]) -> None:
        """Tint lines: 1-based number to tone (bad, warn, accent)."""
        self._marks = dict(marks)
        self._paint_marks()

    def _paint_marks(self) -> None:
        chosen = []
        for number, tone in self._marks.items():
            block = self.document().findBlockByNumber(number - 1)
            if block.isValid():
                mark = QTextEdit.ExtraSelection()
                mark.cursor = QTextCursor(block)
                form = mark.format
                form.setBackground(look.color(f"{tone}Wash"))
                form.setProperty(QTextFormat.Property.FullWidthSelection, True)
                chosen.append(mark)
        self.setExtraSelections(chosen)
        self._gutter.update()

    def mark_tone(self, number: int) -> str:
        """Tone of a line, "" when it has no mark."""
        return self._marks.get(number, "")

    # --- moving and writing ------------------------------------------------------------------------------------
    def goto(self, line: int, column: int = 1) -> None:
        """Put the cursor on a 1-based line and column and show it."""
        block = self.document().findBlockByNumber(max(0, line - 1))
        if block.isValid():
            cursor = QTextCursor(block)
            cursor.movePosition(
                QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.MoveAnchor, min(column - 1, block.length() - 1)
            )
            self.setTextCursor(cursor)
            self.centerCursor()
            self.setFocus()

    def insert(self, words: str) -> None:
        """Write at the cursor, over a selection, as one step of undo."""
        self.textCursor().insertText(words)
        self.setFocus()

    # --- completion --------------------------------------------------------------------------------------------
    def set_words(self, words: Sequence[str]) -> None:
        """The field names to offer."""
        if self._completer is None:
            self._completer = QCompleter(self)
            self._completer.setWidget(self)
            self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            self._popup = QListView()
            self._popup.setAccessibleName(_("Field names"))
            self._completer.setPopup(self._popup)
            self._completer.activated.connect(self._complete)
        self._completer.setModel(QStringListModel(list(words), self._completer))

    def _hide_popup(self) -> None:
        if self._popup is not None:
            self._popup.hide()

    def _prefix(self) -> str | None:
        """The name begun inside an open ``{{``, or None when the cursor is not inside one."""
        before = self.textCursor().block().text()[: self.textCursor().positionInBlock()]
        opened = max(before.rfind("{{"), before.rfind("{%"))
        if opened < 0 or any(end in before[opened:] for end in ("}}", "%}")):
            return None
        tail = before[opened + 2 :]
        return tail[len(tail.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")) :]

    def _complete(self, word: str) -> None:
        prefix = self._prefix()
        if prefix is not None:
            cursor = self.textCursor()
            cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor, len(prefix))
            cursor.insertText(word)

    def _offer(self, asked: bool) -> None:
        prefix = self._prefix()
        if self._completer is None or prefix is None or (not prefix and not asked):
            self._hide_popup()
            return
        self._completer.setCompletionPrefix(prefix)
        if self._completer.completionCount() == 0 or self._completer.currentCompletion() == prefix:
            self._hide_popup()
            return
        place = self.cursorRect().translated(_GUTTER, 6)
        place.setWidth(240)
        self._completer.complete(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Completion, indenting, and the usual keys."""
        offered = self._popup is not None and self._popup.isVisible()
        if offered and event.key() in (
            Qt.Key.Key_Enter, Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Tab,
        ):  # fmt: skip
            event.ignore()
            return
        control = event.modifiers() == Qt.KeyboardModifier.ControlModifier
        if control and event.key() == Qt.Key.Key_Space:
            self._offer(asked=True)
            return
        if control and event.key() in (Qt.Key.Key_BracketRight, Qt.Key.Key_BracketLeft):
            self._indent(event.key() == Qt.Key.Key_BracketRight)
            return
        super().keyPressEvent(event)
        if (event.text().isprintable() and event.text()) or event.key() == Qt.Key.Key_Backspace:
            self._offer(asked=False)

    def _indent(self, more: bool) -> None:
        cursor = self.textCursor()
        document = self.document()
        first = document.findBlock(cursor.selectionStart()).blockNumber()
        last = document.findBlock(cursor.selectionEnd()).blockNumber()
        cursor.beginEditBlock()
        for number in range(first, last + 1):
            block = document.findBlockByNumber(number)
            at = QTextCursor(block)
            if more:
                at.insertText("  ")
            else:
                for _ in range(min(2, len(block.text()) - len(block.text().lstrip(" ")))):
                    at.deleteChar()
        cursor.endEditBlock()

    # --- geometry ----------------------------------------------------------------------------------------------
    def resizeEvent(self, event: QResizeEvent) -> None:
        """The gutter keeps the height of the editor."""
        super().resizeEvent(event)
        self._gutter.setGeometry(QRect(0, 0, _GUTTER - 2, self.height()))

    def visible_lines(self) -> Iterable[tuple[int, float, float]]:
        """(1-based number, top, height) of the lines on show, in the viewport."""
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top < self.height():
            height = self.blockBoundingRect(block).height()
            yield block.blockNumber() + 1, top, height
            top += height
            block = block.next()


class _Gutter(QWidget):
    """Line numbers."""

    def __init__(self, editor: CodeEdit) -> None:
        super().__init__(editor)
        self._editor = editor

    def sizeHint(self) -> QSize:
        return QSize(_GUTTER - 2, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(look.mono())
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        line = painter.fontMetrics().lineSpacing()  # of a line that is wrapped, its first row
        for number, top, _height in self._editor.visible_lines():
            tone = self._editor.mark_tone(number)
            colour: QColor = look.color((tone if tone != "accent" else "accentText") or "text3")
            painter.setPen(colour)
            painter.drawText(QRectF(0, top + 6, _GUTTER - 10, line), side, str(number))
