"""The server of a profile: one quiet line where the provider is known, host, port and encryption where not."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Field, SegmentedControl, box, button, hbox, text, vbox
from smtpdesk.desktop.pages.profiles import rules
from smtpdesk.desktop.pages.profiles.words import security_words
from smtpdesk.domain.profile import Profile, Relay, Security
from smtpdesk.providers import Provider


class ServerSection(QWidget):
    """``edited()`` after every change; ``opened()`` when the person asked for everything to be shown."""

    edited = Signal()
    opened = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._provider: Provider | None = None
        self.host_line, self.port_line = QLineEdit(), QLineEdit()
        self.host_line.setPlaceholderText("smtp.example.com")
        self.port_line.setPlaceholderText("587")
        self.host = Field(_("Server"), self.host_line)
        self.port = Field(_("Port"), self.port_line)
        self.port.setFixedWidth(76)
        self._security = SegmentedControl([label for _s, label in security_words()], 1, _("Encryption"), tall=True)
        self.security = Field(_("Encryption"), box(hbox(self._security, None)))
        self.leave = QCheckBox(_("Send the password without encryption"))
        self.leave.setAccessibleName(self.leave.text())
        self.plain = Field(_("This connection is not encrypted"), self.leave)
        self._line = text("", "body", "2", wrap=True)
        self._change = button(_("Change"), "link", tip=_("Change server, port and encryption"), clicked=self.open)
        self._folded = box(hbox((self._line, 1), self._change, gap=10))
        self._whole = box(vbox(hbox((self.host, 1), self.port, gap=10), self.security, self.plain, gap=10))
        self.setLayout(vbox(self._folded, self._whole, gap=0))
        for line in (self.host_line, self.port_line):
            line.textEdited.connect(lambda _text: self.edited.emit())
        self._security.picked.connect(lambda _index: self.edited.emit())
        self.leave.toggled.connect(lambda _on: self.edited.emit())

    # --- values ------------------------------------------------------------------------------------------------
    def load(self, relay: Relay, provider: Provider | None) -> None:
        """Show a server; folded when it is one of the provider's own."""
        self._provider = provider
        self._fill(relay)
        self.leave.setChecked(relay.allow_plain_password)
        self._set_folded(self._known(relay) and not rules.port_warning(relay))

    def _fill(self, relay: Relay) -> None:
        self.host_line.setText(relay.host)
        self.host_line.setCursorPosition(0)
        self.port_line.setText(str(relay.port) if relay.port else "")
        self._security.set_current([security for security, _label in security_words()].index(relay.security))
        self._say()

    def _known(self, relay: Relay) -> bool:
        one = self._provider
        every = (*one.endpoints, *(each for region in one.regions for each in region.endpoints)) if one else ()
        return (relay.host, relay.port, relay.security) in {(each.host, each.port, each.security) for each in every}

    def relay(self, ca_file: str | None) -> Relay:
        """What the fields say; a port that is none becomes 0."""
        security = self.security_value()
        return Relay(
            host=self.host_line.text().strip(),
            port=rules.number(self.port_line.text()) or 0,
            security=security,
            ca_file=ca_file,
            allow_plain_password=self.leave.isChecked() and security is Security.NONE,
        )

    def security_value(self) -> Security:
        """The chosen encryption."""
        return security_words()[self._security.current()][0]

    def set_security(self, security: Security) -> None:
        """Choose an encryption as the person would; it is shown."""
        self._security.set_current([kind for kind, _label in security_words()].index(security))
        self.edited.emit()
        if not self.is_open() and not self._known(self.relay(None)):
            self.open()
        self._say()

    def set_endpoint(self, relay: Relay) -> None:
        """Take another of the provider's servers, as when another region is picked."""
        self._fill(relay)
        self.edited.emit()

    # --- folding and advice ------------------------------------------------------------------------------------
    def _say(self) -> None:
        relay = self.relay(None)
        security = dict(security_words())[relay.security]
        words = _("{host}, port {port}, {security}").format(host=relay.host, port=relay.port, security=security)
        fixed = self._provider.username_fixed if self._provider else ""
        name = "\n" + _("User name: {name}").format(name=fixed) if fixed else ""
        self._line.set_text(words + name)

    def _set_folded(self, folded: bool) -> None:
        self._folded.setVisible(folded)
        self._whole.setVisible(not folded)

    def open(self) -> None:
        """Show host, port and encryption."""
        self._set_folded(False)
        self.opened.emit()
        self.host_line.setFocus()

    def is_open(self) -> bool:
        """Whether host, port and encryption are on show."""
        return not self._whole.isHidden()

    def advise(self, profile: Profile) -> None:
        """A warning about port and encryption, and the leave to send a password in the clear where it is needed."""
        self.security.set_warning(rules.port_warning(profile.relay))
        self.plain.setVisible(rules.needs_leave(profile))
