"""What ``smtpdesk profile add`` says when it has saved a profile: what came of it, and what is still missing."""

from __future__ import annotations

from dataclasses import dataclass

from smtpdesk.base.i18n import _
from smtpdesk.base.shell import quoted
from smtpdesk.cli.console import foreign
from smtpdesk.cli.running import notes, say_json
from smtpdesk.domain.profile import SANDBOX, Profile
from smtpdesk.providers import PasswordKind, Provider


@dataclass(frozen=True, slots=True)
class Saved:
    """A profile that was saved.

    ``preset``: what it was made from. ``replaced``: there was one of this name. ``secret``: a password came with it.
    ``lost``: the one that was stored was for another server, and is forgotten.
    """

    profile: Profile
    preset: Provider | None
    replaced: bool
    secret: bool
    lost: bool = False

    @property
    def needs(self) -> list[str]:
        """What is missing before it can send, each in a sentence."""
        missing = [lost_words(self.profile)] if self.lost else []
        if not self.profile.identity.from_header and self.profile.provider != SANDBOX:
            missing.append(_("No sender is set yet: add --from, unless every campaign names its own."))
        preset = self.preset
        app_password = preset is not None and preset.password_kind is PasswordKind.APP_PASSWORD
        if preset is not None and app_password and not self.secret and not self.profile.uses_tokens:
            links = " ".join(f"{link.label}: {link.url}" for link in preset.help[:1])
            missing.append(" ".join((f"{preset.password_label}:", preset.password_help, links)).strip())
        return missing

    def say(self, *, as_json: bool) -> None:
        """Tell a person, or a program."""
        notices = list(self.preset.notices) if self.preset else []
        if as_json:
            event = {"event": "saved", "name": self.profile.name, "replaced": self.replaced}
            say_json({**event, "server": _server(self.profile), "needs": self.needs, "notices": notices})
            return
        notes.print(f"{foreign(self._sentence())} {foreign(self._next())}")
        notes.print(f"  {foreign(_understood(self.profile))}")
        for sentence in (*self.needs, *notices):
            notes.print(f"[yellow]![/] {foreign(sentence)}")

    def _sentence(self) -> str:
        said = _("Profile “{name}” is replaced.") if self.replaced else _("Profile “{name}” is saved.")
        return said.format(name=self.profile.name)

    def _next(self) -> str:
        if self.profile.uses_tokens:
            return _("Now sign in: smtpdesk profile sign-in {name}").format(name=quoted(self.profile.name))
        return _("Try it: smtpdesk profile test {name}").format(name=quoted(self.profile.name))


def lost_words(profile: Profile) -> str:
    """That the stored secret was for another server, and how to enter the one for this."""
    if profile.uses_tokens:
        words = _("The sign-in was for another server and is forgotten. Sign in again: smtpdesk profile sign-in {name}")
        return words.format(name=quoted(profile.name))
    words = _(
        "The stored password was for another server and is forgotten. Enter the one for {host}: "
        "smtpdesk profile change {name} --password-stdin"
    )
    return words.format(host=profile.relay.host, name=quoted(profile.name))


def _server(profile: Profile) -> str:
    return f"{profile.relay.host}:{profile.relay.port} {profile.relay.security}"


def _understood(profile: Profile) -> str:
    """What was made of the options, so that a slip is seen before the first test."""
    server = _server(profile)
    if profile.username:
        return _("Server {server}, user name {user}.").format(server=server, user=profile.username)
    return _("Server {server}, no user name: it will not sign in (--username).").format(server=server)
