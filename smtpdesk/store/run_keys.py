"""A run within the database: how it is found, and the number that its rows are known by."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.store import dialect
from smtpdesk.store.database import Database
from smtpdesk.store.errors import lease_lost
from smtpdesk.store.fields import FieldCodec, loads
from smtpdesk.store.schema import SPAN, runs

_KEY_OF = dialect.Prepared(
    select(runs.c.number, runs.c.field_names, runs.c.lease_token).where(runs.c.id == bindparam("run_id"))
)


@dataclass(frozen=True, slots=True)
class RunKey:
    """A run within the database: its number, and how its deliveries' fields are written."""

    number: int
    codec: FieldCodec

    @property
    def first(self) -> int:
        """The id of the delivery with seq 0."""
        return self.number * SPAN

    @property
    def last(self) -> int:
        """The greatest id a delivery of this run can have."""
        return self.first + SPAN - 1


class RunPart:
    """A part of :class:`~smtpdesk.store.runs.RunTable`."""

    def __init__(self, database: Database) -> None:
        self._database = database


def run_key(connection: Connection, run_id: str, token: int | None = None) -> RunKey:
    """Find a run.

    Args:
        token: what the caller got from taking the run's lease; None when it may write without one.

    Raises:
        InputError: ``run.unknown``.
        LeaseLost: another process has taken the lease since.
    """
    row = _KEY_OF.first(connection, {"run_id": run_id})
    if row is None:
        raise unknown_run(run_id)
    number, names, newest = row
    if token is not None and token != newest:
        raise lease_lost()
    return RunKey(number, FieldCodec(loads(names)))


def unknown_run(run_id: str) -> InputError:
    """``run.unknown``."""
    return InputError("run.unknown", _("There is no run “{run}”.").format(run=run_id))
