"""How profiles and states are called on this page."""

from __future__ import annotations

from datetime import date, datetime

from smtpdesk.base.i18n import _
from smtpdesk.domain.profile import SANDBOX, Profile, Relay, Security
from smtpdesk.providers import Provider
from smtpdesk.store import ProfileRow


def shown_name(name: str) -> str:
    """A profile's name as the window shows it: the built-in one is stored in small letters, and read as a word."""
    return _("Sandbox") if name == SANDBOX else name


def from_preset(name: str, provider: Provider | None, address: str = "") -> Profile:
    """A new profile with what its provider is known to want, and what the person's address tells."""
    if provider is None:
        return Profile(name, Relay("", 587, Security.STARTTLS))
    return provider.profile(name, address)


def lost_words(profile: Profile) -> str:
    """That a stored secret was for another server, and is gone."""
    if profile.uses_tokens:
        return _("The sign-in was for another server and is forgotten. Sign in again.")
    words = _("The stored password was for another server and is forgotten. Enter the one for {host}.")
    return words.format(host=profile.relay.host)


def seconds_words(seconds: float) -> str:
    """``18 ms``, ``10.0 s``."""
    return _("{n} ms").format(n=round(seconds * 1000)) if seconds < 1 else _("{n} s").format(n=f"{seconds:.1f}")


def when_words(stamp: float) -> str:
    """``today``, ``yesterday`` or the date."""
    day = datetime.fromtimestamp(stamp).date()
    ago = (date.today() - day).days
    if ago == 0:
        return _("today")
    return _("yesterday") if ago == 1 else day.isoformat()


def row_state(row: ProfileRow) -> tuple[str, str]:
    """Status (ok, bad, wait) and one line for a profile in the list."""
    if row.profile.provider == SANDBOX:
        return "ok", _("Built in, delivers nothing")
    if row.tested_at is None:
        return "wait", _("Not tested yet")
    day = when_words(row.tested_at)
    if row.test_ok:
        return "ok", _("Ready, tested {day}").format(day=day)
    return "bad", _("Test failed {day}").format(day=day)


def security_words() -> list[tuple[Security, str]]:
    """The ways to protect a connection, in the order of the form."""
    return [(Security.TLS, _("TLS")), (Security.STARTTLS, "STARTTLS"), (Security.NONE, _("None"))]
