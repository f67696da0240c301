"""The attempts table: one row for each SMTP transaction, and for each decision made without one."""

from __future__ import annotations

from collections.abc import Sequence

from smtpdesk.domain.delivery import Outcome
from smtpdesk.store import dialect
from smtpdesk.store.counting import Change
from smtpdesk.store.fields import clean
from smtpdesk.store.schema import attempts

#: How an outcome is kept, in an attempt as in its delivery.
OUTCOME_NAMES = ("stage", "kind", "blame", "code", "enhanced", "text", "cause")
_NAMES = ("run", "delivery", "at", "profile", *OUTCOME_NAMES, "seconds")
OutcomeValues = tuple[str, str, str, int, str, str, str]


def outcome_values(outcome: Outcome) -> OutcomeValues:
    """The values of :data:`OUTCOME_NAMES`."""
    reply = outcome.reply
    # ``_value_`` is what ``value`` returns by way of a descriptor that costs as much as the rest of this.
    return (
        outcome.stage._value_,
        outcome.kind._value_,
        outcome.blame._value_,
        reply.code,
        clean(reply.enhanced),
        clean(reply.text),
        outcome.cause,
    )


def write_attempts(change: Change, rows: Sequence[tuple[object, ...]]) -> None:
    """Append rows of (run number, delivery, at, profile, the values of the outcome, seconds)."""
    dialect.insert_many(change.connection, attempts, _NAMES, rows)
