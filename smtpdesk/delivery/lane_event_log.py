"""What changed in a lane, and why: kept for the log, each change once."""

from __future__ import annotations

from smtpdesk.domain.delivery import LaneChange, LaneEvent, Outcome


class LaneEventLog:
    """Collects events of one lane until somebody writes them down. ``at`` is seconds since the epoch."""

    def __init__(self, run: str, profile: str) -> None:
        self._run = run
        self._profile = profile
        self._events: list[LaneEvent] = []
        #: What it was told last that keeps the lane from sending; "" while it sends.
        self._hindrance = ""

    def hindered(self, change: LaneChange, at: float, why: Outcome | None = None, until: float | None = None) -> None:
        """The lane rests, is at a limit, or failed; said once until it is back."""
        told = f"{change}:{why.cause if why else ''}"
        if told != self._hindrance:
            self._hindrance = told
            self._tell(change, at, why, until=until)

    def sends(self, at: float) -> None:
        """A message was accepted: whatever kept the lane from it is over."""
        if self._hindrance:
            self._hindrance = ""
            self._tell(LaneChange.BACK, at)

    def pace(self, change: LaneChange, at: float, allowed: float | None, why: Outcome | None = None) -> None:
        """The rate changed."""
        self._tell(change, at, why, allowed=allowed)

    def take(self) -> list[LaneEvent]:
        """What happened since the last time."""
        events, self._events = self._events, []
        return events

    def _tell(
        self,
        change: LaneChange,
        at: float,
        why: Outcome | None = None,
        *,
        allowed: float | None = None,
        until: float | None = None,
    ) -> None:
        cause, said = (why.cause, why.reply.said) if why else ("", "")
        self._events.append(LaneEvent(self._run, self._profile, at, change, cause, said, allowed, until))
