"""What one click can mend after a failed test."""

from __future__ import annotations

from dataclasses import dataclass

from smtpdesk.base.i18n import _
from smtpdesk.domain.delivery import Stage
from smtpdesk.domain.profile import Profile, Security
from smtpdesk.smtp.probe import ProbeStep

_BEFORE_AUTH = (Stage.CONNECT, Stage.GREETING, Stage.EHLO, Stage.STARTTLS)


@dataclass(frozen=True, slots=True)
class Fix:
    """A remedy: the words on its button, and the encryption it chooses."""

    label: str
    security: Security


def fix_for(profile: Profile, step: ProbeStep) -> Fix | None:
    """The remedy for a failed step, where the form itself can be mended; None when a person must think."""
    relay = profile.relay
    if step.stage not in _BEFORE_AUTH:
        return None
    if relay.security is Security.STARTTLS and relay.port == 465:
        return Fix(_("Use TLS and test again"), Security.TLS)
    if relay.security is Security.TLS and relay.port in (25, 587, 2525):
        return Fix(_("Use STARTTLS and test again"), Security.STARTTLS)
    if relay.security is Security.NONE and relay.port == 465:
        return Fix(_("Use TLS and test again"), Security.TLS)
    return None
