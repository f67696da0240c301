"""Form fields: label above, control, one line of help, warning or error below."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QVBoxLayout, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components.buttons import button
from smtpdesk.desktop.components.glyph import Glyph
from smtpdesk.desktop.components.layout import box, hbox, restyle, vbox
from smtpdesk.desktop.components.plain import set_tip
from smtpdesk.desktop.components.text import text
from smtpdesk.desktop.theme import icon, look

#: Of a field whose label, control and unit share a line: they stand below each other.
LABEL_WIDTH, UNIT_CONTROL_WIDTH = 122, 96


class Field(QWidget):
    """``Field(_("Server"), QLineEdit(), help=…)``; later ``field.set_error(sentence)``, ``set_warning``, ``set_help``.

    The label is the control's buddy and its accessible name; the line below is its accessible description.
    ``field.control`` is the widget that was given. With a ``unit`` ("" for none), label, control and unit share a line.
    """

    def __init__(self, label: str, control: QWidget, help: str = "", error: str = "", unit: str | None = None) -> None:
        super().__init__()
        self.control = control
        self._help = help
        target = control.findChild(QLineEdit) if isinstance(control, PasswordEdit) else control
        self._target: QWidget = target or control
        self._label = text(label, "body", "2")
        self._label.setBuddy(self._target)
        self._name(label)
        self._glyph = Glyph("circle-x", "bad", 13)
        self._line = text("", "caption", "3", wrap=True)
        self._mark = box(hbox(box(vbox(2, self._glyph, None, gap=0)), 5, gap=0))
        self._below = box(hbox(self._mark, (self._line, 1), gap=0))
        column = vbox(self._label, control, self._below, gap=4) if unit is None else self._on_one_line(unit)
        column.addStretch(1)  # a neighbour with an error below must not push this one apart
        self.setLayout(column)
        self._show("", help)
        if error:
            self.set_error(error)

    def _on_one_line(self, unit: str) -> QVBoxLayout:
        self._label.setFixedWidth(LABEL_WIDTH)
        if not unit:
            return vbox(hbox(self._label, (self.control, 1)), self._below, gap=3)
        self.control.setFixedWidth(UNIT_CONTROL_WIDTH)
        return vbox(hbox(self._label, self.control, text(unit, "body", "2"), None), self._below, gap=3)

    def _show(self, tone: str, sentence: str) -> None:
        self._below.setVisible(bool(sentence))
        self._mark.setVisible(tone in ("bad", "warn"))
        if tone in ("bad", "warn"):
            self._glyph.set_icon("circle-x" if tone == "bad" else "triangle-alert", tone)
        self._line.set_tone(tone or "3")
        self._line.set_text(sentence)
        self._target.setAccessibleDescription(sentence)
        wanted = "true" if tone == "bad" else "false"
        if self._target.property("error") != wanted:
            self._target.setProperty("error", wanted)
            restyle(self._target)

    def set_error(self, sentence: str) -> None:
        """A red edge, an icon and a sentence; an empty sentence takes them away."""
        self._show("bad" if sentence else "", sentence or self._help)

    def set_warning(self, sentence: str) -> None:
        """An amber sentence that keeps nobody from saving; empty takes it away."""
        self._show("warn" if sentence else "", sentence or self._help)

    def set_help(self, sentence: str) -> None:
        """The quiet line below, shown when there is neither error nor warning."""
        self._help = sentence
        self._show("", sentence)

    def set_label(self, label: str) -> None:
        """Other words above the control."""
        self._label.set_text(label)
        self._name(label)

    def _name(self, label: str) -> None:
        self._target.setAccessibleName(label)
        if isinstance(self._target, QComboBox):
            self._target.view().setAccessibleName(label)  # the list that drops down is a widget of its own

    def message(self) -> str:
        """The sentence below the control at present."""
        return self._line.sentence()


class PasswordEdit(QWidget):
    """A password line with a button that shows and hides it. ``edited(str)`` as the person types."""

    edited = Signal(str)

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.line = QLineEdit()
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.line.setAccessibleName(name)
        self.line.textEdited.connect(self.edited)
        self._eye = button("", "", "eye", tip=_("Show the password"), clicked=self._toggle)
        self.setFocusProxy(self.line)
        self.setLayout(hbox((self.line, 1), self._eye, gap=6))

    def _toggle(self) -> None:
        self.set_shown(self.line.echoMode() == QLineEdit.EchoMode.Password)

    def set_shown(self, shown: bool) -> None:
        """Show the password in clear, or as dots."""
        self.line.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)
        self._eye.set_glyph("eye-off" if shown else "eye")
        words = _("Hide the password") if shown else _("Show the password")
        set_tip(self._eye, words)
        self._eye.setAccessibleName(words)

    def text(self) -> str:
        """What was typed."""
        return self.line.text()

    def set_text(self, value: str) -> None:
        """Replace what was typed."""
        self.line.setText(value)

    def set_placeholder(self, words: str) -> None:
        """The grey words in the empty line."""
        self.line.setPlaceholderText(words)


class SearchLine(QLineEdit):
    """A search field with its magnifier; its placeholder is its accessible name. Escape empties it."""

    def __init__(self, placeholder: str, width: int = 210) -> None:
        super().__init__()
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self.setClearButtonEnabled(True)
        self.setFixedWidth(width)
        self._action = self.addAction(icon("search", "text3"), QLineEdit.ActionPosition.LeadingPosition)
        look.changed.connect(self._redraw)

    def _redraw(self) -> None:
        self._action.setIcon(icon("search", "text3"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape empties the line."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            return
        super().keyPressEvent(event)


def search_line(placeholder: str, width: int = 210) -> SearchLine:
    """A search field of a fixed width: ``search_line(_("Find an address"))``, then ``textChanged``."""
    return SearchLine(placeholder, width)
