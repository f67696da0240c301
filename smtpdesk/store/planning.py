"""Writing a run's deliveries: one for each recipient, all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from sqlalchemy import func, select, update

from smtpdesk.base.clock import now
from smtpdesk.base.errors import Cancelled
from smtpdesk.base.i18n import _
from smtpdesk.domain.address import address_key
from smtpdesk.domain.recipient import Recipient, RowState
from smtpdesk.store import dialect
from smtpdesk.store.counting import Change
from smtpdesk.store.fields import clean, dumps
from smtpdesk.store.schema import deliveries, runs

_CHUNK = 5_000
_NAMES = (
    "id",
    "run",
    "line",
    "address",
    "address_key",
    "fields",
    "message_id",
    "state",
    "text",
    "cause",
    "updated_at",
    "changed",
)
Planned = tuple[Recipient, str]


def write_plan(
    change: Change,
    recipients: Iterable[Planned],
    *,
    message_id: Callable[[str], str] | None = None,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> int:
    """Add the deliveries within the change's transaction; returns how many there are, skipped ones included.

    Raises:
        Cancelled: ``cancelled`` said so; the caller's transaction is to be undone.
    """
    planner = _Planner(change, message_id)
    rows = iter(recipients)
    while chunk := list(islice(rows, _CHUNK)):
        if cancelled is not None and cancelled():
            raise Cancelled("plan.cancelled", _("The planning was cancelled; nothing was sent."))
        planner.write(chunk)
        if progress is not None:
            progress(planner.planned)
    names = dumps(list(change.key.codec.names))
    change.connection.execute(update(runs).where(runs.c.number == change.key.number).values(field_names=names))
    return planner.planned


class _Planner:
    def __init__(self, change: Change, message_id: Callable[[str], str] | None) -> None:
        self._change = change
        self._key = change.key
        self._message_id = message_id
        self._now = now()
        here = deliveries.c.id.between(self._key.first, self._key.last)
        self._start = change.connection.execute(select(func.count()).where(here)).scalar_one()
        self._next = self._start

    @property
    def planned(self) -> int:
        return self._next - self._start

    def write(self, chunk: list[Planned]) -> None:
        first = self._key.first + self._next
        rows = list(self._rows(chunk, first))
        connection = self._change.connection
        written = dialect.insert_many(connection, deliveries, _NAMES, rows, skip="run, address_key")
        if written < len(rows):
            self._close_gaps(first, written)
        self._next += written
        skipped = self._skipped(first)
        self._change.add("skipped", skipped)
        self._change.add("pending", written - skipped)

    def _rows(self, chunk: list[Planned], first: int) -> Iterator[tuple[object, ...]]:
        number, encode, stamp = self._key.number, self._key.codec.encode, self._change.stamp
        for row_id, (recipient, reason) in enumerate(chunk, first):
            # A row that was set aside at its import is never sent to, whatever the caller says.
            reason = reason or ("" if recipient.state is RowState.READY else recipient.state.value)
            yield (
                row_id,
                number,
                recipient.line,
                clean(recipient.address),
                clean(address_key(recipient.address)),
                encode(recipient.fields),
                self._message_id(recipient.address) if self._message_id else "",
                "skipped" if reason else "pending",
                reason,
                reason,
                self._now if reason else None,
                stamp,
            )

    def _close_gaps(self, first: int, written: int) -> None:
        """Number the chunk's rows anew where a second row for an address was left out."""
        here = deliveries.c.id.between(first, self._key.last)
        connection = self._change.connection
        kept = connection.execute(select(deliveries.c.id).where(here).order_by(deliveries.c.id)).scalars().all()
        for wanted, row_id in enumerate(kept, first):
            if row_id != wanted:
                connection.execute(update(deliveries).where(deliveries.c.id == row_id).values(id=wanted))

    def _skipped(self, first: int) -> int:
        here = deliveries.c.id.between(first, self._key.last)
        wanted = select(func.count()).where(here, deliveries.c.state == "skipped")
        return int(self._change.connection.execute(wanted).scalar_one())
