"""A recipient, and why a row of somebody's spreadsheet is not one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class RowState(StrEnum):
    """What became of one row of an imported file."""

    READY = "ready"
    INVALID = "invalid"
    DUPLICATE = "duplicate"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Recipient:
    """One row: an address (as it will stand in RCPT TO), its fields by column name, and its line in the file.

    ``line`` is 1-based and counts as the person's spreadsheet program does (the header is usually line 1).
    ``state`` other than READY means the row is set aside; ``reason`` then says why, in a sentence.
    """

    address: str
    fields: Mapping[str, str] = field(default_factory=dict)
    line: int = 0
    state: RowState = RowState.READY
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ListInfo:
    """An imported list as it stands in the workspace."""

    id: int
    name: str
    source: str
    sheet: str
    columns: tuple[str, ...]
    address_column: str
    imported_at: float
    ready: int
    set_aside: int
    #: The headings of the columns as they stood in the file.
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address (``a@b.example``) or a whole domain (``@b.example``) never to be mailed."""

    target: str
    reason: str
    since: float
    source: str = ""
