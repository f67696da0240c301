"""When a row that was not accepted is tried again, and when that ends."""

from __future__ import annotations

import random
from dataclasses import replace

from smtpdesk.domain.campaign import RetryPlan
from smtpdesk.domain.delivery import Blame, Claimed, Outcome, OutcomeKind, Result

#: Whose fault is not the row's: it stays due at once, and the lane rests or pauses instead.
LANE_BLAME = frozenset({Blame.PROFILE, Blame.RELAY, Blame.NETWORK})
#: A known time to wait (seconds) that is at least this long goes before the plan: a full mailbox is not emptied in a
#: minute. A shorter one does not: greylisting is often over at the plan's first or second try. A campaign's own plan
#: is always kept.
LONG = 900.0
#: A connection that breaks is tried again at once so many times before it may be the row's doing.
MOST_BROKEN = 3
_BROKEN = frozenset({"network.disconnected", "network.cut-short"})
_JITTER = random.Random()


def is_trouble(outcome: Outcome) -> bool:
    """Whether an answer is about the lane, not the row. The end of a connection tells for itself why it came."""
    told = outcome.kind is not OutcomeKind.UNCERTAIN and outcome.reply.code not in {0, 421}
    return told and outcome.blame in LANE_BLAME


def result_of(claimed: Claimed, outcome: Outcome, profile: str, now: float, plan: RetryPlan) -> Result:
    """What the ledger records for one attempt: final, or pending again with the time it is due.

    A deferred row whose first try is longer ago than the plan's ``give_up_after`` is rejected with the server's last
    words. A refusal that blames profile, relay or network never rejects a row.
    """
    if outcome.kind in {OutcomeKind.ACCEPTED, OutcomeKind.UNCERTAIN}:
        return Result(claimed.id, outcome, profile, now)
    if outcome.blame in LANE_BLAME:
        deferred = replace(outcome, kind=OutcomeKind.DEFERRED)
        return Result(claimed.id, deferred, profile, now, due=_lane_due(claimed, outcome, now, plan))
    if outcome.kind is OutcomeKind.REJECTED:
        return Result(claimed.id, outcome, profile, now)
    if claimed.first_tried is not None and now - claimed.first_tried >= plan.give_up_after:
        return Result(claimed.id, replace(outcome, kind=OutcomeKind.REJECTED), profile, now)
    delay = plan.delay(claimed.attempts + 1)
    if plan == RetryPlan() and (outcome.retry_after or 0.0) >= LONG:
        delay = max(delay, outcome.retry_after or 0.0)
    return Result(claimed.id, outcome, profile, now, due=now + _spread(delay))


def _lane_due(claimed: Claimed, outcome: Outcome, now: float, plan: RetryPlan) -> float:
    """A broken connection may be this row's doing after all (a filter that hangs up), so it does not go first again."""
    if outcome.blame is Blame.PROFILE:
        return now
    if outcome.cause in _BROKEN and claimed.attempts < MOST_BROKEN:
        return now
    return now + _spread(min(plan.delay(claimed.attempts + 1), 60.0)) if claimed.attempts else now


def _spread(delay: float) -> float:
    return delay * _JITTER.uniform(1.0, 1.1)
