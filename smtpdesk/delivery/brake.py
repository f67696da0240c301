"""Stops a lane that goes far worse than any list may: a wrong list, a blocked sender, a server that cuts every body.

A person is asked then, and may go on in spite of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

from smtpdesk.domain.delivery import Outcome, OutcomeKind, Stage

#: The last so many outcomes are looked at.
LAST = 50
#: So many of them refused for good: lists that were kept well have one or two, old ones five or ten, and even one of
#: which every second address is gone is a person's own affair.
REFUSED = 32
#: So many of them without an answer to their body, and at least this part of what is looked at.
CUT, CUT_PART = 5, 0.5
#: On connections that were opened after the cut before: a server that is restarted cuts all at once, but only once.
EPISODES = 3
#: What stops the lane, as meanings of ``resources/replies``.
MANY_REFUSED, MANY_CUT = "run.many-refused", "run.many-cut"


class Brake:
    """Looks at what became of the last messages.

    Args:
        excused: what a person has seen before, and wanted to go on in spite of it.
    """

    def __init__(self, excused: Collection[str] = ()) -> None:
        self._excused = set(excused)
        #: Refused for good, or else the number of the episode in which the body was cut, or 0.
        self._last: deque[tuple[bool, int]] = deque()
        self._refused = 0
        self._cut = 0
        self._episode = 0
        self._connected = True

    def connected(self) -> None:
        """A connection was opened."""
        self._connected = True

    def excuse(self) -> None:
        """A person wants to go on in spite of what was seen; it counts again once things were well in between."""
        self._excused = {MANY_REFUSED, MANY_CUT}

    def heard(self, outcome: Outcome) -> str:
        """One more outcome; returns why the lane is to be stopped, or ""."""
        refused = outcome.kind is OutcomeKind.REJECTED and outcome.stage is not Stage.RENDER
        cut = 0
        if outcome.kind is OutcomeKind.UNCERTAIN:
            if self._connected:
                self._connected = False
                self._episode += 1
            cut = self._episode
        self._last.append((refused, cut))
        self._refused += refused
        self._cut += cut > 0
        if len(self._last) > LAST:
            gone_refused, gone_cut = self._last.popleft()
            self._refused -= gone_refused
            self._cut -= gone_cut > 0
        return self._judge() if refused or cut else self._rearm()

    def _judge(self) -> str:
        if len(self._last) == LAST and self._refused >= REFUSED and MANY_REFUSED not in self._excused:
            return MANY_REFUSED
        enough = self._cut >= max(CUT, CUT_PART * len(self._last))
        if enough and MANY_CUT not in self._excused and len({cut for _refused, cut in self._last if cut}) >= EPISODES:
            return MANY_CUT
        return ""

    def _rearm(self) -> str:
        if self._excused and len(self._last) == LAST:
            if self._refused <= REFUSED // 4:
                self._excused.discard(MANY_REFUSED)
            if not self._cut:
                self._excused.discard(MANY_CUT)
        return ""
