"""Columns of a table as data, and what a cell may hold besides text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt


@dataclass(frozen=True, slots=True)
class Badge:
    """A chip in a cell: words, tone ("", ok, warn, bad, unsure, accent), icon; ``plain`` leaves the pill away."""

    label: str
    tone: str = ""
    icon: str | None = None
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One column as data.

    Attributes:
        key: stable id. ``title``: heading. ``width``: pixels at first.
        value: the cell's text for a row. ``kind`` and ``icon``: the second line of :class:`TypeHeader`.
        right: numbers stand right. ``tone``: colour token of the cell's text for a row (None: text).
        badge: a chip instead of the text. ``tip``: tool tip of the cell. ``mono``: fixed-width text.
        lines: the text has several lines, which a delegate paints.
        stretch: takes the width that the others leave; give it to one column of a table that never scrolls sideways.
    """

    key: str
    title: str
    width: int
    value: Callable[[Any], str]
    kind: str = ""
    icon: str = ""
    right: bool = False
    tone: Callable[[Any], str | None] | None = None
    badge: Callable[[Any], Badge | None] | None = None
    tip: Callable[[Any], str] | None = None
    mono: bool = False
    lines: bool = False
    stretch: bool = False


BADGE_ROLE = Qt.ItemDataRole.UserRole + 1
MONO_ROLE = Qt.ItemDataRole.UserRole + 2
