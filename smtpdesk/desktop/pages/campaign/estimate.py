"""How long a campaign takes under the limits of its profiles, in words; the arithmetic is the desk's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from smtpdesk.base.clock import now
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desk.forecast import Budget, time_needed
from smtpdesk.domain.profile import Profile
from smtpdesk.domain.schedule import Schedule

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """``seconds``: None when no limit is known. ``days``: how many days it stretches to, 1 or more."""

    seconds: float | None
    days: int


def estimate(count: int, profiles: Sequence[Profile], schedule: Schedule | None = None) -> Estimate:
    """For ``count`` messages through these profiles together, from now on, within the hours of the schedule."""
    seconds = time_needed(count, [Budget(p.limits) for p in profiles], schedule, now()) if profiles else None
    return Estimate(seconds, 1 if seconds is None else 1 + int(seconds // _DAY))


def words(found: Estimate) -> str:
    """In one line."""
    if found.days > 1:
        return _("{n} days: the daily limits let no more through").format(n=found.days)
    if found.seconds is None:
        return _("as fast as the server takes them; no limit is set")
    return _("{time} at the profiles' limits").format(time=duration(found.seconds))


def duration(seconds: float) -> str:
    """``about 24 minutes``."""
    if seconds < _MINUTE:
        return _("less than a minute")
    minutes = math.ceil(seconds / _MINUTE)
    if minutes < 90:
        return ngettext("about {n} minute", "about {n} minutes", minutes).format(n=minutes)
    hours = round(seconds / _HOUR, 1)
    return _("about {n} hours").format(n=f"{hours:g}")
