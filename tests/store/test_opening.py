from __future__ import annotations

import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from smtpdesk.base.errors import StoreError
from smtpdesk.store import Workspace
from tests.store.making import child

posix = pytest.mark.skipif(sys.platform == "win32", reason="file modes are POSIX's")


def test_what_is_kept_is_there_after_reopening(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "desk") as store:
        store.settings.set("window.size", [800, 600])
    with Workspace.open(tmp_path / "desk") as store:
        assert store.settings.get("window.size") == [800, 600]


@posix
def test_a_new_workspace_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "far" / "desk"
    with Workspace.open(folder) as store:
        store.settings.set("a", 1)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        for name in ("workspace.db", "workspace.db-wal", "workspace.db-shm"):
            assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600, name


@posix
@pytest.mark.parametrize("before", ["empty", "logs", "workspace"])
def test_a_workspace_that_others_may_read_is_made_private(tmp_path: Path, before: str) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    if before == "workspace":
        Workspace.open(folder).close()
    if before != "empty":
        for name in ("logs/cli.log", "runs/r/campaign/message.html", "sandbox/1.eml", "backups/workspace-1.db"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("")
            if before == "logs":
                break
    elsewhere = tmp_path / "elsewhere.txt"
    elsewhere.write_text("")
    (folder / "logs").exists() and (folder / "logs" / "link.log").symlink_to(elsewhere)
    for entry in [folder, *folder.rglob("*")]:
        if not entry.is_symlink():
            entry.chmod(0o777 if entry.is_dir() else 0o666)
    elsewhere.chmod(0o644)
    Workspace.open(folder).close()
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o644, "a link leads out of the workspace"
    for entry in [folder, *folder.rglob("*")]:
        if not entry.is_symlink():
            assert stat.S_IMODE(entry.stat().st_mode) == (0o700 if entry.is_dir() else 0o600), entry


@posix
def test_a_folder_with_other_things_in_it_keeps_its_mode(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    (folder / "backups").mkdir(parents=True)
    (folder / "backups" / "mine.txt").write_text("")
    for entry in (folder, folder / "backups"):
        entry.chmod(0o755)
    Workspace.open(folder).close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    Workspace.open(folder).close()
    assert (folder / "backups" / "mine.txt").stat().st_mode & 0o044 == 0o044


def test_a_folder_name_may_hold_anything(tmp_path: Path) -> None:
    folder = tmp_path / "Ana's 100% #1 désk? & co"
    with Workspace.open(folder) as store:
        store.settings.set("a", 1)
        assert store.settings.get("a") == 1


def test_a_closed_workspace_says_so(tmp_path: Path) -> None:
    store = Workspace.open(tmp_path / "desk")
    store.close()
    store.close()
    with pytest.raises(StoreError) as reading:
        store.settings.get("a")
    with pytest.raises(StoreError) as writing:
        store.settings.set("a", 1)
    assert reading.value.code == writing.value.code == "workspace.closed"


def test_a_reading_connection_cannot_write(store: Workspace) -> None:
    with pytest.raises(StoreError) as caught, store._database.reading() as connection:
        connection.exec_driver_sql("DELETE FROM settings")
    assert caught.value.code == "workspace.read-only"


def test_something_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "workspace.db"
    file.write_bytes(b"Dear diary, " * 1000)
    with pytest.raises(StoreError) as caught:
        Workspace.open(tmp_path)
    assert caught.value.code == "workspace.damaged"
    assert file.read_bytes() == b"Dear diary, " * 1000


def test_a_damaged_page_is_told_as_damage(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "desk") as store:
        store.settings.set("a", "x" * 20_000)
    file = tmp_path / "desk" / "workspace.db"
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)
    with pytest.raises(StoreError) as caught, Workspace.open(tmp_path / "desk") as store:
        store.settings.get("a")
    assert caught.value.code == "workspace.damaged"


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "desk").write_text("not a folder")
    with pytest.raises(StoreError) as caught:
        Workspace.open(tmp_path / "desk")
    assert caught.value.code == "workspace.unreachable"
    assert str(tmp_path / "desk") in caught.value.sentence


_AS_NOBODY = """
    import os, sys
    from pathlib import Path
    from smtpdesk.base.errors import StoreError
    from smtpdesk.store import Workspace
    import alembic.migration, alembic.operations
    if os.geteuid() == 0:
        os.setuid(65534)
    try:
        Workspace.open(Path(sys.argv[1])).settings.set("a", 2)
    except StoreError as error:
        print(error.code)
"""


@posix
@pytest.mark.parametrize("folder_mode", [0o777, 0o555])
def test_a_workspace_that_may_not_be_written_to_is_told(folder_mode: int) -> None:
    with tempfile.TemporaryDirectory() as place:  # not below pytest's own folder, which is closed to others
        Path(place).chmod(0o755)
        folder = Path(place) / "desk"
        with Workspace.open(folder) as store:
            store.settings.set("a", 1)
        folder.chmod(folder_mode)
        (folder / "workspace.db").chmod(0o444)
        (folder / "workspace.lock").chmod(0o666)
        said, _ = child(_AS_NOBODY, folder).communicate(timeout=60)
        folder.chmod(0o700)
        (folder / "workspace.db").chmod(0o600)
        assert said.strip() == "workspace.read-only"
        with Workspace.open(folder) as store:
            assert store.settings.get("a") == 1


_OPEN = """
    import sys
    from pathlib import Path
    from smtpdesk.store import Workspace
    print("ready")
    sys.stdin.readline()
    with Workspace.open(Path(sys.argv[1])) as store:
        store.settings.set(sys.argv[2], "here")
        print(store.settings.get(sys.argv[2]))
"""


def test_processes_that_open_a_new_workspace_at_once_all_succeed(tmp_path: Path) -> None:
    names = ["first", "second", "third"]
    children = [child(_OPEN, tmp_path / "desk", name) for name in names]
    for process in children:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in children:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60)[0].strip() for process in children] == ["here"] * 3
    with Workspace.open(tmp_path / "desk") as store:
        assert [store.settings.get(name) for name in names] == ["here"] * 3


_HOLD = """
    import sqlite3, sys
    connection = sqlite3.connect(sys.argv[1], isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    print("held")
    sys.stdin.readline()
    connection.execute("ROLLBACK")
    connection.close()
    print("free")
"""


def test_a_workspace_another_process_writes_to_is_told_as_locked_and_usable_afterwards(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "desk", busy_seconds=0.1) as store:
        holder = child(_HOLD, tmp_path / "desk" / "workspace.db")
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreError) as caught:
            store.settings.set("a", 1)
        assert caught.value.code == "workspace.locked"
        assert store.settings.get("a") is None  # reading does not wait for writers
        holder.communicate("go\n", timeout=60)
        store.settings.set("a", 1)
        assert store.settings.get("a") == 1


def test_opening_it_again_in_one_process_leaves_the_first_one_its_locks(tmp_path: Path) -> None:
    """A second opening must not drop the locks of the first; the last reader to leave would then take its log away."""
    first = Workspace.open(tmp_path / "w")
    first.settings.set("kept", 1)
    Workspace.open(tmp_path / "w").close()
    # Another process that comes and goes would delete the log if nobody held a lock on the file.
    code = "import sys, pathlib, smtpdesk.store as s; s.Workspace.open(pathlib.Path(sys.argv[1])).close()"
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "w")], check=True)
    assert (tmp_path / "w" / "workspace.db-wal").exists()
    first.settings.set("kept", 2)
    assert first.settings.get("kept") == 2
    first.close()
