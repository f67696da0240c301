"""The part of the form that is about signing in on the provider's own page."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Elide, Field, Glyph, SegmentedControl, box, button, clear, hbox, text, vbox
from smtpdesk.domain.oauth import OAuthServer
from smtpdesk.domain.profile import OAUTH2, PASSWORD, Profile
from smtpdesk.providers import PasswordKind, Provider


class SignInSection(QWidget):
    """Hidden where the provider has no such page. ``chosen()``: password or page; the rest ask for a deed."""

    chosen = Signal()
    sign_in_wanted = Signal()
    sign_out_wanted = Signal()
    cancel_wanted = Signal()
    help_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._server: OAuthServer | None = None
        self._way = PASSWORD
        self._choice: SegmentedControl | None = None
        self._choices = hbox(gap=0)
        self._make_client()
        self._why = text("", "caption", "2", wrap=True)
        self._go = button(_("Sign in"), "primary", "log-in", clicked=self.sign_in_wanted.emit)
        self._waits = text("", "body", wrap=True)
        self._cancel = button(_("Cancel"), "quiet", size="small", clicked=self.cancel_wanted.emit)
        self._waiting = box(hbox((self._waits, 1), self._cancel, gap=8))
        self._said, self._who = text(_("Signed in as"), "body", "2"), Elide("", "strong")
        self._leave = button(_("Sign out"), "", "log-out", "small", clicked=self.sign_out_wanted.emit)
        mark = box(vbox(2, Glyph("circle-check", "ok", 15), None, gap=0))
        who = box(vbox(self._said, self._who, gap=0))
        self._signed = box(vbox(hbox(mark, (who, 1), gap=8), hbox(self._leave, None), gap=8))
        self._page = box(vbox(self._client, hbox(self._go, None), self._waiting, self._signed, self._why, gap=8))
        self.setLayout(vbox(box(self._choices), self._page, gap=8))
        self._state(signed=False)
        self.hide()

    def _make_client(self) -> None:
        self._client_words = text("", "caption", "warn", wrap=True)
        self._id, self._secret = QLineEdit(), QLineEdit()
        self._id.textChanged.connect(lambda _words: self._allow())
        self.client_id = Field(_("Client ID"), self._id)
        self.client_secret = Field(_("Client secret"), self._secret, _("Google's desktop clients have one besides."))
        how = button(_("How to make one"), "link", "circle-question-mark", clicked=self.help_wanted.emit)
        self._client = box(vbox(self._client_words, self.client_id, self.client_secret, hbox(how, None), gap=6))
        self._client.hide()

    # --- which way ---------------------------------------------------------------------------------------------
    def load(self, profile: Profile, provider: Provider | None) -> None:
        """Show how a profile signs in, where its provider leaves a choice or has only its page."""
        self._server = provider.oauth if provider is not None else None
        self._way = profile.sign_in
        self.setVisible(self._server is not None)
        clear(self._choices)
        self._choice = None
        self.client_needed(False)
        if self._server is None or provider is None:
            return
        page = _("Sign in with {provider}").format(provider=self._server.title)
        only = provider.password_kind is PasswordKind.OAUTH2
        self._go.set_label(page if only else _("Continue in the browser"))
        self._why.set_text(
            _("Opens {provider}'s own page in your browser. SMTPDesk never sees your password.").format(
                provider=self._server.title
            )
        )
        self._waits.set_text(_("Waiting for you to sign in, in the browser …"))
        if not only:
            index = 0 if profile.uses_tokens else 1
            self._choice = SegmentedControl([page, provider.password_label], index, _("How it signs in"))
            self._choice.picked.connect(self._pick)
            self._choices.addWidget(self._choice)
            self._choices.addStretch(1)
        else:
            self._way = OAUTH2
        self._page.setVisible(self.by_page())
        self._state(signed=False)

    def way(self) -> str:
        """How the profile is to sign in: ``PASSWORD`` or ``OAUTH2``."""
        return self._way

    def by_page(self) -> bool:
        """True when no password is asked for here."""
        return self._server is not None and self._way == OAUTH2

    def _pick(self, index: int) -> None:
        self._way = OAUTH2 if index == 0 else PASSWORD
        self._page.setVisible(self.by_page())
        self.chosen.emit()

    # --- how it stands -----------------------------------------------------------------------------------------
    def show_account(self, account: str | None) -> None:
        """Who is signed in; None when nobody is."""
        self._state(signed=account is not None)
        if account is not None:
            self._said.set_text(_("Signed in as") if account else _("Signed in"))
            self._who.set_text(account)

    def show_waiting(self) -> None:
        """The person is at the provider's page."""
        self._state(signed=False, waiting=True)
        self._cancel.setFocus()

    def client_needed(self, needed: bool) -> None:
        """Ask for the client ID: nobody has entered one."""
        self._client.setVisible(needed)
        if needed and self._server is not None:
            self._client_words.set_text(
                _("SMTPDesk is not known to {provider} yet: it needs a client ID, once.").format(
                    provider=self._server.title
                )
            )
            self.client_secret.setVisible(self._server.client_secret)
        self._allow()

    def client(self) -> tuple[str, str]:
        """Client ID and secret as typed; empty where none is asked for."""
        return ("", "") if self._client.isHidden() else (self._id.text().strip(), self._secret.text().strip())

    def _allow(self) -> None:
        self._go.setEnabled(self._client.isHidden() or bool(self._id.text().strip()))

    def _state(self, *, signed: bool, waiting: bool = False) -> None:
        self._signed.setVisible(signed)
        self._waiting.setVisible(waiting)
        self._go.setVisible(not signed and not waiting)
        self._why.setVisible(not signed and not waiting)
