"""How a lane is, in the words of the sending page."""

from __future__ import annotations

from smtpdesk.delivery.instant import Instant
from smtpdesk.delivery.lane_standing import HOLDS, LaneStanding
from smtpdesk.domain.delivery import SHARED_CONNECTIONS, LaneInfo, LaneState, OutcomeKind


def describe(lane: LaneStanding, connections: int, *, busy: bool, now: Instant) -> LaneInfo:
    """What a lane shows of itself.

    Args:
        connections: how many can carry mail now. ``busy``: rows are held, or being claimed.
    """
    state, until = _state(lane, busy, now)
    allowance, figures, backoff = lane.allowance, lane.figures, lane.backoff
    slowed = allowance.throttle.allowed is not None
    why = backoff.failure or (backoff.note if backoff.resting(now.moment) or slowed else None)
    return LaneInfo(
        profile=lane.profile,
        state=state,
        note=why.cause if why else SHARED_CONNECTIONS if lane.crowded_out else "",
        connections=connections,
        accepted=figures[OutcomeKind.ACCEPTED],
        rate=figures.rate(now.moment),
        deferred=figures[OutcomeKind.DEFERRED],
        rejected=figures[OutcomeKind.REJECTED],
        uncertain=figures[OutcomeKind.UNCERTAIN],
        allowed=allowance.rate,
        full=allowance.throttle.full,
        left_today=allowance.left_today(now.moment),
        until=until,
        latency=figures.latency(),
    )


def _state(lane: LaneStanding, busy: bool, now: Instant) -> tuple[LaneState, float | None]:
    if lane.failure is not None or lane.paused:
        return LaneState.PAUSED, None
    if lane.held_until is not None:
        return LaneState.HOURS, lane.held_until
    rest = lane.backoff.resting(now.moment)
    if rest:
        return LaneState.RESTING, now.at + rest
    closed = lane.allowance.closed(now.moment)
    if closed > HOLDS:
        return LaneState.LIMIT, now.at + closed
    if lane.draining or lane.crowded_out or (lane.rows_wanted.starved and not busy):
        return LaneState.WAITING, None
    return LaneState.SENDING if lane.reached else LaneState.CONNECTING, None
