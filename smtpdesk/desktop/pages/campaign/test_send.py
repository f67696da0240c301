"""*Send a test*: one person's real message to one address, and what the server said to it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from smtpdesk.base.clock import local_time, now
from smtpdesk.base.errors import DeskError, InputError
from smtpdesk.base.i18n import _
from smtpdesk.desk import Desk
from smtpdesk.desk.testing import TestSent
from smtpdesk.desktop.components import (
    Banner,
    Dialog,
    Field,
    ServerWords,
    Tasks,
    button,
    hbox,
    text,
    vbox,
)
from smtpdesk.desktop.pages.campaign.editing import Editing
from smtpdesk.desktop.pages.campaign.people_words import display_name
from smtpdesk.domain.address import AddressError, parse_address
from smtpdesk.domain.delivery import Blame, Meaning, Outcome, OutcomeKind
from smtpdesk.domain.profile import SANDBOX

REMEMBERED = "campaign.test-address"
_WIDTH = 520
_TONES = {
    OutcomeKind.ACCEPTED: "ok",
    OutcomeKind.DEFERRED: "warn",
    OutcomeKind.REJECTED: "bad",
    OutcomeKind.UNCERTAIN: "unsure",
}


class TestPanel(QWidget):
    """Address, profile, the button, and below it the outcome. ``sent(str)``: the server took it for this address."""

    __test__ = False  # not a test case

    sent = Signal(str)

    def __init__(self, desk: Desk, editing: Editing, index: int) -> None:
        super().__init__()
        self._desk = desk
        self._editing = editing
        self._index = index
        self._tasks = Tasks(self, self._told)
        self.address = QLineEdit()
        self.address.setPlaceholderText(_("you@example.com"))
        self._address_field = Field(_("To"), self.address)
        self.profile = QComboBox()
        self.send_button = button(_("Send the test"), "primary", clicked=self.send)
        self.address.returnPressed.connect(self.send_button.click)
        self._note = text("", "caption", "3", wrap=True)
        self.outcome = Banner("ok", "", "")
        self.words = ServerWords()
        self.outcome.hide()
        self.words.hide()
        fields = hbox((self._address_field, 3), (Field(_("With"), self.profile), 2), gap=12)
        self.setLayout(vbox(fields, self._note, hbox(self.send_button, None), self.outcome, self.words, gap=12))
        self.setMinimumWidth(_WIDTH - 48)

    async def look(self) -> None:
        """Fill in the last address, the profiles, and whose message it is."""
        self.address.setText(str(await self._desk.settings.get(REMEMBERED, "")))
        rows = {row.profile.name: row.profile for row in await self._desk.profiles.all()}
        chosen = [rows[name] for name in self._editing.campaign.profiles if name in rows]
        for profile in chosen or list(rows.values()):
            sandbox = profile.provider == SANDBOX
            self.profile.addItem(_("Sandbox (delivers nothing)") if sandbox else profile.name, profile.name)
        people = self._editing.people
        if people is not None and people.ready:
            person = people.at(min(self._index, people.ready - 1))
            name, address = display_name(person), f"\u2068{person.address}\u2069"
            who = _("{name} ({address})").format(name=name, address=address) if name else address
            self._note.set_text(_("It is the message of {who}, exactly as it will be sent.").format(who=who))

    def send(self) -> None:
        """Send it."""
        address = self.address.text().strip()
        try:
            parse_address(address)
        except AddressError:
            self._address_field.set_error(_("This is not an address."))
            return
        self._address_field.set_error("")
        self._tasks.spawn(self._send(address))

    async def _send(self, address: str) -> None:
        self.send_button.setEnabled(False)
        self.send_button.set_label(_("Sending…"))
        try:
            if not await self._editing.save():
                raise InputError("campaign.not-saved", _("The campaign could not be saved, so no test was sent."))
            name = str(self.profile.currentData() or "")
            sent = await self._desk.tests.send(self._editing.draft.folder, self._index, address, name)
            await self._desk.settings.set(REMEMBERED, address)
            self._show(sent)
        finally:
            self.send_button.setEnabled(True)
            self.send_button.set_label(_("Send the test"))

    def _show(self, sent: TestSent) -> None:
        outcome, meaning = sent.outcome, sent.meaning
        tone = _TONES[outcome.kind]
        if meaning is None:
            self.outcome.set("ok", _("The server took it, {time}").format(time=local_time(now())), self._where(sent.to))
            self.sent.emit(sent.to)
        else:
            self.outcome.set(tone, meaning.title, _advice(meaning))
        words = _said(outcome)
        self.words.set(words)
        self.words.setVisible(bool(words))
        self._fit()

    def _where(self, address: str) -> str:
        if self.profile.currentText().startswith(_("Sandbox")):
            return _("It lies in the sandbox, to be looked at there. Nothing was delivered.")
        return _("Look into the mailbox of {address}; if it is not there, into its junk folder.").format(
            address=f"\u2068{address}\u2069"
        )

    def _told(self, error: DeskError) -> None:
        self.outcome.set_error(error)
        self.words.hide()
        self._fit()

    def _fit(self) -> None:
        self.window().adjustSize()


def _advice(meaning: Meaning) -> str:
    """What to do. Advice about somebody on the list makes no sense for an address that was typed just now."""
    if meaning.blame is Blame.RECIPIENT:
        return _("Check the address you typed.")
    return f"{meaning.explanation} {meaning.advice}".strip()


def _said(outcome: Outcome) -> str:
    reply = outcome.reply
    code = str(reply.code) if reply.code else ""
    enhanced = reply.enhanced if reply.enhanced and reply.enhanced not in reply.text else ""
    return " ".join(part for part in (code, enhanced, reply.text) if part)


async def send_test(parent: QWidget, desk: Desk, editing: Editing, index: int, on_sent: Callable[[str], None]) -> None:
    """Show the dialog, until the person closes it. ``on_sent(address)`` for each test that was taken."""
    panel = TestPanel(desk, editing, index)
    panel.sent.connect(on_sent)
    await panel.look()
    dialog = Dialog(parent, _("Send a test"), panel, _WIDTH)
    dialog.add_button(_("Close"), None)
    panel.address.setFocus()
    panel.address.selectAll()
    await dialog.answer()
