"""Export and import of profiles: what leaves without its secrets, and what a profile that came still needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from smtpdesk.base.errors import VaultError
from smtpdesk.base.i18n import _
from smtpdesk.base.secret import Secret
from smtpdesk.base.shell import quoted
from smtpdesk.desk.profile_test import provider_of
from smtpdesk.domain.profile import Profile
from smtpdesk.providers import PasswordKind, UserName, plain_host

#: Asks for a secret by its name; raises VaultError where the keyring refuses.
Ask = Callable[[str], Awaitable[Secret | None]]


@dataclass(frozen=True, slots=True)
class Need:
    """What a profile lacks (``username``, ``password``, ``sign-in``, ``dkim``).

    Or what to look at (``host``, ``pin``, ``plain``).
    """

    kind: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Imported:
    """A profile that was imported, whether it took the place of one, and what it needs before it can send."""

    profile: Profile
    replaced: bool
    needs: tuple[Need, ...]


async def without_secrets(profile: Profile, ask: Ask) -> Profile:
    """The profile as it may be given away.

    Some services take one token as user name and as password (Postmark): such a user name stays here. So it does
    where it might be one and the keyring does not say.
    """
    if not profile.username:
        return profile
    known = provider_of(profile)
    suspect = (
        known is not None and known.username_form is UserName.GIVEN and known.password_kind is PasswordKind.API_KEY
    )
    secret = await _asked(ask, profile)
    same = secret.reveal() == profile.username if secret is not None else suspect
    return replace(profile, username="") if same else profile


async def needs(profile: Profile, ask: Ask) -> tuple[Need, ...]:
    """What a profile lacks on this computer, and what a person should know of it."""
    found = []
    known = provider_of(profile)
    name = quoted(profile.name)
    if not profile.username and known is not None and known.username_form not in (UserName.NONE, UserName.FIXED):
        words = _("It has no user name: smtpdesk profile change {name} --username NAME")
        found.append(Need("username", words.format(name=name)))
    elif profile.username and await _asked(ask, profile) is None:
        if profile.uses_tokens:
            words = _("Nobody is signed in: smtpdesk profile sign-in {name}")
            found.append(Need("sign-in", words.format(name=name)))
        else:
            words = _("It needs its password: smtpdesk profile change {name} --password-stdin")
            found.append(Need("password", words.format(name=name)))
    if profile.dkim is not None and await _by_name(ask, profile.dkim.secret_ref) is None:
        words = _("It needs its signing key for {domain}: smtpdesk dkim import {name} --help")
        found.append(Need("dkim", words.format(name=name, domain=profile.dkim.domain)))
    relay = profile.relay
    if profile.uses_tokens and known is not None and plain_host(relay.host) not in known.hosts:
        words = _("{host} is not a mail server of {provider}, so it will not get the sign-in.")
        found.append(Need("host", words.format(host=relay.host, provider=known.name)))
    if relay.pinned_sha256:
        found.append(Need("pin", _("It trusts one certificate, whoever issued it: compare the fingerprint.")))
    if relay.allow_plain_password:
        found.append(Need("plain", _("It may send its password over a connection that is not encrypted.")))
    return tuple(found)


def moved(before: Profile, after: Profile) -> bool:
    """Whether a stored secret would now go to another server, or as another account, than it was given for."""
    if (before.provider, before.sign_in) != (after.provider, after.sign_in) and after.uses_tokens:
        return True
    return replace(before.relay, ca_file=None) != replace(after.relay, ca_file=None) or bool(after.relay.ca_file)


async def _asked(ask: Ask, profile: Profile) -> Secret | None:
    return await _by_name(ask, profile.secret_ref)


async def _by_name(ask: Ask, ref: str) -> Secret | None:
    """None as well where the keyring does not say: the person is told what may be missing, and nothing is asked."""
    try:
        return await ask(ref)
    except VaultError:
        return None
