"""Who it is from and what it is about: the lines above the editor."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Elide, Glyph, box, button, hbox, restyle, text, vbox
from smtpdesk.desktop.components.plain import set_tip
from smtpdesk.desktop.pages.campaign.completing import FieldLine
from smtpdesk.domain.address import AddressError, split_mailbox
from smtpdesk.domain.campaign import Campaign

_LABEL = 84


class Envelope(QWidget):
    """``envelope.show_campaign(campaign, inherited)``; ``edited(dict)`` with the fields that a person changed.

    From and Subject always show; Reply-To, the recipient's name and the unsubscribe address on request.
    """

    edited = Signal(dict)

    def __init__(self) -> None:
        super().__init__()
        self.from_line = QComboBox()
        self.from_line.setEditable(True)
        self.from_line.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.from_line.setAccessibleName(_("From"))
        self.from_line.view().setAccessibleName(_("From"))
        self.from_line.setCompleter(None)  # type: ignore[arg-type]
        self._from_edit().setAccessibleName(_("From"))
        self.subject = FieldLine(_("Subject"))
        self.subject.setPlaceholderText(_("What it is about; {{ fields }} may stand in it"))
        self.reply_to = FieldLine(_("Reply-To"))
        self.reply_to.setPlaceholderText(_("Answers go to From"))
        self.to_name = FieldLine(_("Recipient's name"))
        self.to_name.setPlaceholderText("{{ first_name }} {{ last_name }}")
        self.unsubscribe = FieldLine(_("Unsubscribe"))
        self.unsubscribe.setPlaceholderText(_("mailto:leave@example.com or https://example.com/leave?who={{ email }}"))
        self._problem = Elide("", "caption", "bad")
        self._problem_row = box(hbox(_LABEL + 8, Glyph("circle-x", "bad", 13), (self._problem, 1), gap=5))
        self._problem_row.hide()
        self._build()

    def _from_edit(self) -> QLineEdit:
        line = self.from_line.lineEdit()
        assert line is not None
        return line

    def _build(self) -> None:
        for line in (self.from_line, self.subject, self.reply_to, self.to_name, self.unsubscribe):
            line.setProperty("quiet", "true")
        self.more_button = button(
            "", "quiet", "chevron-down", "small", _("More about the message"), clicked=self._toggle
        )
        rest = (
            hbox(_label(_("Reply-To")), (self.reply_to, 1), 34, gap=8),
            hbox(_label(_("Name in To")), (self.to_name, 1), 34, gap=8),
            hbox(_label(_("Unsubscribe")), (self.unsubscribe, 1), 34, gap=8),
        )
        self._more = box(vbox(*rest, gap=8))
        self._more.hide()
        sender = hbox(_label(_("From")), (self.from_line, 1), 34, gap=8)
        subject = hbox(_label(_("Subject")), (self.subject, 1), self.more_button, gap=8)
        self.setLayout(vbox(sender, self._problem_row, subject, self._more, gap=8, margins=(24, 12, 10, 12)))
        for name, line in (
            ("subject", self.subject),
            ("reply_to", self.reply_to),
            ("to_name", self.to_name),
            ("unsubscribe", self.unsubscribe),
        ):
            line.textEdited.connect(lambda words, name=name: self.edited.emit({name: words}))
        self.from_line.editTextChanged.connect(self._sender_edited)

    def _toggle(self) -> None:
        self.show_more(not self._more.isVisible())

    def show_more(self, shown: bool) -> None:
        """Show or hide the lines that are rarely needed."""
        self._more.setVisible(shown)
        self.more_button.set_glyph("chevron-up" if shown else "chevron-down")
        words = _("Less about the message") if shown else _("More about the message")
        set_tip(self.more_button, words)
        self.more_button.setAccessibleName(words)

    # --- what is shown -----------------------------------------------------------------------------------------
    def show_campaign(self, campaign: Campaign) -> None:
        """Show a campaign that was read; lines that say the same are left alone."""
        for line, words in (
            (self.subject, campaign.subject),
            (self.reply_to, campaign.reply_to),
            (self.to_name, campaign.to_name),
            (self.unsubscribe, campaign.unsubscribe),
        ):
            if line.text() != words:
                line.setText(words)
                line.setCursorPosition(0)
        with QSignalBlocker(self.from_line):
            if self.from_line.currentText() != campaign.from_header:
                self.from_line.setEditText(campaign.from_header)
                self._from_edit().setCursorPosition(0)
        self._check(campaign.from_header)

    def set_senders(self, senders: Sequence[str], inherited: str) -> None:
        """From headers to choose from; ``inherited``: the one that is taken when the line stays empty."""
        with QSignalBlocker(self.from_line):
            words = self.from_line.currentText()
            self.from_line.clear()
            self.from_line.addItems(list(dict.fromkeys(senders)))
            self.from_line.setEditText(words)
        line = self._from_edit()
        line.setCursorPosition(0)
        line.setPlaceholderText(inherited or _("Your name <you@example.com>"))

    def set_fields(self, fields: Sequence[str]) -> None:
        """The fields to offer."""
        for line in (self.subject, self.reply_to, self.to_name, self.unsubscribe):
            line.set_fields(fields)

    def _sender_edited(self, words: str) -> None:
        self._check(words)
        self.edited.emit({"from_header": words})

    def _check(self, words: str) -> None:
        problem = ""
        if words.strip():
            try:
                split_mailbox(words)
            except AddressError:
                problem = _("There is no address in it that could send: Ana Pérez <ana@example.com>")
        self._problem.set_text(problem)
        self._problem_row.setVisible(bool(problem))
        wanted = "true" if problem else "false"
        if self.from_line.property("error") != wanted:
            self.from_line.setProperty("error", wanted)
            restyle(self.from_line)


def _label(words: str) -> QWidget:
    label = text(words, "body", "3")
    label.setFixedWidth(_LABEL)
    return label
