"""What the worker and its starter say to each other: one JSON object a line, each with the version.

To the worker, on its standard input: ``secrets`` once at the start (references to secrets that no keyring holds),
then ``want`` with ``run``, ``pause`` or ``stop``. From the worker, on its standard output: ``ready``, ``beat`` about
four times a second, ``secret`` when a refresh token has changed, and ``ended`` or ``failed`` as the last word. Nobody
has to listen: the ledger says the same.
"""

from __future__ import annotations

import json
import sys
from typing import Any

#: Grows when a line changes its meaning; a side that hears another version says so and stops.
VERSION = 1


def line(event: str, **values: Any) -> str:
    """One message as a line."""
    return json.dumps({"v": VERSION, "event": event, **values}, ensure_ascii=False) + "\n"


def parse(text: str) -> dict[str, Any] | None:
    """The message in a line, or None when it is none of this version (a stray print of some library)."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) and found.get("v") == VERSION else None


class Speaker:
    """Writes messages to standard output; falls silent for good when nobody listens any more."""

    def __init__(self) -> None:
        self._open = True

    def say(self, event: str, **values: Any) -> None:
        """Send one message; a closed pipe is no error, since the ledger has everything."""
        if not self._open:
            return
        try:
            sys.stdout.write(line(event, **values))
            sys.stdout.flush()
        except (BrokenPipeError, ValueError, OSError):
            self._open = False
