"""Where a run that is not planned to the end reads the rest of its recipients from."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.store.run_keys import RunPart, unknown_run
from smtpdesk.store.schema import LISTED, lists, runs


@dataclass(frozen=True, slots=True)
class RunSource:
    """The rest of a plan: the list, the id of the last recipient that was planned, and whether those who have this
    content from an earlier run get it again.
    """

    list_id: int
    after: int
    again: bool


class PlanSources(RunPart):
    """The part of the run table that says what is still to be planned."""

    def set_source(self, run_id: str, list_id: int, again: bool, expected: int) -> None:
        """Plan a run from a list, piece by piece (``ledger.plan_piece``). The list keeps its rows until that is done.

        Args:
            expected: how many deliveries there will be.

        Raises:
            InputError: ``run.unknown``, ``list.unknown`` (removed, or imported anew, since it was looked up).
        """
        values = {"plan_source": list_id, "plan_after": 0, "plan_again": again, "expected": expected}
        with self._database.writing(durable=True) as connection:
            if connection.execute(select(lists.c.id).where(LISTED, lists.c.id == list_id)).first() is None:
                raise InputError("list.unknown", _("The list is not there any more, or was imported anew."))
            if not connection.execute(update(runs).where(runs.c.id == run_id).values(values)).rowcount:
                raise unknown_run(run_id)

    def source(self, run_id: str) -> RunSource | None:
        """What is still to be planned; None once that is complete.

        Raises:
            InputError: ``run.unknown``.
        """
        wanted = select(runs.c.plan_source, runs.c.plan_after, runs.c.plan_again).where(runs.c.id == run_id)
        with self._database.reading() as connection:
            row = connection.execute(wanted).first()
        if row is None:
            raise unknown_run(run_id)
        return None if row.plan_source is None else RunSource(row.plan_source, row.plan_after, row.plan_again)


def is_source(connection: Connection, list_id: int) -> bool:
    """Whether a run that may go on is still to be planned from this list."""
    reading = select(runs.c.id).where(runs.c.plan_source == list_id, runs.c.state != "stopped")
    return connection.execute(reading.limit(1)).first() is not None
