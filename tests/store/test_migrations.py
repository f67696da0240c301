from __future__ import annotations

import sqlite3
import stat
import sys
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from smtpdesk.base.errors import StoreError
from smtpdesk.domain.profile import Profile, Relay
from smtpdesk.store import Workspace, migrations
from smtpdesk.store.backups import keep_copy
from smtpdesk.store.database import Database
from smtpdesk.store.migrations import migrate
from smtpdesk.store.schema import metadata
from tests.store.making import child, people, planned, result


def version(folder: Path) -> str:
    connection = sqlite3.connect(folder / "workspace.db")
    try:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    finally:
        connection.close()


def old_workspace(folder: Path) -> None:
    """A workspace of the first schema, with something in each of its tables."""
    folder.mkdir()
    database = Database(folder / "workspace.db", 5)
    migrate(database, until="0001")
    workspace = Workspace(folder, database)
    workspace.profiles.save(Profile("office", Relay("smtp.example.com", 587), username="ana"))
    workspace.settings.set("language", "es")
    workspace.campaigns.remember(folder / "spring", "Spring sale")
    with workspace.lists.writing("Customers", columns=("email", "first_name")) as writer:
        writer.add(people(3))
    workspace.close()
    assert version(folder) == "0001"


def test_an_empty_folder_gets_the_newest_schema_and_no_copy(tmp_path: Path) -> None:
    Workspace.open(tmp_path / "desk").close()
    assert version(tmp_path / "desk") == "0009"
    assert not (tmp_path / "desk" / "backups").exists()


def test_the_schema_after_all_migrations_is_the_one_the_code_uses(store: Workspace) -> None:
    fresh = sa.create_engine("sqlite://")
    metadata.create_all(fresh)
    with store._database.writing() as connection, fresh.connect() as other:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        for table in metadata.tables:
            columns = sa.text(f"PRAGMA table_info({table})")
            assert connection.execute(columns).all() == other.execute(columns).all(), table


def test_partial_indexes_of_the_migrations_are_those_the_code_names(store: Workspace) -> None:
    dialect = store._database.writer.dialect
    wanted = {
        str(index.name): str(CreateIndex(index).compile(dialect=dialect)).strip()
        for table in metadata.tables.values()
        for index in table.indexes
    }
    with store._database.reading() as connection:
        rows = connection.execute(
            sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        )
        assert {row.name: row.sql.strip() for row in rows} == wanted


def test_the_tables_can_be_made_on_postgresql() -> None:
    for table in metadata.sorted_tables:
        made = str(CreateTable(table).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
        assert made.strip().startswith(f"CREATE TABLE {table.name}")


def test_a_revision_is_named_by_its_file_and_a_current_workspace_loads_none(store: Workspace) -> None:
    assert migrations._newest() == migrations._revisions()[-1].revision
    script = """
        import sys
        from pathlib import Path
        from smtpdesk.store import Workspace
        Workspace.open(Path(sys.argv[1])).close()
        print("alembic" in sys.modules)
    """
    opening = child(script, store.folder)
    assert opening.communicate(timeout=60)[0].strip() == "False"


def test_an_older_workspace_keeps_its_data_and_a_copy_of_itself(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    old_workspace(folder)
    with Workspace.open(folder) as store:
        assert store.profiles.get("office").profile.username == "ana"
        assert store.settings.get("language") == "es"
        assert [row.name for row in store.campaigns.all()] == ["Spring sale"]
        view = store.lists.view(store.lists.get("Customers").id)
        assert list(view.recipients()) == people(3)
        planned(store, 3)
        assert store.ledger.counts("run-1").pending == 3
    assert version(folder) == "0009"
    (copy,) = (folder / "backups").iterdir()
    assert copy.name.startswith("workspace-0001-")
    connection = sqlite3.connect(copy)
    assert connection.execute("SELECT count(*) FROM recipients").fetchone() == (3,)
    assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_run_of_the_second_schema_goes_on_after_the_upgrade(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    database = Database(folder / "workspace.db", 5)
    migrate(database, until="0002")
    with database.writing() as connection:
        for sql in (
            "INSERT INTO runs (id, campaign, folder, snapshot, digest, profiles, purpose, state, wanted, note,"
            " created_at, field_names) VALUES ('run-1', 'Spring', '/spring', 's', 'd', '[\"office\"]', 'campaign',"
            " 'paused', 'pause', '', 1.0, '[\"email\"]')",
            "INSERT INTO counters (run, advanced, pending) VALUES (1, 5, 1)",
            "INSERT INTO lanes VALUES (1, 'office', 0, 'sending', '', 1, 2, 3.0)",
            "INSERT INTO deliveries (id, run, line, address, address_key, fields, state) VALUES"
            " (4294967296, 1, 2, 'a@example.com', 'a@example.com', '[\"a@example.com\"]', 'pending')",
        ):
            connection.exec_driver_sql(sql)
    database.close()
    with Workspace.open(folder) as store:
        run = store.runs.get("run-1")
        assert (run.planned, run.expected, run.profiles) == (True, 0, ("office",))
        assert store.runs.lanes("run-1") == []
        token = store.runs.take_lease("run-1", "worker", "here", 10.0)
        (held,) = store.ledger.claim("run-1", "office", 5, 10.0, token)
        assert held.fields == {"email": "a@example.com"}
        store.ledger.record("run-1", [result(held.id)], token=token)
        assert store.ledger.counts("run-1").accepted == 1
    assert version(folder) == "0009"


def test_the_copy_holds_what_is_still_in_the_write_ahead_log(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    old_workspace(folder)
    other = sqlite3.connect(folder / "workspace.db")  # keeps the log from being folded into the file
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("INSERT INTO settings VALUES ('late', '1')")
    other.commit()
    assert (folder / "workspace.db-wal").stat().st_size > 0
    Workspace.open(folder).close()
    other.close()
    (copy,) = (folder / "backups").iterdir()
    connection = sqlite3.connect(copy)
    assert connection.execute("SELECT value FROM settings WHERE key = 'late'").fetchone() == ("1",)
    connection.close()


def test_only_the_last_three_copies_are_kept(store: Workspace) -> None:
    made = [keep_copy(store._database, "0001") for _ in range(5)]
    assert sorted((store.folder / "backups").iterdir()) == made[2:]
    assert stat.S_IMODE(made[4].stat().st_mode) == 0o600 or sys.platform == "win32"


def test_a_workspace_of_a_newer_program_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    Workspace.open(folder).close()
    connection = sqlite3.connect(folder / "workspace.db")
    connection.execute("UPDATE alembic_version SET version_num = '0999'")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError) as caught:
        Workspace.open(folder)
    assert caught.value.code == "workspace.newer"
    assert caught.value.hint
    assert version(folder) == "0999"


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "workspace.db")
    connection.execute("CREATE TABLE diary (day TEXT)")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError) as caught:
        Workspace.open(tmp_path)
    assert caught.value.code == "workspace.damaged"


def test_a_migration_that_fails_leaves_the_old_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "desk"
    old_workspace(folder)
    broken = ModuleType("broken")

    def upgrade() -> None:
        from alembic import op

        op.create_table("halfway", sa.Column("a", sa.Integer))
        raise ZeroDivisionError

    broken.__dict__.update(revision="0999", down_revision="0004", upgrade=upgrade)
    known = migrations._revisions()
    monkeypatch.setattr(migrations, "_revisions", lambda: [*known, broken])
    monkeypatch.setattr(migrations, "_newest", lambda: "0999")
    with pytest.raises(ZeroDivisionError):
        Workspace.open(folder)
    monkeypatch.undo()
    assert version(folder) == "0001"
    connection = sqlite3.connect(folder / "workspace.db")
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    assert not tables & {"halfway", "deliveries"}
    with Workspace.open(folder) as store:
        assert store.lists.get("Customers").ready == 3


_OPEN = """
    import sys
    from pathlib import Path
    from smtpdesk.store import Workspace
    print("ready")
    sys.stdin.readline()
    with Workspace.open(Path(sys.argv[1])) as store:
        print(store.lists.get("Customers").ready)
"""


def test_two_processes_that_find_an_older_workspace_migrate_it_once(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    old_workspace(folder)
    children = [child(_OPEN, folder) for _ in range(2)]
    for process in children:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in children:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60)[0].strip() for process in children] == ["3", "3"]
    assert version(folder) == "0009"
    assert len(list((folder / "backups").iterdir())) == 1
