"""Spans of time as people write them in campaign.toml: ``"15s"``, ``"1m"``, ``"24h"``."""

from __future__ import annotations

import re

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
#: Ten years; more is a slip of the finger, or no number at all when it is written down.
_MOST = 3650 * 86400.0
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*+(s|m|min|h|d)?\Z")


def parse_duration(text: str) -> float:
    """Seconds in ``"15s"``, ``"1m"``, ``"1min"``, ``"24h"``, ``"2d"``; a bare number is seconds.

    Raises:
        ValueError: it is no span of time.
    """
    found = _SPAN.match(text.strip())
    if not found:
        raise ValueError(text)
    seconds = float(found[1]) * _UNITS[(found[2] or "s")[0]]
    if seconds > _MOST:
        raise ValueError(text)
    return seconds


def format_duration(seconds: float) -> str:
    """The inverse of :func:`parse_duration`, in the largest unit that divides it evenly."""
    for unit in ("d", "h", "m"):
        if seconds and seconds % _UNITS[unit] == 0:
            return f"{int(seconds // _UNITS[unit])}{unit}"
    return f"{seconds:g}s"
