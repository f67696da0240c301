"""People who were erased, as marks: enough to know somebody again who asks for it, not enough to say who it was.

A mark is a keyed hash of an address; the key is the workspace's own and made when somebody is erased for the first
time. So nobody gets a campaign twice because what was sent was deleted.
"""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, select

from smtpdesk.domain.address import mark_of
from smtpdesk.store import dialect
from smtpdesk.store.fields import dumps, loads
from smtpdesk.store.schema import settings

#: What stands in the place of an address.
ERASED = "(erased)"
_KEY = "erasure.key"
_WANTED = dialect.Prepared(select(settings.c.value).where(settings.c.key == _KEY))


def mark_key(connection: Connection) -> str:
    """The key of the workspace; "" while nobody was erased."""
    row = _WANTED.first(connection, {})
    return str(loads(row[0])) if row else ""


def made_mark_key(connection: Connection) -> str:
    """The key, made within this transaction if there is none."""
    key = mark_key(connection)
    if not key:
        key = secrets.token_hex(32)
        connection.execute(dialect.upsert(settings, ["key"], {"key": _KEY, "value": dumps(key)}))
    return key


class PeopleKeys(set[str]):
    """Keys of addresses, and marks of erased ones: asks for both."""

    def __init__(self, keys: set[str], mark_key: str) -> None:
        super().__init__(keys)
        self._mark_key = mark_key

    def __contains__(self, key: object) -> bool:
        """True for an address that is among them, erased or not."""
        if super().__contains__(key):
            return True
        return bool(self._mark_key) and super().__contains__(mark_of(self._mark_key, str(key)))
