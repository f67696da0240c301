"""How long a campaign takes under the limits of its profiles; plain arithmetic, no promises."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.domain.profile import Profile

_MINUTE, _HOUR = 60.0, 3600.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """``seconds``: None when no limit is known. ``days``: calendar days that daily limits stretch it to, 1 or more."""

    seconds: float | None
    days: int


def estimate(count: int, profiles: Sequence[Profile]) -> Estimate:
    """For ``count`` messages through these profiles together."""
    rates = [p.limits.rate / p.limits.rate_seconds for p in profiles if p.limits.rate]
    daily = [p.limits.daily for p in profiles if p.limits.daily]
    known = bool(profiles) and len(rates) == len(profiles)
    limited = bool(profiles) and len(daily) == len(profiles)
    days = max(1, math.ceil(count / sum(daily))) if limited else 1
    return Estimate(count / sum(rates) if known else None, days)


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
