"""Fixes that a person tries one after the other: when none of them helped, the fields are as they were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from smtpdesk.desk.diagnosis import Diagnosis, Mend
from smtpdesk.desk.fix_trail import FixTrail
from smtpdesk.desk.profiles import Profiles
from smtpdesk.domain.profile import Profile


class Fixes:
    """Keeps what stood in the form before the first fix. ``restore`` puts it back."""

    def __init__(self, profiles: Profiles, restore: Callable[[Profile], None]) -> None:
        self._profiles, self._restore = profiles, restore
        self._trail = FixTrail()

    def take(self, entered: Profile, fix: Mend) -> Profile:
        """A fix is tried; returns what is to stand in the form."""
        return self._trail.take(entered, fix)

    def forget(self) -> None:
        """What stands in the form is the person's own now."""
        self._trail.end()

    def judged(self, profile: Profile, found: Diagnosis | None) -> Diagnosis | None:
        """A test has ended: the same with what may be tried next; when nothing may be, the fields are put back."""
        fix = self._profiles.next_fix(self._trail, profile, found)
        before = self._trail.end() if fix is None else None
        if found is None:
            return None
        if before is not None:
            self._restore(before)
        return replace(found, mend=fix)
