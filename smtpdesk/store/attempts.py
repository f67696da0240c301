"""The attempts table: one row for each SMTP transaction, and for each decision made without one."""

from __future__ import annotations

from collections.abc import Iterable

from smtpdesk.domain.delivery import Result
from smtpdesk.store import dialect
from smtpdesk.store.counting import Change
from smtpdesk.store.fields import clean
from smtpdesk.store.schema import attempts

_NAMES = (
    "run",
    "delivery",
    "at",
    "profile",
    "stage",
    "kind",
    "blame",
    "code",
    "enhanced",
    "text",
    "cause",
    "seconds",
)


def write_attempts(change: Change, results: Iterable[Result]) -> None:
    """Append one row for each result."""
    dialect.insert_many(change.connection, attempts, _NAMES, [_row(change, result) for result in results])


def _row(change: Change, result: Result) -> tuple[object, ...]:
    outcome = result.outcome
    return (
        change.key.number,
        result.delivery,
        result.at,
        result.profile,
        outcome.stage.value,
        outcome.kind.value,
        outcome.blame.value,
        outcome.reply.code,
        clean(outcome.reply.enhanced),
        clean(outcome.reply.text),
        outcome.cause,
        outcome.seconds,
    )
