"""Brings a workspace's database to the newest schema, with alembic, from a program that may be one bundled file.

The revisions are found by :mod:`smtpdesk.base.registry` instead of alembic's own script folder, because in a bundled
program there is no folder of scripts to read; what runs them is alembic.
"""

from __future__ import annotations

from functools import cache
from types import ModuleType

from sqlalchemy import Connection, inspect, text

from smtpdesk.base.registry import members, names
from smtpdesk.store import dialect, errors
from smtpdesk.store.backups import keep_copy
from smtpdesk.store.database import Database

_VERSION_TABLE = "alembic_version"
_VERSIONS = "smtpdesk.store.migrations.versions"


@cache
def _newest() -> str:
    """The newest revision this program knows: its file's name begins with it.

    Not read from the module, which loads alembic: every command would pay for that, and it takes longer than opening
    a workspace.
    """
    return names(_VERSIONS)[-1].partition("_")[0]


@cache
def _revisions() -> list[ModuleType]:
    return members(_VERSIONS)


def migrate(database: Database, *, until: str | None = None) -> None:
    """Bring the database to the newest schema (or to ``until``), after keeping a copy of one that holds data.

    All missing revisions run in one transaction: either all are there afterwards, or none. The caller makes sure
    that no other process does the same.

    Raises:
        StoreError: ``workspace.newer`` when the database is ahead of this program; ``workspace.damaged`` when it is
            some other program's; or what the disk says.
    """
    with database.writing() as connection:
        current = _current(connection, database)
    target = until or _newest()
    if current == target:
        return
    pending = _pending(current, target, database)
    if current is not None:
        keep_copy(database, current)
    _run(database, pending)


def _current(connection: Connection, database: Database) -> str | None:
    names = inspect(connection).get_table_names()
    if _VERSION_TABLE in names:
        return str(connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar_one())
    if names:
        raise errors.damaged(database.folder)
    return None


def _pending(current: str | None, target: str, database: Database) -> list[ModuleType]:
    known = [str(module.revision) for module in _revisions()]
    if current is not None and current not in known:
        raise errors.newer(database.folder)
    start = 0 if current is None else known.index(current) + 1
    return _revisions()[start : known.index(target) + 1]


def _run(database: Database, revisions: list[ModuleType]) -> None:
    # Loaded only when there is something to do, like the revisions themselves.
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    dialect.set_foreign_keys(database.writer, False)  # a table may have to be made anew
    try:
        with database.writing(durable=True) as connection:
            context = MigrationContext.configure(connection)
            context._ensure_version_table()
            for module in revisions:
                with Operations.context(context):
                    module.upgrade()
            connection.execute(text(f"DELETE FROM {_VERSION_TABLE}"))
            connection.execute(
                text(f"INSERT INTO {_VERSION_TABLE} (version_num) VALUES (:revision)"),
                {"revision": revisions[-1].revision},
            )
            if dialect.broken_references(connection):
                raise errors.damaged(database.folder)
    finally:
        dialect.set_foreign_keys(database.writer, True)
