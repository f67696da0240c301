"""Asks the ledger what an allowance has to know: who else sends with the profile, and what was sent lately."""

from __future__ import annotations

import time

from smtpdesk.base.clock import now
from smtpdesk.delivery.allowance import Allowance
from smtpdesk.delivery.ports import Ledger
from smtpdesk.delivery.windows import BUCKETS


async def refresh(allowance: Allowance, profile: str, ledger: Ledger) -> None:
    """Look at the ledger when it is time to; the first time before anything is sent."""
    if not allowance.looks(time.monotonic()):
        return
    others, earlier = await ledger.sharers(profile)
    if allowance.shared_by(others, time.monotonic()):
        await _load(allowance, profile, ledger)
        allowance.loaded(earlier, time.monotonic())


async def _load(allowance: Allowance, profile: str, ledger: Ledger) -> None:
    for window in allowance.windows:
        found = await ledger.sent_in(profile, now() - window.seconds - window.bucket, window.bucket)
        away = time.monotonic() - now()
        allowance.load(window, [(at + away, count) for at, count in found], time.monotonic())
    if allowance.domains.bound:
        last: dict[str, float] = {}
        for at, domain in await ledger.sent_to(profile, now() - allowance.domains.longest):
            last[domain] = at + time.monotonic() - now()
        allowance.domains.load(last, time.monotonic())
    gap = allowance.follows
    if gap:
        sent = await ledger.sent_in(profile, now() - gap, gap / BUCKETS)
        moment = time.monotonic()
        away = moment - now() + gap / BUCKETS
        allowance.follow(min(sent[-1][0] + away, moment) if sent else None)
