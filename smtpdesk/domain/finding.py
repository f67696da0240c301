"""What a check saw before anything was sent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """ERROR keeps a campaign from being sent; WARNING asks for a look; INFO is good to know."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Row:
    """A place in the recipients' file: 1-based line, the address there, and what is wrong in this very row."""

    line: int
    address: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check saw.

    Attributes:
        code: stable, dotted, e.g. ``message.missing-field``.
        severity: see :class:`Severity`.
        title: the problem in one sentence. ``consequence``: what people would get. ``advice``: how to mend it.
        where: ``"message.html:12"`` or "" when it is about the list or the profile.
        rows: the first rows it concerns (at most 1,000 are kept); ``count`` is how many there are in all.
    """

    code: str
    severity: Severity
    title: str
    consequence: str = ""
    advice: str = ""
    where: str = ""
    rows: tuple[Row, ...] = ()
    count: int = 0


def worst(findings: list[Finding]) -> Severity | None:
    """The worst severity among findings; None when there are none."""
    for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO):
        if any(finding.severity is severity for finding in findings):
            return severity
    return None
