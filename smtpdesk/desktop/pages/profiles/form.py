"""The form of one profile: values in, values out, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QScrollArea, QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _
from smtpdesk.base.secret import Secret
from smtpdesk.desktop.components import (
    Field,
    PasswordEdit,
    box,
    button,
    hbox,
    open_file,
    rule,
    spawn,
    vbox,
)
from smtpdesk.desktop.components.plain import set_tip
from smtpdesk.desktop.pages.profiles import rules
from smtpdesk.desktop.pages.profiles.hint import ProviderHint
from smtpdesk.desktop.pages.profiles.limits_section import LimitsSection
from smtpdesk.desktop.pages.profiles.server_section import ServerSection
from smtpdesk.desktop.pages.profiles.sign_in_section import SignInSection
from smtpdesk.domain.profile import Identity, Profile, Security
from smtpdesk.providers import Provider, UserName

_KEPT = "••••••••••••"


class ProfileForm(QWidget):
    """Edits one profile. ``edited()`` after every change by the person.

    :meth:`load` shows a profile, :meth:`profile` reads the fields, :meth:`problems` marks what cannot be right.
    """

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._provider: Provider | None = None
        self._provider_id = ""
        self._mirrored = ""
        self._loading = False
        self._keyring, self._where_kept, self._session_chosen = True, "", False
        self._for_session = False
        self._make_fields()
        self._advanced = self._make_advanced()
        self.hint = ProviderHint()
        self.hint.region_picked.connect(self.server.set_endpoint)
        self._more = button(_("More settings"), "link", "chevron-down", clicked=self._toggle_advanced)
        self.setLayout(
            vbox(
                self.name,
                self.hint,
                self.server,
                self.username,
                self.sign_in,
                self.password,
                self._session,
                self.from_field,
                self.limits,
                hbox(self._more, None),
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
        self.server, self.limits, self.sign_in = ServerSection(), LimitsSection(), SignInSection()
        self._host, self._port, self._plain = self.server.host_line, self.server.port_line, self.server.leave
        self.host, self.port = self.server.host, self.server.port
        self.security, self.plain = self.server.security, self.server.plain
        self._name = QLineEdit()
        self._username, self._sender, self._password = QLineEdit(), QLineEdit(), PasswordEdit(_("Password"))
        self._sender.setPlaceholderText("Ana Pérez <ana@example.com>")
        self.name = Field(_("Name of this profile"), self._name)
        self.username = Field(_("User name"), self._username, _("Empty means: no sign-in."))
        self.password = Field(_("Password"), self._password)
        self._session = QCheckBox(_("For this session only"))
        self._session.setAccessibleName(_("Keep the password for this session only"))
        set_tip(self._session, _("The password is used until the program is closed, and kept nowhere."))
        self._session.hide()
        self.from_field = Field(_("Sender (From)"), self._sender, _("What people see. A campaign may name its own."))

    def _make_advanced(self) -> QWidget:
        self._envelope, self._ehlo, self._ca = QLineEdit(), QLineEdit(), QLineEdit()
        self._ca.setPlaceholderText(_("the system's authorities"))
        self.envelope = Field(_("Envelope sender"), self._envelope, _("Where bounces go. Empty: the sender's address."))
        self.ehlo = Field(_("EHLO name"), self._ehlo, _("Empty: this computer's name."))
        self.ca = Field(_("Certificate authority (PEM file)"), self._ca)
        choose = button("", "", "folder-open", tip=_("Choose a file"), clicked=lambda: spawn(self._choose_ca(), self))
        ca = hbox((self.ca, 1), box(vbox(20, choose, None, gap=0)), gap=6)
        return box(vbox(rule(), 2, self.envelope, self.ehlo, ca, gap=8))

    def _watch(self) -> None:
        for line in (self._name, self._username, self._sender, self._envelope, self._ehlo, self._ca):
            line.textEdited.connect(self._changed)
        self._username.textEdited.connect(self._mirror)
        self.server.edited.connect(self._changed)
        self.server.opened.connect(self._ask)
        self.limits.edited.connect(self._changed)
        self.sign_in.chosen.connect(self._ask)
        self.sign_in.chosen.connect(self._tell)
        self.sign_in.chosen.connect(self._changed)
        self._password.edited.connect(self._changed)
        self._session.clicked.connect(self._choose_session)

    def _changed(self, *_: object) -> None:
        if not self._loading:
            self._advise()
            self._say_where_kept()
            self.edited.emit()

    def _mirror(self, name: str) -> None:
        """Where the user name is the mailbox's address, it is the sender, too, until the person writes another."""
        if self._provider is None or self._provider.username_form is not UserName.ADDRESS:
            return
        if self._sender.text() == self._mirrored:
            self._sender.setText(name)
            self._mirrored = name
            self._changed()

    def _ask(self) -> None:
        """Ask only what this provider needs; the rest where the person wants to see more."""
        one, name, whole = self._provider, self._username.text(), self.server.is_open()
        fixed = bool(one and one.username_fixed and name == one.username_fixed and not whole)
        none = bool(one and one.username_form is UserName.NONE and not name and self._advanced.isHidden())
        self.username.setVisible(not (fixed or none))
        self.password.setVisible(not none and not self.sign_in.by_page())

    def _tell(self) -> None:
        by_password = not self.sign_in.by_page()
        self.hint.show_provider(self._provider, self._host.text().strip(), by_password=by_password)

    def _choose_session(self) -> None:
        self._session_chosen = True
        self._say_where_kept()

    async def _choose_ca(self) -> None:
        file = await open_file(self, _("Choose a certificate authority"), [(_("Certificates"), ["*.pem", "*.crt"])])
        if file is not None:
            self._ca.setText(str(file))
            self._changed()

    def _toggle_advanced(self) -> None:
        self.show_advanced(self._advanced.isHidden())

    def show_advanced(self, shown: bool) -> None:
        """Open or close the less usual settings."""
        self._advanced.setVisible(shown)
        self._ask()
        self._more.set_label(_("Fewer settings") if shown else _("More settings"))
        self._more.set_glyph("chevron-up" if shown else "chevron-down", "accentText")

    # --- values ------------------------------------------------------------------------------------------------
    def load(self, profile: Profile, provider: Provider | None = None) -> None:
        """Show a profile, with what its provider is known to want."""
        self._loading = True
        self._provider, self._provider_id = provider, profile.provider
        identity = profile.identity
        self._name.setText(profile.name)
        self.server.load(profile.relay, provider)
        self.limits.load(profile.limits, provider)
        self._username.setText(profile.username)
        self.sign_in.load(profile, provider)
        self._password.set_text("")
        self._password.set_shown(False)
        self._password.set_placeholder("")
        self._sender.setText(identity.from_header)
        self._mirrored = identity.from_header if identity.from_header == profile.username else ""
        self._envelope.setText(identity.envelope_sender)
        self._ehlo.setText(identity.ehlo_name)
        self._ca.setText(profile.relay.ca_file or "")
        for line in (self._name, self._username, self._sender):
            line.setCursorPosition(0)
        self.username.set_help((provider.username_help if provider else "") or _("Empty means: no sign-in."))
        self.username.set_label((provider.username_label if provider else "") or _("User name"))
        self.password.set_label((provider.password_label if provider else "") or _("Password"))
        self._tell()
        self._ask()
        self._clear_errors()
        self._session_chosen = self._for_session = False
        self.set_keyring(self._keyring, self._where_kept)
        self._loading = False
        self._advise()

    def set_has_secret(self, has_secret: bool, *, for_session: bool = False) -> None:
        """Dots in the empty password line: one is kept, and stays unless another is typed; where it is kept."""
        self._password.set_placeholder(_KEPT if has_secret else "")
        self._for_session = has_secret and for_session
        self._say_where_kept()

    def set_keyring(self, usable: bool, sentence: str) -> None:
        """Where passwords are kept, or that they are not; then "for this session only" is on unless it was chosen."""
        self._keyring, self._where_kept = usable, sentence
        if not self._session_chosen:
            self._session.setChecked(not usable)
        self._say_where_kept()

    def _say_where_kept(self) -> None:
        """The choice stands where it matters: with a password just typed, or without a keyring."""
        by_page = self.sign_in.by_page()
        self._session.setVisible(not self._keyring or (bool(self._password.text()) and not by_page))
        nowhere = _("Used until the program is closed, and kept nowhere.")
        gone = self._for_session and not self._password.text()
        self.password.set_help(nowhere if gone or self.session_only() else self._where_kept)

    def session_only(self) -> bool:
        """Whether the password is to be kept in this process only."""
        return self._session.isChecked()

    def security_value(self) -> Security:
        """The chosen encryption."""
        return self.server.security_value()

    def set_security(self, security: Security) -> None:
        """Choose an encryption as the person would."""
        self.server.set_security(security)

    def profile(self) -> Profile:
        """What the fields say. Numbers that are none become values that :meth:`problems` refuses."""
        return Profile(
            name=self._name.text().strip(),
            relay=self.server.relay(self._ca.text().strip() or None),
            identity=Identity(
                from_header=self._sender.text().strip(),
                envelope_sender=self._envelope.text().strip(),
                ehlo_name=self._ehlo.text().strip(),
            ),
            username=self._username.text().strip(),
            limits=self.limits.value(),
            provider=self._provider_id,
            sign_in=self.sign_in.way(),
        )

    def secret(self) -> Secret | None:
        """The password if one was typed; None means: leave the kept one."""
        typed = "" if self.sign_in.by_page() else self._password.text()
        return Secret(typed) if typed else None

    def keep_typed(self, secret: Secret | None) -> None:
        """Put back a password that was typed before another profile was loaded."""
        self._password.set_text(secret.reveal() if secret is not None else "")
        self._say_where_kept()

    # --- what is wrong -----------------------------------------------------------------------------------------
    def _fields(self) -> dict[str, Field]:
        return {
            "name": self.name, "host": self.host, "port": self.port, "security": self.security, "plain": self.plain,
            "username": self.username,
            "from": self.from_field, "sender": self.envelope, "ehlo": self.ehlo, "ca-file": self.ca,
            **self.limits.fields, "limits": self.limits.fields["max_connections"],
        }  # fmt: skip

    def _clear_errors(self) -> None:
        for field in self._fields().values():
            field.set_error("")

    def _advise(self) -> None:
        """Warnings that keep nobody from saving, and the leave to send a password in the clear."""
        profile = self.profile()
        self._clear_errors()
        self.server.advise(profile)

    def problems(self, taken: Collection[str]) -> bool:
        """Mark what cannot be right, focus the first; True when there is any. ``taken``: names of other profiles."""
        self._advise()
        found = rules.problems(self.profile(), self.limits.texts(), taken)
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
        if key in ("sender", "ehlo", "ca-file"):
            self.show_advanced(True)
        elif key in ("host", "port", "security", "plain"):
            self.server.open()
        elif key == "limits" or key in self.limits.fields:
            self.limits.set_open(True)
        field = self._fields()[key]
        field.control.setFocus()
        self._bring(field)

    def show_limits(self) -> None:
        """Unfold the limits and bring them into view."""
        self.limits.set_open(True)
        self._bring(self.limits)

    def _bring(self, part: QWidget) -> None:
        """Into view, now and once more when what was just unfolded has its place."""
        around = self.parentWidget()
        while around is not None and not isinstance(around, QScrollArea):
            around = around.parentWidget()
        if around is not None:
            around.ensureWidgetVisible(part, 0, 24)
            QTimer.singleShot(0, self, partial(around.ensureWidgetVisible, part, 0, 24))

    def focus_first(self) -> None:
        """Begin with the name, or the first field that is still empty."""
        for line in (self._host, self._username, self._password.line, self._name):
            if line.isVisibleTo(self) and not line.text():
                line.setFocus()
                return
        self._name.setFocus()
