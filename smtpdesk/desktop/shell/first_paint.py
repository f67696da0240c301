"""What the window must know before the workspace is open: where it was, and light or dark.

The truth is in the workspace's settings, but reading them takes a good part of a second. So a copy lies beside the
workspace's database, and the window neither jumps nor changes its colours a moment after it appeared. A copy that
cannot be read or written does no harm.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from smtpdesk.base import private

log = logging.getLogger(__name__)

FILE = "window.json"


@dataclass(frozen=True, slots=True)
class FirstPaint:
    """``geometry``: Qt's, in base64; "" when not known. ``mode``: system, light or dark."""

    geometry: str = ""
    mode: str = "system"


def read(folder: Path) -> FirstPaint:
    """What is known; the defaults when there is nothing readable."""
    try:
        stated = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return FirstPaint(str(stated["geometry"]), str(stated["mode"]))
    except (OSError, ValueError, KeyError, TypeError):
        return FirstPaint()


def write(folder: Path, known: FirstPaint) -> None:
    """Keep it for the next start."""
    part = folder / f".{FILE}.part"
    try:
        private.write_text(part, json.dumps(asdict(known)))
        part.replace(folder / FILE)
    except OSError as error:
        log.warning("%s not written: %s", FILE, error)
