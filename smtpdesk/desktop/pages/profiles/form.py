"""The form of one profile: values in, values out, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QScrollArea, QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _
from smtpdesk.base.secret import Secret
from smtpdesk.desktop.components import (
    Field,
    PasswordEdit,
    SegmentedControl,
    Text,
    box,
    button,
    hbox,
    open_file,
    rule,
    spawn,
    text,
    vbox,
)
from smtpdesk.desktop.pages.profiles import rules
from smtpdesk.desktop.pages.profiles.hint import ProviderHint
from smtpdesk.desktop.pages.profiles.words import security_words
from smtpdesk.domain.profile import Identity, Limits, Profile, Relay, Security, format_rate
from smtpdesk.providers import Provider

_KEPT = "••••••••••••"


class ProfileForm(QWidget):
    """Edits one profile. ``edited()`` after every change by the person.

    :meth:`load` shows a profile, :meth:`profile` reads the fields, :meth:`problems` marks what cannot be right.
    """

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._provider = ""
        self._loading = False
        self._keyring, self._where_kept, self._session_chosen = True, "", False
        self._make_fields()
        self._advanced = self._make_advanced()
        self.hint = ProviderHint()
        self.hint.region_picked.connect(self._set_endpoint)
        self._more = button(_("More settings"), "link", "chevron-down", clicked=self._toggle_advanced)
        self.setLayout(
            vbox(
                self.name,
                self.hint,
                hbox((self.host, 1), self.port, gap=10),
                self._security_block(),
                self.plain,
                self.username,
                self.password,
                self._session,
                self.from_field,
                hbox(self._more, None, margins=(0, 4, 0, 0)),
                self._advanced,
                None,
                gap=10,
                margins=(24, 8, 24, 12),
            )
        )
        self._advanced.hide()
        self._watch()

    # --- making ------------------------------------------------------------------------------------------------
    def _make_fields(self) -> None:
        self._name, self._host, self._port = QLineEdit(), QLineEdit(), QLineEdit()
        self._username, self._sender, self._password = QLineEdit(), QLineEdit(), PasswordEdit(_("Password"))
        self._host.setPlaceholderText("smtp.example.com")
        self._port.setPlaceholderText("587")
        self._sender.setPlaceholderText("Ana Pérez <ana@example.com>")
        self.name = Field(_("Name of this profile"), self._name)
        self.host = Field(_("Server"), self._host)
        self.port = Field(_("Port"), self._port)
        self.port.setFixedWidth(76)
        self.username = Field(_("User name"), self._username, _("Empty means: no sign-in."))
        self.password = Field(_("Password"), self._password)
        self._session = QCheckBox(_("For this session only"))
        self._session.setAccessibleName(_("Keep the password for this session only"))
        self._session.setToolTip(_("The password is used until the program is closed, and kept nowhere."))
        self._session.hide()
        self.from_field = Field(_("Sender (From)"), self._sender, _("What people see. A campaign may name its own."))
        self._plain = QCheckBox(_("Send the password without encryption"))
        self._plain.setAccessibleName(self._plain.text())
        self.plain = Field(_("This connection is not encrypted"), self._plain)

    def _security_block(self) -> QWidget:
        self._security = SegmentedControl([label for _s, label in security_words()], 1, _("Encryption"), tall=True)
        self.security = Field(_("Encryption"), box(hbox(self._security, None)))
        return self.security

    def _make_advanced(self) -> QWidget:
        self._envelope, self._ehlo, self._ca = QLineEdit(), QLineEdit(), QLineEdit()
        self._connections, self._rate, self._daily = QLineEdit(), QLineEdit(), QLineEdit()
        self._rate.setPlaceholderText(_("none"))
        self._daily.setPlaceholderText(_("none"))
        self._ca.setPlaceholderText(_("the system's authorities"))
        self.envelope = Field(_("Envelope sender"), self._envelope, _("Where bounces go. Empty: the sender's address."))
        self.ehlo = Field(_("EHLO name"), self._ehlo, _("Empty: this computer's name."))
        self.ca = Field(_("Certificate authority (PEM file)"), self._ca)
        self.connections = Field(_("Connections"), self._connections)
        self.rate = Field(_("Rate"), self._rate, _("14/s, 30/min"))
        self.daily = Field(_("Per day"), self._daily)
        choose = button("", "", "folder-open", tip=_("Choose a file"), clicked=lambda: spawn(self._choose_ca(), self))
        ca = hbox((self.ca, 1), box(vbox(20, choose, None, gap=0)), gap=6)
        limits = hbox((self.connections, 1), (self.rate, 1), (self.daily, 1), gap=10)
        head: Text = text(_("What the provider allows"), "strong")
        return box(vbox(rule(), 2, head, limits, 2, self.envelope, self.ehlo, ca, gap=8))

    def _watch(self) -> None:
        lines = (self._name, self._host, self._port, self._username, self._sender, self._envelope, self._ehlo)
        for line in (*lines, self._ca, self._connections, self._rate, self._daily):
            line.textEdited.connect(self._changed)
        self._password.edited.connect(self._changed)
        self._session.clicked.connect(self._choose_session)
        self._security.picked.connect(self._changed)
        self._plain.toggled.connect(self._changed)

    def _changed(self, *_: object) -> None:
        if not self._loading:
            self._advise()
            self._say_where_kept()
            self.edited.emit()

    def _choose_session(self) -> None:
        self._session_chosen = True
        self._say_where_kept()

    async def _choose_ca(self) -> None:
        file = await open_file(self, _("Choose a certificate authority"), [(_("Certificates"), ["*.pem", "*.crt"])])
        if file is not None:
            self._ca.setText(str(file))
            self._changed()

    def _set_endpoint(self, relay: Relay) -> None:
        self._host.setText(relay.host)
        self._port.setText(str(relay.port))
        self.set_security(relay.security)

    def _toggle_advanced(self) -> None:
        self.show_advanced(self._advanced.isHidden())

    def show_advanced(self, shown: bool) -> None:
        """Open or close the less usual settings."""
        self._advanced.setVisible(shown)
        self._more.set_label(_("Fewer settings") if shown else _("More settings"))
        self._more.set_glyph("chevron-up" if shown else "chevron-down", "accentText")

    # --- values ------------------------------------------------------------------------------------------------
    def load(self, profile: Profile, provider: Provider | None = None) -> None:
        """Show a profile, with what its provider is known to want."""
        self._loading = True
        self._provider = profile.provider
        relay, identity, limits = profile.relay, profile.identity, profile.limits
        self._name.setText(profile.name)
        self._host.setText(relay.host)
        self._port.setText(str(relay.port) if relay.port else "")
        kinds = [security for security, _label in security_words()]
        self._security.set_current(kinds.index(relay.security))
        self._plain.setChecked(relay.allow_plain_password)
        self._username.setText(profile.username)
        self._password.set_text("")
        self._password.set_shown(False)
        self._password.set_placeholder("")
        self._sender.setText(identity.from_header)
        self._envelope.setText(identity.envelope_sender)
        self._ehlo.setText(identity.ehlo_name)
        self._ca.setText(relay.ca_file or "")
        self._connections.setText(str(limits.max_connections))
        self._rate.setText(format_rate(limits.rate, limits.rate_seconds))
        self._daily.setText(str(limits.daily) if limits.daily is not None else "")
        for line in (self._name, self._host, self._username, self._sender):
            line.setCursorPosition(0)
        self.username.set_help((provider.username_help if provider else "") or _("Empty means: no sign-in."))
        self.username.set_label((provider.username_label if provider else "") or _("User name"))
        self.password.set_label((provider.password_label if provider else "") or _("Password"))
        self.hint.show_provider(provider, relay.host)
        self._clear_errors()
        self._session_chosen = False
        self.set_keyring(self._keyring, self._where_kept)
        self._loading = False
        self._advise()

    def set_has_secret(self, has_secret: bool) -> None:
        """Dots in the empty password line: one is kept, and stays unless another is typed."""
        self._password.set_placeholder(_KEPT if has_secret else "")

    def set_keyring(self, usable: bool, sentence: str) -> None:
        """Where passwords are kept, or that they are not; then "for this session only" is on unless it was chosen."""
        self._keyring, self._where_kept = usable, sentence
        if not self._session_chosen:
            self._session.setChecked(not usable)
        self._say_where_kept()

    def _say_where_kept(self) -> None:
        """The choice stands where it matters: with a password just typed, or without a keyring."""
        self._session.setVisible(not self._keyring or bool(self._password.text()))
        nowhere = _("Used until the program is closed, and kept nowhere.")
        self.password.set_help(nowhere if self._keyring and self.session_only() else self._where_kept)

    def session_only(self) -> bool:
        """Whether the password is to be kept in this process only."""
        return self._session.isChecked()

    def security_value(self) -> Security:
        """The chosen encryption."""
        return security_words()[self._security.current()][0]

    def set_security(self, security: Security) -> None:
        """Choose an encryption as the person would."""
        kinds = [kind for kind, _label in security_words()]
        self._security.set_current(kinds.index(security))
        self._changed()

    def profile(self) -> Profile:
        """What the fields say. Numbers that are none become values that :meth:`problems` refuses."""
        rate = rules.rate_or_none(self._rate.text())
        plain = self._plain.isChecked() and self.security_value() is Security.NONE
        return Profile(
            name=self._name.text().strip(),
            relay=Relay(
                host=self._host.text().strip(),
                port=rules.number(self._port.text()) or 0,
                security=self.security_value(),
                ca_file=self._ca.text().strip() or None,
                allow_plain_password=plain,
            ),
            identity=Identity(
                from_header=self._sender.text().strip(),
                envelope_sender=self._envelope.text().strip(),
                ehlo_name=self._ehlo.text().strip(),
            ),
            username=self._username.text().strip(),
            limits=Limits(
                max_connections=rules.number(self._connections.text()) or 0,
                rate=rate[0] if rate else None,
                rate_seconds=rate[1] if rate else 1.0,
                daily=rules.number(self._daily.text()) if self._daily.text().strip() else None,
            ),
            provider=self._provider,
        )

    def secret(self) -> Secret | None:
        """The password if one was typed; None means: leave the kept one."""
        return Secret(self._password.text()) if self._password.text() else None

    # --- what is wrong -----------------------------------------------------------------------------------------
    def _fields(self) -> dict[str, Field]:
        return {
            "name": self.name, "host": self.host, "port": self.port, "security": self.security, "plain": self.plain,
            "username": self.username,
            "from": self.from_field, "sender": self.envelope, "ca-file": self.ca, "connections": self.connections,
            "rate": self.rate, "daily": self.daily, "limits": self.connections,
        }  # fmt: skip

    def _clear_errors(self) -> None:
        for field in self._fields().values():
            field.set_error("")

    def _advise(self) -> None:
        """Warnings that keep nobody from saving, and the leave to send a password in the clear."""
        profile = self.profile()
        self._clear_errors()
        self.security.set_warning(rules.port_warning(profile.relay))
        self.plain.setVisible(rules.needs_leave(profile))

    def problems(self, taken: Collection[str]) -> bool:
        """Mark what cannot be right, focus the first; True when there is any. ``taken``: names of other profiles."""
        self._advise()
        found = rules.problems(self.profile(), self._rate.text(), self._daily.text(), taken)
        if self.secret() is not None and not self._username.text().strip():
            found.setdefault("username", _("A password alone is not enough; the user name is missing."))
        for key, sentence in found.items():
            self._fields()[key].set_error(sentence)
        if found:
            self._focus(next(iter(found)))
        return bool(found)

    def show_error(self, error: DeskError) -> bool:
        """Show an error of the desk at its field; False when it belongs to none."""
        key = error.code.removeprefix("profile.")
        field = self._fields().get(key)
        if field is None or not error.code.startswith("profile."):
            return False
        field.set_error(f"{error.sentence} {error.hint}".strip())
        self._focus(key)
        return True

    def _focus(self, key: str) -> None:
        if key in ("sender", "ca-file", "connections", "rate", "daily", "limits"):
            self.show_advanced(True)
        field = self._fields()[key]
        field.control.setFocus()
        around = self.parentWidget()
        while around is not None and not isinstance(around, QScrollArea):
            around = around.parentWidget()
        if around is not None:
            around.ensureWidgetVisible(field, 0, 24)

    def focus_first(self) -> None:
        """Begin with the name, or the first field that is still empty."""
        for line in (self._host, self._username, self._name):
            if not line.text():
                line.setFocus()
                return
        self._name.setFocus()
