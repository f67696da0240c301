"""What a scripted server can be told to do, and when; used through :mod:`tests.servers.scripted`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Act:
    """What to do instead of the normal answer. Made by :func:`say`, :func:`drop`, :func:`hang`, :func:`hold` …"""

    #: The answer's bytes; None means the normal answer.
    reply: bytes | None = None
    #: Seconds before answering.
    delay: float = 0.0
    #: ``""``, ``"before"`` (no answer) or ``"after"`` (answer, then close).
    drop: str = ""
    #: Close with a TCP reset instead of an orderly end.
    reset: bool = False
    #: Send the answer one byte at a time.
    trickle: bool = False
    #: Answer never (or nothing more after ``reply``); the connection stays open until the client gives up.
    hang: bool = False
    #: Answer once this is set.
    gate: threading.Event | None = None
    #: Called on the server's thread before the answer.
    first: Callable[[], object] | None = None


def say(
    reply: str | bytes, *, delay: float = 0.0, trickle: bool = False, then_drop: bool = False, then_hang: bool = False
) -> Act:
    """Answer with ``reply`` (lines joined by ``\\n``; bytes go out exactly as they are, right or wrong)."""
    raw = reply if isinstance(reply, bytes) else b"".join(line.encode() + b"\r\n" for line in reply.split("\n"))
    return Act(reply=raw, delay=delay, trickle=trickle, drop="after" if then_drop else "", hang=then_hang)


def drop(*, reset: bool = False) -> Act:
    """Close the connection without an answer; ``reset`` sends RST instead of FIN."""
    return Act(drop="before", reset=reset)


def accept_then_drop() -> Act:
    """The normal answer, then close."""
    return Act(drop="after")


def hang() -> Act:
    """Say nothing more on this connection, and keep it open."""
    return Act(hang=True)


def hold(gate: threading.Event) -> Act:
    """The normal answer, but not before the test sets ``gate``."""
    return Act(gate=gate)


def call(first: Callable[[], object]) -> Act:
    """Do something of the test's at this very moment (end the client, say), then answer normally."""
    return Act(first=first)


def trickle() -> Act:
    """The normal answer, one byte at a time."""
    return Act(trickle=True)


@dataclass
class Rule:
    """An act for a stage: which occurrences it is for, and how often it was done."""

    act: Act
    times: int | None
    after: int
    match: str
    seen: int = 0
    done: int = 0

    def wants(self, line: str) -> bool:
        """Whether the next command ``line`` is this rule's; counts it."""
        if self.match and self.match.lower() not in line.lower():
            return False
        self.seen += 1
        if self.seen <= self.after or (self.times is not None and self.done >= self.times):
            return False
        self.done += 1
        return True
