"""Writing a run's deliveries: one for each recipient, as a whole or piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

from sqlalchemy import bindparam, func, select, update

from smtpdesk.base.clock import now
from smtpdesk.base.errors import Cancelled
from smtpdesk.base.i18n import _
from smtpdesk.domain.address import address_key
from smtpdesk.domain.recipient import Recipient, RowState
from smtpdesk.store import dialect
from smtpdesk.store.counting import Change
from smtpdesk.store.fields import FieldCodec, clean, dumps
from smtpdesk.store.schema import deliveries, runs

_CHUNK = 5_000
_NAMES = (
    "id",
    "run",
    "changed",
    "line",
    "address",
    "address_key",
    "fields",
    "message_id",
    "state",
    "text",
    "cause",
    "updated_at",
)
#: Where the state stands in a row that has no id yet.
_STATE = _NAMES.index("state") - 3
_LAST = dialect.Prepared(
    select(func.max(deliveries.c.id)).where(deliveries.c.id.between(bindparam("first"), bindparam("last")))
)
Planned = tuple[Recipient, str]
MessageId = Callable[[str], str]
#: The values of :data:`_NAMES` but for the first three.
_Row = tuple[object, ...]


def write_plan(
    change: Change,
    recipients: Iterable[Planned],
    *,
    message_id: MessageId | None = None,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> int:
    """Add the deliveries within the change's transaction; returns how many there are, skipped ones included.

    Raises:
        Cancelled: ``cancelled`` said so; the caller's transaction is to be undone.
    """
    planned = 0
    rows = iter(recipients)
    while chunk := list(islice(rows, _CHUNK)):
        if cancelled is not None and cancelled():
            raise Cancelled("plan.cancelled", _("The planning was cancelled; nothing was sent."))
        planned += _append(change, _encoded(chunk, change.key.codec, message_id))
        if progress is not None:
            progress(planned)
    _update_run(change, field_names=dumps(list(change.key.codec.names)))
    return planned


class Piece:
    """Some of a run's recipients on their way into the ledger: prepared first, then written in a transaction."""

    def __init__(self, recipients: Iterable[Planned], message_id: MessageId | None = None) -> None:
        self._recipients = list(recipients)
        self._message_id = message_id
        self._rows: list[_Row] = []
        self._codec = FieldCodec()

    def prepare(self, codec: FieldCodec) -> None:
        """Encode the rows: the slow half, done before the database is locked."""
        self._codec = codec
        self._rows = _encoded(self._recipients, codec, self._message_id)

    def write(self, change: Change, after: int, done: bool) -> int:
        """Append the rows, and remember how far the plan has come; returns how many are new."""
        if change.key.codec.names not in {(), self._codec.names}:  # somebody else was the first, with other fields
            self.prepare(change.key.codec)
        written = _append(change, self._rows)
        _update_run(change, plan_after=after, field_names=dumps(list(self._codec.names)))
        if done:
            _update_run(change, plan_source=None)
        return written


def _update_run(change: Change, **values: object) -> None:
    change.connection.execute(update(runs).where(runs.c.number == change.key.number).values(**values))


def _encoded(chunk: list[Planned], codec: FieldCodec, message_id: MessageId | None) -> list[_Row]:
    encode, at = codec.encode, now()
    rows: list[_Row] = []
    for recipient, reason in chunk:
        # A row that was set aside at its import is never sent to, whatever the caller says.
        reason = reason or ("" if recipient.state is RowState.READY else recipient.state.value)
        address = clean(recipient.address)
        row = (
            recipient.line,
            address,
            address_key(address) if address.isascii() else clean(address_key(recipient.address)),
            encode(recipient.fields),
            message_id(recipient.address) if message_id else "",
            "skipped" if reason else "pending",
            reason,
            reason,
            at if reason else None,
        )
        rows.append(row)
    return rows


def _append(change: Change, rows: list[_Row]) -> int:
    """Number the rows on from the last one; a second one for an address is left out. Returns how many are new."""
    key, stamp = change.key, change.stamp
    last = (_LAST.first(change.connection, {"first": key.first, "last": key.last}) or (None,))[0]
    first = key.first if last is None else last + 1
    numbered = [(row_id, key.number, stamp, *row) for row_id, row in enumerate(rows, first)]
    written = dialect.insert_many(change.connection, deliveries, _NAMES, numbered, skip="run, address_key")
    if written == len(rows):
        skipped = sum(row[_STATE] == "skipped" for row in rows)
    else:
        _close_gaps(change, first)
        skipped = _skipped(change, first)
    change.add("skipped", skipped)
    change.add("pending", written - skipped)
    return written


def _close_gaps(change: Change, first: int) -> None:
    """Number rows anew where a second row for an address was left out."""
    here = deliveries.c.id.between(first, change.key.last)
    kept = dialect.ids(change.connection, select(deliveries.c.id).where(here).order_by(deliveries.c.id))
    moved = [(wanted, row_id) for wanted, row_id in enumerate(kept, first) if wanted != row_id]
    dialect.update_many(change.connection, deliveries, ("id",), moved)


def _skipped(change: Change, first: int) -> int:
    here = deliveries.c.id.between(first, change.key.last)
    wanted = select(func.count()).where(here, deliveries.c.state == "skipped")
    return int(change.connection.execute(wanted).scalar_one())
