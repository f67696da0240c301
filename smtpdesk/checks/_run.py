"""Walks the checks of this folder, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, cast

from smtpdesk.base.registry import members
from smtpdesk.checks._context import CheckContext
from smtpdesk.checks._survey import Progress, survey
from smtpdesk.domain.finding import Finding, Severity


class Check(Protocol):
    """A module of this folder."""

    #: Its place among the others; findings of the same severity are shown in this order.
    ORDER: int

    def title(self) -> str:
        """What it looks at, in a few words."""
        ...

    def check(self, context: CheckContext) -> Iterable[Finding]:
        """What it sees."""
        ...


_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def all_checks() -> list[Check]:
    """Every check there is, in order."""
    return sorted((cast(Check, module) for module in members("smtpdesk.checks")), key=lambda check: check.ORDER)


def run_checks(
    context: CheckContext,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[Finding]:
    """Build every row's message once and let all checks look at the result; the worst findings come first.

    Args:
        context: the campaign and its surroundings; its ``survey`` is filled.
        progress: called with the rows done so far and the share of all (None when it is not known).
        cancelled: asked now and then; True ends the work.

    Raises:
        Cancelled: ``cancelled`` said so. InputError: the recipients cannot be read.
    """
    context.survey = survey(
        context.recipients(), context.total, context.suppressed, context.compile, progress, cancelled
    )
    findings = [finding for check in all_checks() for finding in check.check(context)]
    return sorted(findings, key=lambda finding: _RANK[finding.severity])
