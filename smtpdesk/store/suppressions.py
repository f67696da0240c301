"""The suppressions table: addresses and domains never to be mailed, why, and since when."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from sqlalchemy import Connection, delete, select

from smtpdesk.base.clock import now
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.address import AddressError, address_key, domain_of, parse_address
from smtpdesk.domain.recipient import Suppression
from smtpdesk.store import dialect
from smtpdesk.store.database import Database
from smtpdesk.store.fields import clean, dumps, loads
from smtpdesk.store.schema import settings, suppressions

#: The setting that counts the changes.
_VERSION = "suppressions.version"


#: A name before the address, as mail programs copy it.
_NAMED = re.compile(r"[^<>]+<([^<>]+)>")


def suppression_target(text: str) -> str:
    """An address (``a@b.example``, ``Ana <a@b.example>``) or a domain in the form it is kept in.

    A domain is ``@b.example``, ``b.example`` or ``*@b.example``; kept as an address, the last would be nobody's.

    Raises:
        InputError: ``suppression.target``, it is neither.
    """
    stripped = text.strip()
    named = _NAMED.fullmatch(stripped)
    stripped = named[1] if named else stripped
    stripped = stripped[1:] if stripped.startswith("*@") else stripped
    is_address = "@" in stripped.lstrip("@")
    try:
        if is_address:
            return address_key(parse_address(stripped))
        return "@" + domain_of(parse_address("x@" + stripped.lstrip("@")))
    except AddressError as error:
        raise InputError(
            "suppression.target",
            _("“{text}” is neither an address nor a domain.").format(text=text),
            _("Write an address such as ana@example.com, or a whole domain such as @example.com."),
        ) from error


def write_suppressions(connection: Connection, entries: Iterable[Suppression]) -> int:
    """Add entries within a transaction that is already there; the first reason of a target stays. Returns the new."""
    rows = [
        (suppression_target(entry.target), clean(entry.reason), entry.since, clean(entry.source)) for entry in entries
    ]
    names = ("target", "reason", "since", "source")
    new = dialect.insert_many(connection, suppressions, names, rows, skip="target")
    if new:
        _count_change(connection)
    return new


def _count_change(connection: Connection) -> None:
    """Workers look at this number, and ask again about the rows that they hold."""
    values: dict[str, object] = {"key": _VERSION, "value": dumps(_read_version(connection) + 1)}
    connection.execute(dialect.upsert(settings, ["key"], values))


def _read_version(connection: Connection) -> int:
    value = connection.execute(select(settings.c.value).where(settings.c.key == _VERSION)).scalar()
    return int(loads(value)) if value else 0


class SuppressionTable:
    """The writer of suppressions; :meth:`Ledger.step` adds some through :func:`write_suppressions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Suppression]:
        """Every suppression, by target."""
        with self._database.reading() as connection:
            rows = connection.execute(select(suppressions).order_by(suppressions.c.target))
            return [Suppression(row.target, row.reason, row.since, row.source) for row in rows]

    def add(self, targets: Iterable[str], reason: str, source: str = "") -> int:
        """Never mail these again; returns how many were not suppressed before. All are added, or none.

        Raises:
            InputError: ``suppression.target``.
        """
        since = now()
        entries = [Suppression(target, reason, since, source) for target in targets]
        with self._database.writing(durable=True) as connection:
            return write_suppressions(connection, entries)

    def add_entries(self, entries: Iterable[Suppression]) -> int:
        """Add these with the reasons and times they have; returns how many were new. All are added, or none.

        Raises:
            InputError: ``suppression.target``.
        """
        with self._database.writing(durable=True) as connection:
            return write_suppressions(connection, entries)

    def version(self) -> int:
        """A number that grows with every change."""
        with self._database.reading() as connection:
            return _read_version(connection)

    def remove(self, *targets: str) -> int:
        """Allow these again; returns how many were suppressed.

        Raises:
            InputError: ``suppression.target``.
        """
        kept = [suppression_target(target) for target in targets]
        with self._database.writing(durable=True) as connection:
            removed = sum(
                connection.execute(delete(suppressions).where(suppressions.c.target == target)).rowcount
                for target in kept
            )
            if removed:
                _count_change(connection)
            return removed

    def contains(self, address: str) -> bool:
        """Whether an address, or its whole domain, is suppressed."""
        wanted = select(suppressions.c.target).where(suppressions.c.target.in_(_targets_of(address))).limit(1)
        with self._database.reading() as connection:
            return connection.execute(wanted).first() is not None

    def matcher(self) -> Callable[[str], bool]:
        """:meth:`contains` over the present suppressions, held in memory: for going through a whole list."""
        with self._database.reading() as connection:
            targets = frozenset(connection.execute(select(suppressions.c.target)).scalars())
        if not targets:
            return lambda address: False
        return lambda address: not targets.isdisjoint(_targets_of(address))


def _targets_of(address: str) -> tuple[str, str]:
    return address_key(address), "@" + domain_of(address)
