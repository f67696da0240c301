"""For which servers a stored secret was given: where it may go when a profile changes."""

from __future__ import annotations

from smtpdesk.domain.loopback import is_loopback
from smtpdesk.domain.profile import Profile
from smtpdesk.providers import plain_host, providers


def may_keep_secret(before: Profile, after: Profile, trusted_host: str = "") -> bool:
    """Whether the secret that was given for ``before`` may go to the server of ``after``.

    It may where the host is the same, where the profile's own preset names it, and where both are on this computer.
    A refresh token belongs to a provider as well: another one would be handed the key to a foreign account.

    Args:
        trusted_host: a host that a person has named as one that may have it.
    """
    if after.uses_tokens and before.provider != after.provider:
        return False
    own, other = before.relay.bare_host, after.relay.bare_host
    if plain_host(own) == plain_host(other) or (trusted_host and plain_host(other) == plain_host(trusted_host)):
        return True
    if is_loopback(own) and is_loopback(other):
        return True
    return plain_host(other) in _named_by_preset(before)


def _named_by_preset(profile: Profile) -> frozenset[str]:
    """The hosts of the preset that a person chose, else those of the one whose server the profile has."""
    host = plain_host(profile.relay.host)
    for one in providers():
        if one.id == profile.provider or (not profile.provider and host in one.hosts):
            return one.hosts
    return frozenset()
