"""Time: one place to ask, so that everything written down is UTC."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now() -> float:
    """Seconds since the epoch, as stored in the workspace."""
    return time.time()


def utc(stamp: float) -> datetime:
    """An aware UTC datetime for a stored stamp."""
    return datetime.fromtimestamp(stamp, UTC)


def iso(stamp: float | None) -> str | None:
    """``2026-01-31T09:30:00Z`` for a stored stamp; ``None`` stays ``None``."""
    if stamp is None:
        return None
    return utc(stamp).strftime("%Y-%m-%dT%H:%M:%SZ")


def local_time(stamp: float) -> str:
    """``14:31:52`` on this computer's clock."""
    return datetime.fromtimestamp(stamp).strftime("%H:%M:%S")


def local_day(stamp: float) -> str:
    """``2026-01-31`` on this computer's clock."""
    return datetime.fromtimestamp(stamp).strftime("%Y-%m-%d")


def local_minute(stamp: float) -> str:
    """``2026-01-31 14:31`` on this computer's clock."""
    return datetime.fromtimestamp(stamp).strftime("%Y-%m-%d %H:%M")
