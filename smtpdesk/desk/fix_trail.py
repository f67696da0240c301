"""Suggested fixes, one tried after the other: none twice, and nothing stays changed when none of them helped."""

from __future__ import annotations

from smtpdesk.base.i18n import _
from smtpdesk.desk.case import Diagnosis
from smtpdesk.desk.mends import Mend, to_username
from smtpdesk.domain.profile import Profile
from smtpdesk.providers import Provider, UserName

#: So many are tried before a person is asked again.
MOST = 3
#: A refused password may be a user name in the wrong form.
_REFUSED = {"profile.password", "profile.auth-mechanism"}


class FixTrail:
    """From the profile as it was to one that works, or back."""

    def __init__(self) -> None:
        #: The profile before the first fix; None while none was tried.
        self.before: Profile | None = None
        self._tried: list[Profile] = []

    def next(self, profile: Profile, found: Diagnosis | None, provider: Provider | None) -> Mend | None:
        """What to try after a test of ``profile`` that ended like this; None when there is nothing left."""
        if found is None or len(self._tried) >= MOST:
            return None
        fix = found.mend or _other_user_name(profile, found, provider)
        known = [profile, *self._tried, *([self.before] if self.before is not None else [])]
        return None if fix is None or fix.profile in known else fix

    def take(self, before: Profile, fix: Mend) -> Profile:
        """``fix`` is tried now; returns the profile to test."""
        self.before = self.before or before
        self._tried.append(fix.profile)
        return fix.profile

    def end(self) -> Profile | None:
        """No further fix: returns the profile as it was before the first one. The next fix begins a new trail."""
        before, self.before, self._tried = self.before, None, []
        return before


def _other_user_name(profile: Profile, found: Diagnosis, provider: Provider | None) -> Mend | None:
    """Without the part from the @ on, where nobody knows which form the server wants."""
    local, at, _domain = profile.username.partition("@")
    known = provider is not None and (provider.username_form is not UserName.GIVEN or provider.username_fixed)
    if known or not at or not local or found.cause not in _REFUSED or found.step != "auth":
        return None
    return to_username(profile, local, _("Some servers know you by what stands before the @ alone."))
