"""What passes between a lane and the ledger in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from smtpdesk.domain.delivery import Result


@dataclass(frozen=True, slots=True)
class Exchange:
    """One transaction with the ledger: what it is told, and how many rows are wanted of it."""

    results: list[Result]
    wanted: int


@dataclass(frozen=True, slots=True)
class Release:
    """Rows of which no server has anything go back to the ledger; those in ``due`` not to be claimed before then."""

    ids: list[int]
    due: Mapping[int, float] = field(default_factory=dict)
