"""The part of a profile that is about signing: what it is for, the key, and the record to publish."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent, QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desk.dkim import DkimShown
from smtpdesk.desktop.components import Button, Field, Glyph, box, button, hbox, rule, text, vbox
from smtpdesk.desktop.theme import look

#: Lines that can be seen at once; the value of a key of 2048 bits has some twelve, a longer one is scrolled.
_MOST_LINES = 16


class DkimSection(QWidget):
    """``make_wanted``, ``import_wanted``, ``remove_wanted``; ``copied(str)`` says what is on the clipboard now."""

    make_wanted = Signal()
    import_wanted = Signal()
    remove_wanted = Signal()
    copied = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._zone = ""
        self._why = text(self._purpose(), "caption", "2", wrap=True)
        self._who = text("", "body", wrap=True)
        self._first = text(_("Save the profile first."), "caption", "3", wrap=True)
        self._advice = text("", "caption", "warn", wrap=True)
        mark = box(vbox(2, Glyph("triangle-alert", "warn", 13), None, gap=0))
        self._advised = box(hbox(mark, (self._advice, 1), gap=6))
        self._make_record()
        self._make_buttons()
        column = vbox(
            rule(),
            2,
            text(_("Sign messages (DKIM)"), "strong"),
            self._why,
            self._who,
            self._advised,
            self._record,
            self._first,
            self._buttons,
            gap=8,
            margins=(24, 0, 24, 16),
        )
        self.setLayout(column)
        self.show_key(None)

    @staticmethod
    def _purpose() -> str:
        return _(
            "Shows receivers that a message really comes from your domain. Most providers sign what you send: then "
            "you need nothing here."
        )

    def _make_record(self) -> None:
        self._host, self._value = _Reading(), _Reading()
        self._host.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.host = Field(_("Host name of the TXT record"), self._host)
        publish = _("Publish it where your domain is managed. Then send yourself a test message.")
        self.value = Field(_("Its value"), self._value, publish)
        copy_host = button("", "", "copy", tip=_("Copy the host name"), clicked=lambda: self._copy(self._host))
        copy_value = button("", "", "copy", tip=_("Copy the value"), clicked=lambda: self._copy(self._value))
        self._record = box(vbox(_beside(self.host, copy_host), _beside(self.value, copy_value), gap=8))

    def _make_buttons(self) -> None:
        self._make = button(_("Make a key"), "", "key-round", "small", clicked=self.make_wanted.emit)
        self._import = button(_("Import a key…"), "", size="small", clicked=self.import_wanted.emit)
        self._copy_zone = button(_("Copy as zone file"), "", "copy", "small", clicked=self._copy_as_zone)
        stop = _("Stop signing, and remove the key")
        self._remove = button(_("Stop signing"), "", "trash", "small", stop, "bad", self.remove_wanted.emit)
        self._buttons = box(hbox(self._make, self._import, self._copy_zone, self._remove, None, gap=8))

    def _copy_as_zone(self) -> None:
        QGuiApplication.clipboard().setText(self._zone)
        self.copied.emit(self._zone)

    def _copy(self, line: QPlainTextEdit) -> None:
        QGuiApplication.clipboard().setText(line.toPlainText())
        self.copied.emit(line.toPlainText())

    def show_key(self, shown: DkimShown | None, saved: bool = True) -> None:
        """Show how the profile signs; None means that it does not. ``saved``: it can be given a key now.

        Neither record nor finding: the key is still being looked for.
        """
        record = shown.record if shown else None
        keyless = shown is None or (record is None and bool(shown.findings))
        self._why.setVisible(shown is None)
        self._who.setVisible(shown is not None)
        self._record.setVisible(record is not None)
        self._remove.setVisible(shown is not None)
        self._copy_zone.setVisible(record is not None)
        self._first.setVisible(not saved)
        for made in (self._make, self._import):
            made.setEnabled(saved)
            made.setVisible(keyless)
        findings = shown.findings if shown else ()
        found = " ".join(f"{one.title} {one.consequence} {one.advice}".strip() for one in findings)
        self._advice.set_text(found)
        self._advised.setVisible(bool(found))
        if shown is not None:
            self._who.set_text(_who(shown))
        if record is not None:
            self._zone = record.zone
            self._host.setPlainText(record.host)
            self._value.setPlainText(record.value)

    def record_shown(self) -> tuple[str, str]:
        """Host name and value as they can be read; empty when there is no key."""
        return (self._host.toPlainText(), self._value.toPlainText()) if self._record.isVisibleTo(self) else ("", "")


class _Reading(QPlainTextEdit):
    """Text to read and to copy, as high as it needs; it breaks anywhere, since a record has no words."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setProperty("boxed", "true")
        self.setFont(look.mono())
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.textChanged.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        lines = max(1, round(self.document().size().height()))  # such a document counts in lines
        text = self.blockBoundingRect(self.document().firstBlock()).height()  # a record is one block
        whole = lines <= _MOST_LINES
        policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOff if whole else Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.setVerticalScrollBarPolicy(policy)
        around = round(self.document().documentMargin()) + 12  # and the edge and padding of the style sheet
        self.setFixedHeight(round(text * min(lines, _MOST_LINES) / lines) + around)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Narrower means more lines."""
        super().resizeEvent(event)
        self._fit()


def _beside(field: Field, copy: Button) -> QWidget:
    """A field with a button at the height of its control, below the label."""
    return box(hbox((field, 1), box(vbox(20, copy, None, gap=0)), gap=6))


def _who(shown: DkimShown) -> str:
    if not shown.algorithm:
        return _("Signs for {domain}").format(domain=shown.dkim.domain)
    if shown.algorithm == "ed25519":
        return _("Signs for {domain} with Ed25519").format(domain=shown.dkim.domain)
    return _("Signs for {domain} with RSA, {bits} bits").format(domain=shown.dkim.domain, bits=shown.bits)
